"""One call of a recurrent layer → its gates and states at every step of one sequence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from rnncli.engine.cell_replay import CellReplay, replay
from rnncli.engine.inspecting import public_name
from rnncli.engine.layer_calls import NamedCall
from rnncli.engine.output_rows import becomes, returned
from rnncli.engine.recurrent_states import cells_of
from rnncli.engine.recurrent_steps import SequenceCall, Steps, expected_outputs, in_order
from rnncli.engine.tensors import numbers_of
from rnncli.engine.tolerances import Difference, compare, merged, rounding
from rnncli.model.tensor_names import numbered
from rnncli.report.trace import Arithmetic, LayerTrace, Saturation

# A gate beyond one of these bounds is saturated.
_LOW, _HIGH = 0.1, 0.9


def layer_traces(
    call: NamedCall,
    calls: Sequence[SequenceCall],
    tensors: dict[str, Any],
    sequence: int,
    unit: int | None,
) -> tuple[list[LayerTrace], Difference]:
    """Returns the trace of each direction, and the largest difference from Keras."""
    keras_layer = call.call.layer
    all_steps = [Steps.of_call(direction) for direction in calls]
    ran = [numbers_of(tensor[sequence]) for tensor in tensors["returned"]]
    expected = returned(keras_layer, calls, all_steps, len(ran))
    coarse = rounding(keras_layer.compute_dtype, 1.0)
    in_run = merged(
        [compare(ours, theirs, coarse) for ours, theirs in zip(expected, ran, strict=False)]
    )
    traces, differences = [], [in_run]
    for place, (direction, steps) in enumerate(zip(calls, all_steps, strict=True)):
        replays, difference = _replayed(direction, steps)
        difference = merged([difference, in_run])
        differences.append(difference)
        traces.append(
            _record(call, direction, steps, replays, difference, unit, is_backward=place == 1)
        )
    return traces, merged(differences)


def _replayed(call: SequenceCall, steps: Steps) -> tuple[list[CellReplay], Difference]:
    """Computes the layer's cells, each from the states that Keras has before every step."""
    inputs = in_order(call.inputs, call.layer)
    cells = cells_of(call.layer.cell)
    replays: list[CellReplay] = []
    differences: list[Difference] = []
    place = 0
    for cell in cells:
        count = 2 if isinstance(cell.state_size, list | tuple) else 1
        size = cell.units
        parts = [slice(place + k * size, place + (k + 1) * size) for k in range(count)]
        ours = replay(cell, inputs, [steps.before[:, part] for part in parts])
        tolerance = rounding(cell.compute_dtype, ours.magnitude)
        for name, part in zip(ours.states, parts, strict=True):
            theirs = steps.after[:, part]
            read = steps.read
            differences.append(compare(ours.quantities[name][read], theirs[read], tolerance[read]))
            # What is shown is Keras's own: the replay may stand for a masked step as well.
            ours.quantities[name] = theirs
        inputs = steps.after[:, parts[0]]
        place += count * size
        replays.append(ours)
    differences.append(compare(expected_outputs(call, steps), call.outputs, tolerance))
    return replays, merged(differences)


def _record(
    call: NamedCall,
    direction: SequenceCall,
    steps: Steps,
    replays: list[CellReplay],
    difference: Difference,
    unit: int | None,
    *,
    is_backward: bool,
) -> LayerTrace:
    layer = direction.layer
    names = [_names(number, len(replays)) for number in range(len(replays))]
    quantities: dict[str, Any] = {}
    saturation: dict[str, Saturation] = {}
    for suffix, ours in zip(names, replays, strict=True):
        for name, numbers in ours.quantities.items():
            gate = name not in ours.states
            if gate and not steps.read.all():
                shown = np.where(steps.read[:, None], numbers, np.nan)
            else:
                shown = numbers
            quantities[name + suffix] = in_order(shown, layer)
            if name in ours.gates:
                saturation[name + suffix] = _saturation(numbers[steps.read])
    states = numbered([ours.states for ours in replays])
    starts = zip(states, direction.initial_state, strict=True)
    return LayerTrace(
        name=call.name,
        cls=public_name(call.call.layer),
        recurrent=public_name(layer),
        cells=tuple([public_name(cell) for cell in cells_of(layer.cell)]),
        direction="backward" if layer.go_backwards else "forward",
        time_steps=call.path,
        steps=len(direction.inputs),
        units=replays[-1].quantities["h"].shape[1],
        quantities=quantities,
        initial_state={name: tuple(map(float, numbers)) for name, numbers in starts},
        gate_names=tuple(saturation),
        state_names=states,
        mask=None if direction.mask is None else tuple(map(bool, direction.mask)),
        becomes=becomes(call, direction, steps, is_backward),
        formulas={
            name + suffix: formula
            for suffix, ours in zip(names, replays, strict=True)
            for name, formula in ours.formulas.items()
        },
        saturation=saturation,
        arithmetic=_arithmetic(direction, steps, replays[-1], names[-1], unit or 0),
        largest_difference=difference.shown,
        agrees=difference.agrees,
    )


def _names(number: int, count: int) -> str:
    """What follows the names of a cell's quantities: those of a single cell have no number."""
    return f"_{number}" if count > 1 else ""


def _saturation(numbers: Any) -> Saturation:
    if numbers.size == 0:
        return Saturation(below=None, above=None)
    return Saturation(below=float(np.mean(numbers < _LOW)), above=float(np.mean(numbers > _HIGH)))


def _arithmetic(
    call: SequenceCall, steps: Steps, cell: CellReplay, suffix: str, unit: int
) -> Arithmetic | None:
    """The step at which the unit's state changes most."""
    state = cell.states[-1]
    after = cell.quantities[state]
    if unit >= after.shape[1] or not steps.read.any():
        return None
    start = steps.after.shape[1] - after.shape[1]
    before = steps.before[:, start + unit]
    with np.errstate(invalid="ignore"):
        change = np.abs(after[:, unit] - before)
    step = int(np.argmax(np.where(steps.read, np.nan_to_num(change, posinf=0.0), -1.0)))
    terms = {name: numbers[step, unit] for name, numbers in cell.terms.items()}
    terms |= {
        name: numbers[step, unit]
        for name, numbers in cell.quantities.items()
        if name not in cell.states
    }
    terms |= {"before": before[step], "after": after[step, unit]}
    return Arithmetic(
        step=len(after) - step if call.layer.go_backwards else step + 1,
        unit=unit,
        state=state + suffix,
        terms={name: float(value) for name, value in terms.items()},
        activation=cell.activation,
    )
