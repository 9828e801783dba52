"""TimeDistributed: a layer applied to every time step."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from rnncli.keras_api.traits import traits
from rnncli.model.graph import KerasObject
from rnncli.model.tensor_names import is_model, is_stateful, output_names
from rnncli.report.layer import Shape
from rnncli.report.shapes import Axis, is_float, product, shown
from rnncli.rules.apply import inside
from rnncli.rules.dtypes import promoted
from rnncli.rules.policies import compute_dtype, policy_of
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
                f"leave TimeDistributed out: {_named(layer)} can read this; or give the input a "
                "time axis",
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
    if is_model(layer):
        _check_model(call, layer)
    facts = _inside(call, bare, step, first)
    if not facts.known:
        return unknown(call.layer)
    if len(facts.outputs) > 1 or any(state.returned for state in facts.states):
        call.refuse(
            "time-distributed-states",
            f"{call.layer.label} takes one tensor from {layer.cls}, which returns several",
            call.fixes.left_out(call.layer, "return_state", "leave return_state out of it"),
            argument="layer",
        )
    _warn_of_no_scales(call, layer)
    output = facts.output
    if output.shape is None:
        # A model that ends in a layer of unknown shape.
        return unknown(call.layer)
    if not output.axes:
        call.refuse(
            "wrong-rank",
            f"{_named(layer)} gives a single number for a step of all samples, and "
            f"{call.layer.label} needs an axis of samples",
            f"let {_named(layer)} keep axis 0, the batch",
            argument="layer",
        )
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
        inner=(_every_step(PlannedLayer(layer, (step,), replace(facts, states=())), time),),
    )


def _warn_of_no_scales(call: LayerCall, layer: KerasObject) -> None:
    """Warns of weights in integers: the call that divides by their scales is bypassed."""
    row, policy = traits(layer.cls), policy_of(layer)
    if policy.quantization not in ("int8", "int4") or not row.quantizations:
        return
    fix = call.fixes.set_on(layer, "dtype", policy.source)
    if row.per_step == "always":
        words = f"leave TimeDistributed out: {layer.cls} works at each step alone"
        fix = call.fixes.without_wrapper(call.layer, layer, words)
    call.problem(
        "wrong-dtype",
        f"{call.layer.label} uses the integers of the quantized {layer.cls} without their scales",
        fix,
        argument="layer",
        severity="warning",
    )


def _every_step(planned: PlannedLayer, time: Axis) -> PlannedLayer:
    """A layer inside, with the MACs of all steps for itself and for what is inside of it."""
    facts = planned.facts
    inner = tuple([_every_step(layer, time) for layer in facts.inner])
    return replace(planned, facts=replace(facts, macs=product((facts.macs, time)), inner=inner))


def _inside(
    call: LayerCall, layer: KerasObject, step: Tensor, first: tuple[Tensor, ...]
) -> LayerPlan:
    """Plans the layer of a step. A mask of whole steps that ends inside a model is no loss: the
    output has it all the same."""
    evaluation = call.evaluation.without_problems()
    facts = inside(replace(call, evaluation=evaluation), layer, step, first, bypassed=True)
    of_whole_steps = step.masked and len(step.mask) == 1
    call.evaluation.problems.extend(
        problem
        for problem in evaluation.problems
        if not (of_whole_steps and problem.code == "mask-lost")
    )
    return facts


def _named(layer: KerasObject) -> str:
    """The layer as a message names it: a model by its name, as all models have one class."""
    return layer.name if is_model(layer) else layer.cls


def _check_model(call: LayerCall, layer: KerasObject) -> None:
    """Refuses a model of several inputs or outputs: a time step is one tensor, and gives one."""
    reads = [model_input.name for model_input in layer["model"].inputs]
    if len(reads) != 1:
        call.refuse(
            "wrong-input-count",
            f"{call.layer.label} hands one tensor to {layer.name}, which reads {len(reads)}: "
            f"{', '.join(reads)}",
            "leave one input in the model; what the others read can be joined with Concatenate",
        )
    gives = output_names(layer)
    if len(gives) != 1:
        call.refuse(
            "time-distributed-states",
            f"{call.layer.label} takes one tensor from {layer.name}, which returns several: "
            f"{', '.join(gives)}",
            "name one tensor in outputs of the model",
        )
    stateful = next((node.layer for node in layer["model"].nodes if is_stateful(node.layer)), None)
    if stateful is not None:
        call.refuse(
            "stateful-batch",
            f"{stateful.label} is stateful, and the inputs of a model inside TimeDistributed have "
            "no fixed batch size",
            call.fixes.left_out(stateful, "stateful", f"leave stateful out of {stateful.name}"),
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
    # A model compares its input with what it declares, though not in a run.
    inferred = (x.inferred[0], *x.inferred[2:]) if x.inferred and is_model(layer) else None
    return replace(
        x,
        shape=(x.axes[0], *x.axes[2:]),
        masked=takes_mask,
        mask_shape=(x.mask[0], *x.mask[2:]) if takes_mask else None,
        inferred=inferred,
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
    weights = _weight_dtypes(call, layer, facts)
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


def _weight_dtypes(call: LayerCall, layer: KerasObject, facts: LayerPlan) -> list[str]:
    """The dtypes of the weights as a step reads them."""
    mixed = call.compute != call.variable
    dtypes = {weight.name: call.compute if mixed else weight.dtype for weight in facts.weights}
    if policy_of(layer).quantization and "kernel" in dtypes:
        # The scales are for the quantized call, which is bypassed.
        dtypes = {name: dtypes[name] for name in ("kernel", "bias") if name in dtypes}
    if layer.arguments.get("lora_rank"):
        # Keras casts the sum of the kernel and the product that LoRA adds.
        dtypes["kernel"] = compute_dtype(layer)
    return [dtype for name, dtype in dtypes.items() if not name.startswith("lora_")]


RULES: Mapping[str, Rule] = {"TimeDistributed": time_distributed}
