"""TimeDistributed: a layer applied to every time step."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from rnncli.keras_api.traits import traits
from rnncli.model.graph import KerasObject
from rnncli.report.layer import Shape
from rnncli.report.shapes import Axis, is_float, product, shown
from rnncli.rules.apply import inside
from rnncli.rules.dtypes import promoted
from rnncli.rules.rule import LayerCall, LayerPlan, PlannedLayer, Rule, source, unknown
from rnncli.rules.sequences import require_sequence
from rnncli.rules.sizes import alike
from rnncli.rules.tensors import Tensor


def time_distributed(call: LayerCall) -> LayerPlan:
    """A layer applied to each time step: (batch, time, …) → (batch, time, …)."""
    x, layer = call.x, call["layer"]
    if x.rank == 2 and x.last_step_of:
        x = require_sequence(call)
    if x.rank < 3:
        call.refuse(
            "wrong-rank",
            f"{call.layer.label} reads steps (batch, time, …), but {source(x)} {shown(x.shape)}",
            call.fixes.without_wrapper(
                call.layer,
                layer,
                f"leave TimeDistributed out: {layer.cls} can read this; or give the input a time "
                "axis",
            ),
        )
    if (
        traits(layer.cls).recurrent_over == "vectors" or layer.cls == "Bidirectional"
    ) and x.rank == 3:
        call.refuse(
            "time-distributed-recurrent",
            f"{layer.cls} reads a whole sequence, but TimeDistributed hands it one step at a time "
            f"of {shown(x.shape)}",
            call.fixes.without_wrapper(
                call.layer,
                layer,
                "give the input one more axis, a sequence at each step; or leave TimeDistributed "
                "out",
            ),
        )
    time = x.axes[1]
    step = _step(call, layer, x)
    # TimeDistributed bypasses what Keras does around every call, such as this layer's penalty.
    bare = replace(layer, arguments={}) if layer.cls == "ActivityRegularization" else layer
    if layer.cls == "TimeDistributed":
        # Its dtype policy is bypassed as well.
        bare = replace(layer, arguments={**layer.arguments, "dtype": call.layer["dtype"]})
    first = tuple([_step(call, layer, built) for built in call.first])
    facts = inside(call, bare, step, first)
    if not facts.known:
        return unknown(call.layer)
    if len(facts.outputs) > 1 or any(state.returned for state in facts.states):
        call.refuse(
            "time-distributed-states",
            f"{call.layer.label} takes one tensor from {layer.cls}, which returns several",
            call.fixes.left_out(call.layer, "return_state", "leave return_state out of it"),
            argument="layer",
        )
    output = facts.output
    macs = product((facts.macs, time))
    return LayerPlan(
        (
            replace(
                output,
                name="output",
                shape=_with_time(output.axes, time),
                inferred=output.inferred and _with_time(output.inferred, time),
                producer=call.layer,
                input_place=x.input_place,
                dtype=_step_dtype(call, layer, facts),
                masked=x.masked,
                mask_shape=x.mask_shape,
                last_step_of=None,
            ),
        ),
        macs=macs,
        mask="uses" if x.masked else None,
        inner=(PlannedLayer(layer, (step,), replace(facts, macs=macs, states=())),),
    )


def _with_time(shape: Shape, time: Axis) -> Shape:
    return (shape[0], time, *shape[1:])


def _step(call: LayerCall, layer: KerasObject, x: Tensor) -> Tensor:
    """One time step, with its part of the mask where the call of the layer takes a mask."""
    if x.masked and len(x.mask) < 2:
        call.refuse(
            "mask-misfit",
            f"{call.layer.label} hands each step its part of the mask, and {shown(x.mask)} has no "
            "axis of time",
            "make no mask of what it reads",
        )
    if x.masked and not all(map(alike, zip(x.mask[:2], x.axes[:2], strict=True))):
        call.refuse(
            "mask-misfit",
            f"{call.layer.label} reads {shown(x.shape)}, and its mask is {shown(x.mask)}",
            "a mask (batch, time) has a value for each step",
        )
    takes_mask = x.masked and traits(layer.cls).mask_argument
    return replace(
        x,
        shape=(x.axes[0], *x.axes[2:]),
        masked=takes_mask,
        mask_shape=(x.mask[0], *x.mask[2:]) if takes_mask else None,
        inferred=None,
        input_place=None,
    )


def _step_dtype(call: LayerCall, layer: KerasObject, facts: LayerPlan) -> str:
    """The dtype of the output: TimeDistributed bypasses the dtype policy of its layer.

    The policy holds only where the layer casts its output itself. Elsewhere the wrapper's own dtype
    is promoted with that of the weights, which a mixed policy of the wrapper casts.
    """
    output = facts.output
    while layer.cls == "TimeDistributed":
        (inner,) = facts.inner
        layer, facts = inner.layer, inner.facts
    if traits(layer.cls).casts_steps or not output.is_float:
        return facts.output.dtype
    if layer.cls in ("RMSNormalization", "SpectralNormalization"):
        return call.compute
    mixed = call.compute != call.variable
    weights = [call.compute if mixed else weight.dtype for weight in facts.weights]
    # Integers are promoted to the dtype of the weights.
    read = [call.compute] if call.x.is_float else []
    dtypes = {dtype for dtype in (*read, *weights) if is_float(dtype)}
    if ("Conv" in layer.cls or layer.cls == "PReLU") and len(dtypes) > 1:
        call.refuse(
            "wrong-dtype",
            f"{call.layer.label} hands {layer.cls} steps of {call.compute}, and its weights are "
            f"{facts.weights[0].dtype}: it takes one dtype",
            f"set dtype: {facts.weights[0].dtype} on {call.layer.name} as well",
            argument="layer",
        )
    return promoted(sorted(dtypes)) if dtypes else output.dtype


RULES: Mapping[str, Rule] = {"TimeDistributed": time_distributed}
