"""SimpleRNN, GRU, LSTM, and RNN over cells of these kinds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from rnncli.layers.rnn.cells import CELLS, Cell
from rnncli.model.graph import KerasObject
from rnncli.model.tensor_names import part_of, stacked, state_names
from rnncli.report.layer import Cudnn, Shape, State
from rnncli.report.shapes import add, product, shown
from rnncli.rules.apply import inside, warn_of_no_freezing
from rnncli.rules.policies import compute_dtype
from rnncli.rules.requirements import known_size
from rnncli.rules.rule import LayerCall, LayerPlan, PlannedLayer, Rule, source
from rnncli.rules.sequences import heeds_mask, mask_use, require_sequence
from rnncli.rules.sizes import alike
from rnncli.rules.tensors import Tensor


def _layer(cell: Cell, fused: bool) -> Rule:
    """The rule of a layer that runs one cell over a sequence."""

    def rule(call: LayerCall) -> LayerPlan:
        check(call)
        x = require_sequence(call)
        _check_dropped(call, x, call.layer)
        features = known_size(call, -1, of=x)
        step = (call["units"],)
        facts = over_time(call, x, step, [(name, step) for name in cell.states])
        return replace(
            facts,
            weights=cell.weights(call, features),
            formula=cell.formula(call, features),
            macs=cell.macs(call, features, x.axes[1]),
            cudnn=_cudnn(call) if fused else _no_cudnn(call.layer.cls),
        )

    return rule


def rnn(call: LayerCall) -> LayerPlan:
    """RNN over a cell, or over several, each reading the output of the one before it."""
    cells = stacked(call["cell"])
    for cell in cells:
        if cell.cls not in CELLS:
            call.refuse(
                "not-a-cell",
                f"RNN runs a cell over time, and {cell.cls} is not a cell",
                call.fixes.cell_of_its_kind(cell, CELLS),
                argument="cell",
            )
    if isinstance(call["cell"], KerasObject):
        warn_of_no_freezing(call, call["cell"])
    x = require_sequence(call)
    _check_list_of_one(call, x, cells)
    _check_loop(call, x, cells)
    _check_dropped(call, x, cells[0])
    width = known_size(call, -1, of=x)
    inner: list[PlannedLayer] = []
    shapes: list[Shape] = []
    step = replace(x, shape=(x.axes[0], width), inferred=None, input_place=None)
    # It is the RNN that skips masked steps, and not its cells.
    step = replace(step, masked=False, mask_shape=None, mask_taken_by=None)
    for layer in cells:
        facts = inside(call, layer, step)
        if not facts.known:
            return facts
        macs = product((facts.macs, x.axes[1]))
        inner.append(PlannedLayer(layer, (step,), replace(facts, macs=macs)))
        shapes += [(layer["units"],)] * len(CELLS[layer.cls].states)
        step = facts.output
    states = list(zip(state_names(call.layer), shapes, strict=True))
    facts = over_time(call, x, (cells[-1]["units"],), states)
    return replace(
        facts,
        inner=tuple(inner),
        macs=add(*(planned.facts.macs for planned in inner)),
        cudnn=_no_cudnn("RNN over a cell"),
    )


def _check_dropped(call: LayerCall, x: Tensor, reader: KerasObject) -> None:
    """Refuses dropout of integers: its mask has their dtype, and is computed even in inference."""
    if reader["dropout"] and not x.is_float:
        call.refuse(
            "wrong-dtype",
            f"{reader.label} with dropout drops floating-point numbers, but {source(x)} {x.dtype}",
            "give the input dtype: float32, put an Embedding before it, or leave dropout out",
            argument="dropout" if reader is call.layer else "cell",
        )


def _check_list_of_one(call: LayerCall, x: Tensor, cells: Sequence[KerasObject]) -> None:
    """Refuses a list of one cell where Keras fails on its states, which are nested as for several.

    Unrolled, Keras takes the states of the last step for those of several cells, except with a
    mask; in a loop it fails on a mask, except with an initial state.
    """
    if len(cells) > 1 or call["cell"] is cells[0]:
        return
    if call["unroll"]:
        several = len(CELLS[cells[0].cls].states) > 1
        fails, argument = several and not x.masked and x.axes[1] != 1, "unroll"
    else:
        fails, argument = x.masked and not call.has_initial_state, "cell"
    if fails:
        how = "unroll" if call["unroll"] else "run over a mask"
        call.refuse(
            "wrong-value",
            f"Keras cannot {how} {call.layer.label}, whose list holds a single {cells[0].cls}",
            call.fixes.without_list(call.place("cell"), cells[0]),
            argument=argument,
        )


def _check_loop(call: LayerCall, x: Tensor, cells: Sequence[KerasObject]) -> None:
    """Reports cells of another dtype than that of the states: StackedRNNCells's.

    A loop keeps the states in it, and a mask chooses between old and new ones.
    """
    stack = call["cell"]
    if stack is cells[0] or (call["unroll"] and not heeds_mask(call, x)):
        return
    dtype = compute_dtype(stack) if isinstance(stack, KerasObject) else "float32"
    other = next((cell for cell in cells if compute_dtype(cell) != dtype), None)
    if other is None:
        return
    reason = f"its cells carry {dtype} from step to step, and {other.cls} gives "
    reason += compute_dtype(other)
    fix = f"give every cell dtype: {dtype}"
    if heeds_mask(call, x):
        call.refuse(
            "wrong-dtype", f"{call.layer.label} reads a mask: {reason}", fix, argument="cell"
        )
    call.fails_in_graph(reason, fix, "cell")


def _cell(cell: Cell) -> Rule:
    """The rule of a cell inside an RNN: one step, (batch, features) → (batch, units)."""

    def rule(call: LayerCall) -> LayerPlan:
        check(call)
        if call.x.rank != 2:
            _not_alone(call)
        features = known_size(call, -1)
        return LayerPlan(
            (call.output((call.x.axes[0], call["units"])),),
            weights=cell.weights(call, features),
            formula=cell.formula(call, features),
            macs=cell.macs(call, features, 1),
        )

    return rule


def _not_alone(call: LayerCall) -> LayerPlan:
    """Refuses a cell in place of a layer: it reads one step and its states."""
    cls = call.layer.cls
    layer = cls.removesuffix("Cell")
    words = f"wrap it: RNN: {{{cls}: …}}, or write {layer}"
    call.refuse(
        "cell-as-layer",
        f"{cls} computes a single step and needs its states as an argument",
        call.fixes.renamed_class(call.layer, layer, words, safe=False),
    )


def over_time(
    call: LayerCall, x: Tensor, step: Shape, states: Sequence[tuple[str, Shape]]
) -> LayerPlan:
    """The output and states of a cell run over the sequence ``x``; shapes are without the batch."""
    batch, time = x.axes[:2]
    every_step: bool = call["return_sequences"]
    heeded = heeds_mask(call, x)
    _check_unroll(call, x)
    if heeded:
        _check_mask(call, x, step)
    output = call.output(
        (batch, time, *step) if every_step else (batch, *step),
        masked=x.masked and every_step,
        mask_shape=x.mask_shape,
        last_step_of=None if every_step else call.layer,
    )
    equals = part_of("output", len(step) + 1, step="-1" if every_step else None)
    if heeded and call["zero_output_for_mask"]:
        # At the end of a padded sequence the output is zero, but the state is not.
        equals = ""
    last, returned = last_hidden([name for name, _ in states]), call["return_state"]
    return LayerPlan(
        (output,),
        tuple(
            [
                State(
                    name=name,
                    shape=(batch, *shape),
                    dtype=call.compute,
                    returned=returned,
                    equals=(equals or None) if name == last else None,
                )
                for name, shape in states
            ]
        ),
        mask=mask_use(x, heeded, every_step),
    )


def _no_cudnn(layer: str) -> Cudnn:
    return Cudnn(eligible=False, why=f"{layer} has none")


def last_hidden(states: Sequence[str]) -> str:
    """The hidden state of the last cell, which is the output of the layer."""
    return next((name for name in reversed(states) if name.startswith("h")), "")


def _check_unroll(call: LayerCall, x: Tensor) -> None:
    if call["unroll"] and x.axes[1] is None:
        call.problem(
            "unroll-unknown",
            f"{call.layer.label} is unrolled step by step, but its input has no known length: "
            "Keras builds it, and fails on a batch of unknown length",
            call.fixes.left_out(
                call.layer, "unroll", "give the input a length, or leave unroll out", safe=False
            ),
            argument="unroll",
            severity="warning",
        )


def _check_mask(call: LayerCall, x: Tensor, step: Shape) -> None:
    """Refuses a mask whose axes behind the time do not fit those of the output."""
    if not x.masked:
        return
    if len(x.mask) < 2:
        call.refuse(
            "mask-misfit",
            f"{call.layer.label} reads a mask {shown(x.mask)}, which has no axis of time",
            "make no mask of what it reads",
        )
    check_steps(call, x)
    mask = x.mask[2:]
    fits = len(mask) <= len(step) and all(
        size in ((1, None) if call["unroll"] else (1, None, axis)) or axis is None
        for size, axis in zip(mask, step, strict=False)
    )
    if not fits:
        call.refuse(
            "mask-misfit",
            f"{call.layer.label} reads a mask {shown(x.mask_shape)}, which does not fit its output "
            f"of {shown(step)} at each step",
            "a mask along time alone, (batch, time), fits every layer; or leave the mask out",
        )


def check_steps(call: LayerCall, x: Tensor) -> None:
    """Refuses a mask of fewer steps than there are, and warns of more, which predict ignores."""
    (batch, time), (masks, steps) = x.axes[:2], x.mask[:2]
    if alike((time, steps)) and alike((batch, masks)):
        return
    message = f"{call.layer.label} reads {shown(x.shape)}, and its mask is {shown(x.mask_shape)}"
    fix = "a mask (batch, time) has a value for each step"
    if (steps or 0) < (time or 0) or not alike((batch, masks)):
        call.refuse("mask-misfit", message, fix, argument="mask")
    message += ": predict ignores what is too much, and a call of the model fails"
    call.problem("mask-misfit", message, fix, argument="mask", severity="warning")


def check(call: LayerCall) -> None:
    """Refuses arguments with which the cells cannot compute."""
    if call.variable == "bfloat16" and call["recurrent_initializer"] in (
        "orthogonal",
        "Orthogonal",
    ):
        call.refuse(
            "wrong-value",
            f"{call.layer.label} starts from an orthogonal recurrent kernel, which Keras cannot "
            "make in bfloat16",
            "dtype: mixed_bfloat16 computes in bfloat16 and keeps float32 weights; or set "
            "recurrent_initializer: glorot_uniform",
            argument="dtype",
        )
    for argument in ("activation", "recurrent_activation"):
        if call.layer.arguments.get(argument) == "glu":
            call.refuse(
                "wrong-value",
                f"{argument} glu halves what it is given, and the gates would not fit together",
                "choose one that keeps the size, such as tanh",
                argument=argument,
            )


# The arguments for which Keras uses cuDNN: https://docs.nvidia.com/deeplearning/cudnn.
FUSED = {
    "activation": "tanh",
    "recurrent_activation": "sigmoid",
    "unroll": False,
    "use_bias": True,
    "recurrent_dropout": 0,
    "reset_after": True,
}


def _cudnn(call: LayerCall) -> Cudnn:
    """Whether the fused GPU kernel can compute the layer, and why not."""
    arguments = call.layer.arguments
    for argument, needed in FUSED.items():
        if argument in arguments and arguments[argument] != needed:
            text = str(needed).lower()
            words = f"leave {argument} at {text} if speed on a GPU matters"
            call.problem(
                "fused-kernel",
                f"{call.layer.label} runs step by step on a GPU: the fused kernel (cuDNN) needs "
                f"{argument} {text}",
                call.fixes.left_out(call.layer, argument, words, safe=False),
                argument=argument,
                severity="note",
            )
            return Cudnn(eligible=False, why=f"{argument} is not {text}")
    if call["use_cudnn"] is False:
        return Cudnn(eligible=False, why="use_cudnn is false")
    return Cudnn(eligible=True)


RULES: Mapping[str, Rule] = {
    "SimpleRNN": _layer(CELLS["SimpleRNNCell"], fused=False),
    "GRU": _layer(CELLS["GRUCell"], fused=True),
    "LSTM": _layer(CELLS["LSTMCell"], fused=True),
    "RNN": rnn,
    "StackedRNNCells": _not_alone,
    **{name: _cell(cell) for name, cell in CELLS.items()},
}
