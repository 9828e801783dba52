"""Goes backward through the loop of a recurrent layer, one step at a time, in float64.

The gradients are rescaled at each step, so that none becomes 0 however many steps there are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from rnncli.engine.inner_loops import InnerLoop, per_row
from rnncli.engine.scaling import Bands, as_one, in_bands, log10_norm, rescaled

# How many rows the cell is called on at once where all steps are known.
_ROWS = 4096


class LoopGradients(msgspec.Struct, frozen=True):
    """The gradients of a loss at a loop.

    ``states`` has for each state the gradients at each step, times ``2^powers`` of the step; None
    where the loss does not depend on the state after that step. ``steps`` and ``initial_state``
    are those at what entered the loop, ``weights`` those at the weights of the cell that are
    trained.
    """

    states: list[list[Any]]
    powers: list[int]
    steps: Bands | None
    initial_state: list[Bands | None]
    weights: list[Bands | None]

    def log10_norms(self, state: int) -> list[float | None]:
        """The powers of ten of the norms at a state; None where one is 0 or not connected."""
        rows = zip(self.states[state], self.powers, strict=True)
        return [None if array is None else log10_norm(array, power) for array, power in rows]


class _Rows(msgspec.Struct):
    """The gradients at what the cell returned, at all steps: what the batched pass starts from."""

    arrays: list[Any]
    powers: Any
    connected: list[bool]


# A gradient at each state; None where it is not connected.
_Gradients = list[Any]


def loop_gradients(
    loop: InnerLoop,
    states: Sequence[Any],
    at_outputs: Bands | None,
    at_states: Sequence[Bands | None],
    tick: Callable[[], None],
) -> LoopGradients:
    """Returns the gradients at a loop, given those at its outputs and at its states.

    ``states`` are those after each step, (time, batch, …). ``tick`` is called after each step.
    """
    import numpy as np

    time, index = loop.steps.shape[0], loop.output_index
    before = [
        np.concatenate([initial.numpy()[None], after[:-1]])
        for initial, after in zip(loop.initial_state, states, strict=True)
    ]
    mask = None if loop.mask is None else loop.mask.numpy()
    zeroed = mask is not None and bool(loop.layer.zero_output_for_mask)
    backward = _step_backward(loop)
    rows = _Rows([np.zeros_like(after) for after in states], np.zeros(time, "int64"),
                 [False] * len(states))  # fmt: skip
    totals: list[_Gradients] = [[]] * time
    powers = [0] * time
    carried: _Gradients = [None] * len(states)
    output: Any = None  # the gradient at the output of this step that later steps repeat
    power = 0
    for step in reversed(range(time)):
        kept = None if mask is None else mask[step]
        if step == time - 1:
            carried, power = _aligned([_row(bands, step) for bands in at_states])
        direct = _row(at_outputs, step)
        (*carried, output, now), power = _aligned(
            [*((gradient, power) if gradient is not None else None for gradient in carried),
             None if output is None else (output, power), direct]
        )  # fmt: skip
        output = _sum(output, now)
        if zeroed:
            output = _where(kept, output, None)
        total = [*carried]
        total[index] = _sum(total[index], output)
        totals[step], powers[step] = total, power
        inside = [_where(kept, gradient, None) for gradient in total]
        rows.powers[step] = power
        for number, gradient in enumerate(inside):
            if gradient is not None:
                rows.arrays[number][step] = gradient
                rows.connected[number] = True
        passed = [_where(kept, None, gradient) for gradient in carried]
        output = None if zeroed else _where(kept, None, output)
        through = backward(loop.steps[step], [array[step] for array in before], inside)
        carried = [_sum(first, second) for first, second in zip(through, passed, strict=True)]
        present = [gradient for gradient in (*carried, output) if gradient is not None]
        if present:
            smaller, power = rescaled(present, power)
            remaining = iter(smaller)
            carried = [None if gradient is None else next(remaining) for gradient in carried]
            output = None if output is None else next(remaining)
        tick()
    steps, weights = _batched(loop, before, rows)
    initial = [
        None if gradient is None else in_bands(gradient[None], np.array([power]))
        for gradient in carried
    ]
    return LoopGradients(
        states=[[total[number] for total in totals] for number in range(len(states))],
        powers=powers,
        steps=steps,
        initial_state=[
            None if bands is None else {band: array[0] for band, array in bands.items()}
            for bands in initial
        ],
        weights=weights,
    )


def _step_backward(loop: InnerLoop) -> Callable[[Any, list[Any], _Gradients], _Gradients]:
    """Returns a function that takes gradients backward through one step, to the states before."""
    import tensorflow as tf

    graphs: dict[tuple[int, ...], Any] = {}

    def graph(connected: tuple[int, ...]) -> Any:
        def run(step: Any, states: list[Any], gradients: list[Any]) -> list[Any]:
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(states)
                after = loop.cell(step, states)
            targets = [after[index] for index in connected]
            return list(tape.gradient(targets, states, output_gradients=gradients))

        return tf.function(run, autograph=False)

    def backward(step: Any, states: list[Any], gradients: _Gradients) -> _Gradients:
        connected = tuple(index for index, array in enumerate(gradients) if array is not None)
        if not connected:
            return [None] * len(states)
        if connected not in graphs:
            graphs[connected] = graph(connected)
        entering = [tf.constant(gradients[index]) for index in connected]
        returned = graphs[connected](step, [tf.constant(state) for state in states], entering)
        return [None if gradient is None else gradient.numpy() for gradient in returned]

    return backward


def _batched(
    loop: InnerLoop, before: Sequence[Any], rows: _Rows
) -> tuple[Bands | None, list[Bands | None]]:
    """Returns the gradients at the steps and at the weights, with the cell called on many steps
    at once: nothing is carried from one to the next."""
    import numpy as np
    import tensorflow as tf

    weights = [weight.value for weight in loop.layer.cell.trainable_weights]
    connected = [index for index, flag in enumerate(rows.connected) if flag]
    if not connected:
        return None, [None] * len(weights)
    time, batch = loop.steps.shape[:2]
    at_once = max(1, _ROWS // batch)
    banded = [in_bands(rows.arrays[index], rows.powers) for index in connected]
    at_steps: Bands = {}
    at_weights: list[Bands | None] = [None] * len(weights)
    for start in range(0, time, at_once):
        part = slice(start, min(start + at_once, time))
        with tf.GradientTape(persistent=True) as tape:
            step = _rows(loop.steps[part])
            tape.watch(step)
            after = loop.cell(step, [_rows(tf.constant(array[part])) for array in before])
            targets = [after[index] for index in connected]
        for band in banded[0]:
            entering = [_rows(tf.constant(bands[band][part])) for bands in banded]
            if not any(np.any(gradient.numpy()) for gradient in entering):
                continue
            step_gradient, *gradients = tape.gradient(
                targets, [step, *weights], output_gradients=entering
            )
            if step_gradient is not None:
                at_steps.setdefault(band, np.zeros(loop.steps.shape))
                at_steps[band][part] = step_gradient.numpy().reshape(loop.steps[part].shape)
            for number, gradient in enumerate(gradients):
                if gradient is not None:
                    sums = at_weights[number] = at_weights[number] or {}
                    sums[band] = sums.get(band, 0.0) + tf.convert_to_tensor(gradient).numpy()
    return at_steps or None, at_weights


def _rows(tensor: Any) -> Any:
    """Joins the axes of time and batch."""
    import tensorflow as tf

    return tf.reshape(tensor, (-1, *tensor.shape[2:]))


def _row(bands: Bands | None, step: int) -> tuple[Any, int] | None:
    """Returns the gradient at one step and its power; None if the loss does not depend on it."""
    array, power = as_one({band: array[step] for band, array in (bands or {}).items()})
    return (array, power) if array.any() else None


def _aligned(gradients: Sequence[tuple[Any, int] | None]) -> tuple[_Gradients, int]:
    """Returns gradients, each with its power, with one power for all."""
    import numpy as np

    powers = [pair[1] for pair in gradients if pair is not None and pair[0].any()]
    power = max(powers, default=0)
    return [
        None if pair is None else np.ldexp(pair[0], pair[1] - power) for pair in gradients
    ], power


def _sum(first: Any, second: Any) -> Any:
    if first is None or second is None:
        return second if first is None else first
    return first + second


def _where(kept: Any, if_kept: Any, if_padded: Any) -> Any:
    """Returns the one gradient in rows that are kept, and the other in those that are padded."""
    import numpy as np

    if kept is None or (if_kept is None and if_padded is None):
        return if_kept
    one = if_padded if if_kept is None else if_kept
    mask = per_row(kept if if_padded is None else ~kept, one)
    return np.where(mask, one, 0.0) if mask.any() else None
