"""A model inside the model: its graph, followed from what reaches it."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from rnncli.model.graph import MODEL, Input, Model, TensorRef
from rnncli.model.tensor_names import output_names
from rnncli.planning.follow import follow
from rnncli.problems import errors
from rnncli.report.layer import combined_mask_use
from rnncli.report.shapes import add, shown
from rnncli.rules.rule import LayerCall, LayerPlan, PlannedLayer, Rule, unknown
from rnncli.rules.sizes import alike
from rnncli.rules.tensors import Tensor


def functional(call: LayerCall) -> LayerPlan:
    """What reaches the model stands for its inputs; its outputs are named as it names them."""
    model: Model = call["model"]
    if errors(model.problems) or len(call.inputs) != len(model.inputs):
        return unknown(call.layer)
    tensors = {
        TensorRef(each.name): _entering(call, each, given)
        for each, given in zip(model.inputs, call.inputs, strict=True)
    }
    evaluation = call.evaluation
    before = len(errors(evaluation.problems))
    earlier = _built(call, model) if call.first else None
    steps = tuple(follow(model, tensors, evaluation, earlier))
    if len(errors(evaluation.problems)) > before or not all(each.facts.known for each in steps):
        return unknown(call.layer)
    outputs = tuple(
        replace(tensors[ref], name=name, producer=call.layer)
        for ref, name in zip(model.outputs, output_names(call.layer), strict=True)
    )
    return LayerPlan(
        outputs,
        macs=add(*(step.facts.macs for step in steps)),
        mask=combined_mask_use(
            [step.facts.mask for step in steps],
            comes_in=any(x.masked for x in call.inputs),
            goes_on=any(output.masked for output in outputs),
        ),
        inner=steps,
        takes_masks=tuple(
            [
                place
                for place, (expected, x) in enumerate(zip(model.inputs, call.inputs, strict=True))
                # A tensor that is cast on the way in is a copy.
                if tensors[TensorRef(expected.name)].mask_taken_by is not None
                and x.mask_taken_by is None
                and x.dtype == expected.dtype
            ]
        ),
    )


def _built(call: LayerCall, model: Model) -> dict[str, PlannedLayer]:
    """The layers inside as they were built, for what the model read first."""
    pairs = zip(model.inputs, call.first, strict=True)
    tensors = {TensorRef(given.name): _entering(call, given, x) for given, x in pairs}
    steps = follow(model, tensors, call.evaluation.without_problems())
    return {step.layer.name: step for step in steps}


def _entering(call: LayerCall, expected: Input, given: Tensor) -> Tensor:
    """A tensor as the model inside reads it: of the shape that it declares, in its dtype."""
    if (given.dtype == "string") != (expected.dtype == "string"):
        call.refuse(
            "include-misfit",
            f"{call.layer.name} reads {expected.name} as {expected.dtype}, and gets {given.dtype}",
            "give its input that dtype in its own file",
        )
    shape = (given.axes[0], *expected.shape)
    # Keras compares sizes without a last axis of 1, which it would squeeze.
    both = [axes[:-1] if axes[-1] == 1 else axes for axes in (given.axes, shape)]
    fits = given.rank == len(shape) and all(alike(sizes) for sizes in zip(*both, strict=False))
    if not fits:
        call.refuse(
            "include-misfit",
            f"{call.layer.name} reads {expected.name} as {shown(shape)}, and gets "
            f"{shown(given.shape)}",
            "give its input that shape in its own file, or null where it may be any",
        )
    return replace(given, name=expected.name, dtype=expected.dtype, last_step_of=None)


RULES: Mapping[str, Rule] = {MODEL: functional}
