"""Applies the rule of a layer to its inputs, with the checks that all layers share.

These are the compute dtype, strings and sparse tensors that a layer cannot read, tensors too large
to count, shapes that Keras infers wrongly, and masks that are lost.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, NoReturn

from msgspec.structs import replace

from rnncli.keras_api.policies import Policy
from rnncli.keras_api.traits import traits
from rnncli.model.graph import KerasObject
from rnncli.model.tensor_names import SCORES
from rnncli.problems import Problem, errors, problem
from rnncli.report.layer import Shape
from rnncli.report.shapes import is_float, shown
from rnncli.rules import sparse
from rnncli.rules.empty import check_empty
from rnncli.rules.policies import check_quantization, policy_of
from rnncli.rules.rule import (
    LARGEST,
    Evaluation,
    LayerCall,
    LayerPlan,
    Refused,
    Rule,
    source,
    unknown,
)
from rnncli.rules.sizes import Size
from rnncli.rules.tensors import Tensor, inferred_as

# An operation has no dtype policy: it reads its inputs as they are.
_NO_POLICY = Policy("", "", "")


def apply(
    layer: KerasObject,
    inputs: tuple[Tensor, ...],
    evaluation: Evaluation,
    has_initial_state: bool = False,
    first: tuple[Tensor, ...] = (),
    keywords: Mapping[str, Any] | None = None,
    bypassed: bool = False,
) -> LayerPlan:
    """Plans a layer applied to tensors, and adds the problems to the evaluation.

    The plan is unknown where the layer has no rule, its arguments are not valid, an input is
    unknown, or the rule refuses the layer.
    """
    rule, problems = evaluation.rules.get(layer.cls), evaluation.problems
    if rule is None or layer.invalid or _lacks_tensors(layer, inputs):
        return unknown(layer)
    words = sparsely = misinferred = False
    for tensor in inputs:
        if tensor.shape is None:
            return _behind_unknown(layer, inputs, evaluation, first, keywords)
        words = words or tensor.dtype == "string"
        sparsely = sparsely or tensor.sparse
        misinferred = misinferred or tensor.inferred is not None
    policy = _NO_POLICY if layer.is_operation else policy_of(layer)
    cast_inputs = inputs
    casts = is_float(policy.compute) and layer["autocast"]
    if casts and not traits(layer.cls).keeps_inputs:
        cast_inputs = tuple([_cast(tensor, policy.compute) for tensor in inputs])
    call = LayerCall(
        layer,
        cast_inputs,
        evaluation,
        policy.compute,
        policy.variable,
        has_initial_state,
        first,
        keywords or {},
        bypassed,
    )
    try:
        if not layer.is_operation:
            check_quantization(call)
        if keywords:
            from rnncli.rules.given_masks import with_given_masks

            call = with_given_masks(call)
        if words and not _reads_strings(layer):
            call.refuse(
                "wrong-dtype",
                f"{layer.label} computes with numbers, but {source(inputs[0])} words",
                "put StringLookup or TextVectorization before it",
            )
        _check_countable(call, inputs)
        check_empty(call)
        facts = _planned(call, rule) if misinferred else rule(call)
        warn_of_no_freezing(call, layer)
        _check_countable(call, facts.outputs)
        if sparsely and not _reads_sparse(call):
            return unknown(layer)
    except Refused as refusal:
        problems.append(refusal.problem)
        return unknown(layer)
    if sparse.gives(layer, inputs):
        facts = replace(facts, outputs=tuple(replace(x, sparse=True) for x in facts.outputs))
    unmasked = [x for x in call.inputs if x.mask_taken_by is not None]
    if unmasked:
        problems.append(_mask_taken(layer, unmasked[0]))
    masked = [x for x in call.inputs if x.masked] if facts.mask is None and facts.known else []
    # The scores of attention carry a mask that no layer after it needs.
    if not unmasked and any(x.name != SCORES for x in masked):
        problems.append(_mask_lost(layer))
    return replace(facts, mask="drops") if masked else facts


def _behind_unknown(
    layer: KerasObject,
    inputs: tuple[Tensor, ...],
    evaluation: Evaluation,
    first: tuple[Tensor, ...],
    keywords: Mapping[str, Any] | None,
) -> LayerPlan:
    """The plan of a layer with an input whose shape is unknown; Keras may still infer one."""
    if any(x.shape is None and x.inferred is None for x in inputs):
        return unknown(layer)
    from rnncli.rules.ragged import behind_ragged

    return behind_ragged(layer, inputs, evaluation, first, keywords)


def _reads_strings(layer: KerasObject) -> bool:
    if not layer.is_operation:
        return traits(layer.cls).reads_strings or is_identity(layer)
    from rnncli.keras_api.operations import OPERATIONS

    return OPERATIONS[layer.cls].strings


def _lacks_tensors(layer: KerasObject, inputs: Sequence[Tensor]) -> bool:
    """Whether fewer tensors reach an operation than it reads, which is reported already."""
    return len(inputs) < len(layer.reads)


def _cast(x: Tensor, dtype: str) -> Tensor:
    return replace(x, dtype=dtype) if x.dtype != dtype and is_float(x.dtype) else x


def _check_countable(call: LayerCall, tensors: Sequence[Tensor]) -> None:
    """Refuses a tensor with more elements than TensorFlow can count."""
    for tensor in tensors:
        shape = tensor.shape or ()
        # In plain numbers: this count is not written in letters.
        if None not in shape and math.prod([int(size or 0) for size in shape]) > LARGEST:
            call.refuse(
                "beyond-64-bits",
                f"{source(tensor)} a tensor of more than 2^63 elements, which TensorFlow does not "
                "count",
                "make it smaller",
            )


def _reads_sparse(call: LayerCall) -> bool:
    """Whether the layer certainly reads sparse tensors; refuses a layer that certainly cannot."""
    reading = sparse.reads(call.layer, call.inputs)
    if reading == "no":
        x = next(tensor for tensor in call.inputs if tensor.sparse)
        producer = x.producer
        call.refuse(
            "sparse-tensor",
            f"{call.layer.label} cannot read a sparse tensor, which {source(x)}",
            "leave sparse: true out of what makes it; Dense reads one of (batch, features)",
            blame=producer.place if producer else None,
            label="gives a sparse tensor",
        )
    return reading == "yes"


def _mask_taken(layer: KerasObject, x: Tensor) -> Problem:
    taker, name = x.mask_taken_by, x.producer.name if x.producer else x.name
    return problem(
        "mask-taken",
        f"{taker.label if taker else name} takes the mask off {name}, and {layer.label} reads it "
        "without one: what follows takes padded steps for real ones",
        f"let the attention layer read a LayerNormalization of {name}, which has a mask of its own",
        place=layer.place,
        severity="warning",
        layer=layer.name,
    )


def _mask_lost(layer: KerasObject) -> Problem:
    return problem(
        "mask-lost",
        f"the mask of padded steps ends at {layer.label}: what follows takes them for real ones",
        "put a layer that honours it in its place, such as a recurrent layer or "
        "GlobalAveragePooling1D, or make no mask",
        place=layer.place,
        severity="warning",
        layer=layer.name,
    )


def warn_of_no_freezing(call: LayerCall, layer: KerasObject) -> None:
    """Warns where trainable is false, but a Model still trains the weights."""
    if layer.arguments.get("trainable") is not False or not traits(layer.cls).frozen_by:
        return
    call.problem(
        "freezes-nothing",
        f"trainable: false on {layer.label} freezes nothing: Keras does not hand it to the layers "
        "inside, whose weights are still trained",
        traits(layer.cls).frozen_by,
        argument="trainable" if layer is call.layer else "cell",
        severity="warning",
    )


def inside(
    call: LayerCall,
    layer: KerasObject,
    x: Tensor,
    first: tuple[Tensor, ...] = (),
    bypassed: bool = False,
) -> LayerPlan:
    """Plans a layer inside the call's layer; ``first`` are the inputs that it was built for."""
    return apply(layer, (x,), call.evaluation, first=first, bypassed=bypassed)


def is_identity(layer: KerasObject) -> bool:
    """Whether the layer is an Activation that returns its input unchanged."""
    return layer.cls == "Activation" and layer["activation"] in (None, "linear")


def _planned(call: LayerCall, rule: Rule) -> LayerPlan:
    """Plans a layer with an input whose shape Keras infers wrongly.

    What is wrong with the real shape is told, unless the layer that is built for the inferred one
    can read it.
    """
    quiet = replace(call, evaluation=call.evaluation.without_problems())
    real = replace(call, evaluation=call.evaluation.without_problems())
    try:
        rule(real)
    except Refused as refusal:
        try:
            return _as_inferred(quiet, rule)
        except Refused:
            call.evaluation.problems.extend(real.evaluation.problems)
            raise refusal from None
    # A layer inside may be refused as well.
    if errors(real.evaluation.problems):
        with suppress(Refused):
            facts = _as_inferred(quiet, rule)
            if facts.known:
                return facts
    call.evaluation.problems.extend(real.evaluation.problems)
    return _as_inferred(call, rule)


def _as_inferred(call: LayerCall, rule: Rule) -> LayerPlan:
    """Plans a layer with an input whose shape Keras infers wrongly.

    Keras builds the layer for the inferred shape and runs it on the real one, which is in effect a
    later call of a layer that is already built. Where the layer cannot read the real shape, the run
    fails; elsewhere the wrong shape is passed on.
    """
    guess = tuple([_guessed(x) for x in call.inputs])
    symbolic = replace(call.evaluation.without_problems(), concrete=False)
    named = {
        name: _guessed(value) if isinstance(value, Tensor) and value.shape is not None else value
        for name, value in call.keywords.items()
    }
    built = replace(call, inputs=guess, keywords=named, evaluation=symbolic)
    later = replace(call, evaluation=call.evaluation.without_problems(), first=call.first or guess)
    try:
        guessed, facts = rule(built), rule(later)
    except Refused:
        _refuse_misinferred(call)
    if (
        guessed.known < facts.known
        or weight_shapes(guessed) != weight_shapes(facts)
        # A layer with weights may require the rank that it was built for.
        or (facts.weights and not traits(call.layer.cls).any_rank and guess[0].rank != call.x.rank)
    ):
        _refuse_misinferred(call)
    pairs = zip(facts.outputs, guessed.outputs, strict=True)
    concrete = call.evaluation.concrete
    outputs = [_passed_on(real, wrong.inferred or wrong.shape, concrete) for real, wrong in pairs]
    return replace(facts, outputs=tuple(outputs))


def _passed_on(real: Tensor, inferred: Shape | None, concrete: bool) -> Tensor:
    """The output of a layer that was built for a wrong shape.

    Layers after it are built for what Keras infers, though that is only that it knows no size.
    """
    output = inferred_as(real, inferred, concrete)
    if not concrete or inferred is None or output.inferred is not None:
        return output
    pairs = zip(inferred, real.axes, strict=True)
    is_known_later = any(size is None and type(axis) is int for size, axis in pairs)
    return replace(output, inferred=inferred) if is_known_later else output


def _refuse_misinferred(call: LayerCall) -> NoReturn:
    x = next(x for x in call.inputs if x.inferred is not None)
    call.refuse(
        "misinferred",
        f"{call.layer.label} is built for {shown(x.inferred)}, which Keras infers wrongly: "
        f"{source(x)} {shown(x.shape)}",
        _inference_fix(x),
    )


def _guessed(x: Tensor) -> Tensor:
    """The tensor as Keras infers it: unknown lengths are None, the mask has the same axes."""
    shape = tuple([None if isinstance(axis, Size) else axis for axis in x.inferred or x.axes])
    mask = x.mask_shape
    if shape and mask and x.axes[: len(mask)] == mask:
        mask = shape[: len(mask)]
    return replace(x, shape=shape, inferred=None, mask_shape=mask)


def weight_shapes(facts: LayerPlan) -> list[object]:
    """The shapes of all weights of a layer and of the layers inside it."""
    own: list[object] = [weight.shape for weight in facts.weights]
    return own + [weight_shapes(planned.facts) for planned in facts.inner]


def _inference_fix(tensor: Tensor) -> str:
    producer = tensor.producer
    if producer is None:
        return "use another layer before it"
    if producer.cls == "Bidirectional":
        return f"give both directions of {producer.name} the same units"
    if producer.arguments.get("activation") == "glu":
        return f"use another activation than glu in {producer.name}"
    return f"use another layer in place of {producer.name}, or end the model with it"
