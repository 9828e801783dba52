"""Bidirectional: a recurrent layer run forward and backward."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from rnncli.keras_api.traits import RECURRENT, traits
from rnncli.layers.rnn.recurrent import last_hidden
from rnncli.model.graph import KerasObject
from rnncli.model.tensor_names import part_of
from rnncli.report.layer import Shape, State
from rnncli.report.shapes import Axis, add
from rnncli.rules.apply import apply, inside
from rnncli.rules.policies import compute_dtype
from rnncli.rules.rule import LayerCall, LayerPlan, PlannedLayer, Rule, unknown
from rnncli.rules.sequences import heeds_mask, mask_use, require_sequence
from rnncli.rules.tensors import Tensor

DIRECTIONS = ("forward", "backward")

# Arguments that must be the same in both directions of a Bidirectional.
_ALIKE = ("return_sequences", "return_state", "stateful")


def bidirectional(call: LayerCall) -> LayerPlan:
    """A recurrent layer run forward and, as a copy or as another layer, backward.

    Their outputs are joined by ``merge_mode``; their states never are. Where the two differ in
    width, Keras infers the shape from the forward layer alone; this is the shape of a run.
    """
    forward, backward = directions(call)
    if forward["stateful"] and forward["return_state"]:
        call.refuse(
            "stateful-states",
            f"{call.layer.label} cannot return the states of a stateful layer: Keras fails on it",
            call.fixes.left_out(
                call.layer, "return_state", "leave return_state or stateful out", safe=False
            ),
            argument="layer",
        )
    x = require_sequence(call) if traits(forward.cls).recurrent_over == "vectors" else call.x
    # A copy has the problems of its original, which are reported once.
    copied = not call["backward_layer"]
    evaluation = call.evaluation.without_problems() if copied else call.evaluation
    plans = (
        inside(call, forward, x, call.first),
        apply(backward, (x,), evaluation, first=call.first),
    )
    if not all(plan.known for plan in plans):
        return unknown(call.layer)
    every_step: bool = forward["return_sequences"]
    heeded = heeds_mask(call, x)
    _check_halves(call, plans)
    return LayerPlan(
        _merged(call, x, plans, every_step),
        _states(call, plans, every_step, heeded),
        macs=add(*(plan.macs for plan in plans)),
        mask=mask_use(x, heeded, every_step),
        inferred_states=_inferred_states(plans),
        inner=tuple(
            PlannedLayer(layer, (x,), plan)
            for layer, plan in zip((forward, backward), plans, strict=True)
        ),
    )


def directions(call: LayerCall) -> tuple[KerasObject, KerasObject]:
    """The forward and the backward layer, named as Keras names them."""
    layer, backward = call["layer"], call["backward_layer"]
    for inner in (layer, backward):
        if inner is not None and inner.cls not in RECURRENT:
            call.refuse(
                "not-recurrent",
                f"{call.layer.label} runs a recurrent layer in both directions, and {inner.cls} "
                "is not recurrent",
                call.fixes.recurrent_in_its_place(inner, RECURRENT),
                argument="layer",
            )
    forward = replace(layer, name=f"forward_{layer.name.removeprefix('forward_')}")
    if backward is None:
        if layer["go_backwards"]:
            words = "leave go_backwards out, or give a backward_layer that goes forward"
            call.refuse(
                "backward-layer",
                f"{call.layer.label} runs its layer both ways, but go_backwards turns it around",
                call.fixes.left_out(layer, "go_backwards", words, safe=False),
                argument="layer",
            )
        name = f"backward_{layer.name.removeprefix('backward_')}"
        arguments = {**layer.arguments, "go_backwards": True}
        return forward, replace(layer, name=name, arguments=arguments)
    if layer["go_backwards"] == backward["go_backwards"]:
        call.refuse(
            "backward-layer",
            f"both directions of {call.layer.label} go the same way",
            call.fixes.on_backward_layer(backward, "go_backwards", not layer["go_backwards"]),
            argument="backward_layer",
        )
    if "use_cudnn" in layer.signature.arguments and "use_cudnn" in backward.signature.arguments:
        # Keras copies it from the forward layer to the backward layer.
        arguments = {**backward.arguments, "use_cudnn": layer["use_cudnn"]}
        backward = replace(backward, arguments=arguments)
    for argument in _ALIKE:
        if layer[argument] != backward[argument]:
            value = str(layer[argument]).lower()
            call.refuse(
                "backward-layer",
                f"{argument} is {value} on the forward layer of {call.layer.label} and "
                f"{str(backward[argument]).lower()} on its backward_layer",
                call.fixes.on_backward_layer(backward, argument, layer[argument]),
                argument="backward_layer",
            )
    return forward, backward


def _inferred_states(plans: tuple[LayerPlan, LayerPlan]) -> tuple[Shape, ...]:
    """The shapes that Keras infers for the states: those of the forward layer, twice."""
    forward, backward = ([state.shape or () for state in plan.states] for plan in plans)
    if forward == backward:
        return ()
    return (*forward, *forward)


def _check_halves(call: LayerCall, plans: tuple[LayerPlan, LayerPlan]) -> None:
    """Refuses initial states whose first half does not fit the forward layer, which gets it."""
    forward, backward = (len(plan.states) for plan in plans)
    half = (forward + backward) // 2
    if call.has_initial_state and half != forward:
        call.refuse(
            "wrong-value",
            f"{call.layer.label} starts its forward layer from {half} of {forward + backward} "
            f"states, and that layer keeps {forward}: it builds, and fails when it runs",
            "give both directions layers of one kind, or leave initial_state out",
            argument="initial_state",
        )


def _merged(
    call: LayerCall, x: Tensor, plans: tuple[LayerPlan, LayerPlan], every_step: bool
) -> tuple[Tensor, ...]:
    """The outputs as ``merge_mode`` joins them."""
    blank = call.output(
        None,
        masked=x.masked and every_step,
        last_step_of=None if every_step else call.layer,
    )
    shapes = [plan.output.axes for plan in plans]
    if call["merge_mode"] is None:
        # Keras infers both from the forward layer.
        return tuple(
            replace(
                blank, name=name, shape=shape, inferred=None if shape == shapes[0] else shapes[0]
            )
            for name, shape in zip(DIRECTIONS, shapes, strict=True)
        )
    *axes, widths = zip(*shapes, strict=True)
    if call["merge_mode"] == "concat":
        joined = blank.reshaped((*(_alike(call, sizes) for sizes in axes), add(*widths)))
        if widths[0] == widths[1] or None in widths:
            return (joined,)
        return (replace(joined, inferred=(*joined.axes[:-1], _uneven(call, widths))),)
    merged = blank.reshaped(tuple(_alike(call, sizes, 1) for sizes in (*axes, widths)))
    # A direction of one unit broadcasts to the other; Keras infers the width of the forward one.
    stretched = merged.axes[-1] != widths[0] and widths[0] is not None
    return (replace(merged, inferred=shapes[0] if stretched else None),)


def _uneven(call: LayerCall, widths: tuple[Axis, ...]) -> int:
    """Warns of directions of different widths, and returns the width that Keras infers."""
    inferred = 2 * (widths[0] or 0)
    call.problem(
        "uneven-directions",
        f"{call.layer.label} joins {widths[0]} and {widths[1]} units, but Keras infers "
        f"{inferred} from its forward layer alone",
        call.fixes.as_wide(
            call["layer"], call["backward_layer"], "give both directions the same units"
        ),
        argument="backward_layer",
        severity="warning",
    )
    return inferred


def _alike(call: LayerCall, sizes: tuple[Axis, ...], *stretched: int) -> Axis:
    """The size that both directions have along an axis; a ``stretched`` size fits any other."""
    known = {size for size in sizes if size is not None}
    if len(known - {*stretched}) > 1:
        call.refuse(
            "uneven-directions",
            f"merge_mode {call['merge_mode']} of {call.layer.label} needs both directions equally "
            f"wide, not {sizes[0]} and {sizes[1]}",
            call.fixes.as_wide(
                call["layer"],
                call["backward_layer"],
                "give both layers the same sizes, or keep them apart with merge_mode: null",
            ),
            argument="backward_layer",
        )
    return max(known, default=None)


def _states(
    call: LayerCall, plans: tuple[LayerPlan, LayerPlan], every_step: bool, heeded: bool
) -> tuple[State, ...]:
    forward, backward = plans
    width = forward.output.axes[-1]
    mode = call["merge_mode"]
    # The backward output is reversed to match the forward one: its last step comes first.
    steps = ("-1", "0") if every_step else (None, None)
    halves = (f":{width}", f"{width}:") if mode == "concat" else (None, None)
    states: list[State] = []
    for number, (direction, plan) in enumerate(zip(DIRECTIONS, (forward, backward), strict=True)):
        whole = "output" if mode == "concat" else direction
        rank = plan.output.rank - every_step
        equals = part_of(whole, rank, steps[number], halves[number])
        # With return_sequences, masked steps are zeros, so no fixed step is the last one.
        holds = mode in ("concat", None) and not (every_step and heeded)
        # Keras casts the outputs to the wrapper's dtype, and leaves the states in their own.
        holds = holds and compute_dtype(call.layer) == plan.output.dtype
        # Bidirectional sets zero_output_for_mask of both layers to return_sequences.
        hidden = last_hidden([state.name for state in plan.states])
        states += [
            State(
                name=f"{direction}_{state.name}",
                shape=state.shape,
                dtype=state.dtype,
                returned=state.returned,
                equals=equals if holds and state.name == hidden else None,
            )
            for state in plan.states
        ]
    return tuple(states)


RULES: Mapping[str, Rule] = {"Bidirectional": bidirectional}
