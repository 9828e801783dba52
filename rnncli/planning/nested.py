"""Plans a nested model: applies the rules to its graph, from the tensors that it reads."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec.structs import replace

from rnncli.keras_api.traits import traits
from rnncli.model.graph import MODEL, Input, KerasObject, Model, TensorRef
from rnncli.model.tensor_names import output_names
from rnncli.model.unused import needed_names
from rnncli.planning.follow import follow
from rnncli.problems import Fix, Problem, errors
from rnncli.report.layer import Shape, combined_mask_use
from rnncli.report.shapes import add, shown
from rnncli.rules.requirements import require_batch
from rnncli.rules.rule import LayerCall, LayerPlan, PlannedLayer, Rule, unknown
from rnncli.rules.sizes import Size, alike
from rnncli.rules.tensors import Tensor


def functional(call: LayerCall) -> LayerPlan:
    """The rule of a nested model: the tensors that it reads take the place of its inputs.

    The layers inside were built for the inputs that the model declares, so that every call of the
    model calls them again.
    """
    model: Model = call["model"]
    if errors(model.problems) or len(call.inputs) != len(model.inputs):
        return unknown(call.layer)
    require_batch(call)
    pairs = list(zip(model.inputs, call.inputs, strict=True))
    tensors = {TensorRef(expected.name): _entering(call, expected, x) for expected, x in pairs}
    evaluation = call.evaluation
    built = _built(call, model)
    if errors(built.problems):
        evaluation.problems.extend(built.problems)
        return unknown(call.layer)
    before = len(errors(evaluation.problems))
    steps = tuple(follow(model, tensors, evaluation, built.layers))
    if len(errors(evaluation.problems)) > before or not all(step.facts.known for step in steps):
        return unknown(call.layer)
    steps = _as_run(model, steps)
    outputs = tuple(
        replace(tensors[ref], name=name, producer=call.layer)
        for ref, name in zip(model.outputs, output_names(call.layer), strict=True)
    )
    if any(x.rank != 1 + len(expected.shape) for expected, x in pairs):
        outputs = _as_inferred(call, model, outputs)
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


def _as_run(model: Model, steps: tuple[PlannedLayer, ...]) -> tuple[PlannedLayer, ...]:
    """The layers, where those that no output depends on compute nothing: Keras leaves them out."""
    needed = needed_names(model.nodes, model.outputs)
    return tuple(
        [
            step if step.layer.name in needed else replace(step, facts=replace(step.facts, macs=0))
            for step in steps
        ]
    )


class _Built(msgspec.Struct, frozen=True):
    """The layers of a model by name, as they were built, and the problems in building them."""

    layers: Mapping[str, PlannedLayer]
    problems: list[Problem]


def _built(call: LayerCall, model: Model) -> _Built:
    """The model built for the inputs that it declares; once, however often it is called."""
    batch, cache = call.x.axes[0], call.evaluation.cache
    known: _Built | None = cache.get((id(model), batch))
    if known is not None:
        return known
    evaluation = replace(call.evaluation.without_problems(), concrete=False)
    tensors = {
        TensorRef(model_input.name): Tensor(
            model_input.name, (batch, *model_input.shape), model_input.dtype
        )
        for model_input in model.inputs
    }
    steps = follow(model, tensors, evaluation)
    built = _Built({step.layer.name: step for step in steps}, evaluation.problems)
    cache[id(model), batch] = built
    return built


def _as_inferred(call: LayerCall, model: Model, outputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """The outputs with the shapes that Keras infers where it adjusts the rank of an input.

    Keras infers them from the tensors before the adjustment, which fails in layers that look at
    the rank to infer a shape, as convolutions do and recurrent layers do not.
    """
    tensors = {
        TensorRef(model_input.name): replace(x, name=model_input.name, dtype=model_input.dtype)
        for model_input, x in zip(model.inputs, call.inputs, strict=True)
    }
    evaluation = replace(call.evaluation.without_problems(), concrete=False)
    follow(model, tensors, evaluation)
    strict = {node.layer.name for node in model.nodes if not _infers_any_rank(node.layer)}
    misfits = [problem for problem in errors(evaluation.problems) if problem.layer in strict]
    # The weights are made already: an unknown axis that they would depend on does not matter.
    if any(problem.code != "unknown-axis" for problem in misfits):
        call.refuse(
            "include-misfit",
            f"{call.layer.name} reads inputs of another rank, and the layers inside cannot infer "
            "their shapes from that",
            "give its inputs the same rank where it declares them",
        )
    inferred = [tensors[ref].shape for ref in model.outputs]
    return tuple(
        output if shape in (None, output.shape) else replace(output, inferred=shape)
        for output, shape in zip(outputs, inferred, strict=True)
    )


def _infers_any_rank(layer: KerasObject) -> bool:
    """Whether Keras infers a layer's output from the batch, the length and its units alone."""
    recurrent: KerasObject = layer["layer"] if layer.cls == "Bidirectional" else layer
    return traits(recurrent.cls).recurrent_over == "vectors"


def _entering(call: LayerCall, expected: Input, tensor: Tensor) -> Tensor:
    """A tensor as the nested model reads it: of the declared rank, in the declared dtype."""
    if (tensor.dtype == "string") != (expected.dtype == "string"):
        call.refuse(
            "include-misfit",
            f"{call.layer.name} reads {expected.name} as {expected.dtype}, and gets {tensor.dtype}",
            f"give {expected.name} that dtype where the model declares it",
        )
    shape = (tensor.axes[0], *expected.shape)
    read = _adjusted(tensor.axes, shape)
    if read is None or not _fits(call, tensor, shape):
        call.refuse(
            "include-misfit",
            f"{call.layer.name} reads {expected.name} as {shown(shape)}, and gets "
            f"{shown(tensor.shape)}",
            _declared_as(call, expected, tensor),
        )
    return replace(tensor, name=expected.name, shape=read, dtype=expected.dtype, last_step_of=None)


def _fits(call: LayerCall, tensor: Tensor, declared: Shape) -> bool:
    """Whether the sizes of a tensor are those that the nested model declares."""
    if call.bypassed and tensor.inferred is not None:
        # A run of TimeDistributed does not compare them, and the model was built for others.
        return True
    # Keras compares sizes without a last axis of 1, which it would squeeze.
    both = [axes[:-1] if axes[-1] == 1 else axes for axes in (tensor.axes, declared)]
    return all(alike(sizes) for sizes in zip(*both, strict=False))


def _declared_as(call: LayerCall, expected: Input, tensor: Tensor) -> Fix:
    """The fix that declares an input as what reaches it; it has edits for a model in place."""
    from rnncli.config.edits import replace_value

    words = f"give {expected.name} that shape where the model declares it, or null where it may be"
    shape = [None if isinstance(axis, Size) else axis for axis in tensor.axes[1:]]
    in_place = expected.place.source is call.layer.place.source
    edits = replace_value(expected.place, shape) if in_place else ()
    return Fix(f"{words} any", edits, safe=False)


def _adjusted(shape: Shape, expected: Shape) -> Shape | None:
    """A shape with a last axis of 1 removed or added to get the expected rank; None if impossible.

    Keras does so in a run, and not to infer a shape (``Functional._adjust_input_rank``).
    """
    if len(shape) == len(expected):
        return shape
    if len(shape) == len(expected) + 1 and shape[-1] == 1:
        return shape[:-1]
    if len(shape) == len(expected) - 1 and expected[-1] == 1:
        return (*shape, 1)
    return None


RULES: Mapping[str, Rule] = {MODEL: functional}
