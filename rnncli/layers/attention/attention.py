"""Attention: values, weighted by how well their keys match a query.

Additive attention is that of Bahdanau et al. 2015 (https://arxiv.org/abs/1409.0473), dot-product
attention that of Luong et al. 2015 (https://arxiv.org/abs/1508.04025).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from rnncli.layers.core.core import check_softmax
from rnncli.model.tensor_names import SCORES
from rnncli.report.layer import MaskUse, Shape, Transient, Weight
from rnncli.report.shapes import add, product, shown
from rnncli.rules.formulas import count_formula
from rnncli.rules.given_masks import flag, given_masks
from rnncli.rules.policies import computes_in_floats
from rnncli.rules.requirements import known_size, require_batch, require_min_rank
from rnncli.rules.rule import LayerCall, LayerPlan, Rule, unknown
from rnncli.rules.sizes import Size, alike
from rnncli.rules.tensors import Tensor, broadcast, inferred_as
from rnncli.rules.weights import make_transient, make_weight


def attention(call: LayerCall) -> LayerPlan:
    """Query (…, Tq, dim), value (…, Tv, width), key (…, Tv, dim) → (…, Tq, width).

    The score of a query and a key is their product, or with score_mode concat the sum of tanh of
    their sum.
    """
    names = [("scale", call["use_scale"]), ("concat_score_weight", call["score_mode"] == "concat")]
    weights = [make_weight(call, name, "1", ()) for name, present in names if present]
    multiplies = call["score_mode"] == "dot"
    formula = str(len(weights)) if weights else None
    return _scored(call, weights, formula, multiplied=multiplies, summed=not multiplies)


def additive_attention(call: LayerCall) -> LayerPlan:
    """The shapes of Attention; the score is the sum of scale·tanh(query + key).

    With a scale for each feature that sum is a matrix product, written out.
    """
    require_batch(call)
    weights, formula = [], None
    if call["use_scale"] and len(call.inputs) > 1:
        width = _scale_width(call)
        weights = [make_weight(call, "scale", "features", (width,))]
        formula = count_formula("features", features=width)
    return _scored(call, weights, formula, multiplied=bool(weights), summed=True)


def _scale_width(call: LayerCall) -> int:
    """The features of the query, or of the first call's, where this call's broadcast to them."""
    width = known_size(call, -1)
    if not call.first:
        return width
    first = known_size(call, -1, of=call.first[0])
    query, _, key = query_value_key(call)
    scored = broadcast(query.axes[-1:], key.axes[-1:])
    return first if 1 in (first, *(scored or ())) or scored == (first,) else width


def _scored(
    call: LayerCall,
    weights: Sequence[Weight],
    formula: str | None,
    *,
    multiplied: bool,
    summed: bool,
) -> LayerPlan:
    """Attention without projections; ``summed`` where scores come from query + key, and
    ``multiplied`` where they are sums of products."""
    if not computes_in_floats(call):
        return unknown(call.layer)
    query, value, key = query_value_key(call)
    _check_steps(call)
    dtype = _score_dtype(call, summed, bool(weights))
    _check_widths(call, summed)
    scores = (*_leading(call, query.axes[:-2], key.axes[:-2]), query.axes[-2], key.axes[-2])
    width = (
        broadcast(*(x.axes[-1:] for x in (query, key)), *(weight.shape for weight in weights)) or ()
    )
    score_macs = product((*scores, *width)) if multiplied else 0
    scores = _masked(call, scores)
    if not alike([value.axes[-2], scores[-1]]):
        mismatch(call, "value and key differ in length", "give every value a key")
    check_softmax(call, len(scores))
    leading = _leading(call, scores[:-2], value.axes[:-2])
    shape = (*leading, scores[-2], value.axes[-1])
    if query.masked:
        shape = _fitting(call, shape, (*query.mask, 1))
    inferred = (*query.axes[:-1], value.axes[-1])
    if None in (*query.axes, *value.axes, *key.axes, *shape):
        shape = inferred
    wrong = None if inferred == shape else inferred
    output = masked_output(call, shape, dtype=dtype, inferred=wrong)
    returned = scores_output(call, scores, (*query.axes[:-1], key.axes[-2]), dtype)
    return LayerPlan(
        (output, *returned),
        weights=tuple(weights),
        formula=formula,
        macs=add(score_macs, product((*leading, *scores[-2:], value.axes[-1]))),
        mask=mask_use(call),
        transient=None
        if returned and not summed
        else _largest(scores, width if summed else (), dtype),
    )


def _masked(call: LayerCall, scores: Shape) -> Shape:
    """The shape of the scores after the masks, of the value and of the future."""
    value, steps = query_value_key(call)[1], scores[-2:]
    mask = value.mask if value.masked else None
    if flag(call, "use_causal_mask"):
        across = () if mask is None else ((*mask[:-1], 1, mask[-1]),)
        return _fitting(call, scores, *across, (1, *steps))
    if mask is None:
        return scores
    return _fitting(call, scores, (mask[0], 1, mask[1]) if len(mask) == 2 else mask)


def _fitting(call: LayerCall, shape: Shape, *masks: Shape) -> Shape:
    """The shape that masks broadcast a shape to; refuses those that do not fit."""
    masked = broadcast(shape, *masks)
    if masked is not None:
        return masked
    of_the_call = given_masks(call)
    if not of_the_call:
        return _leading(call, shape, *masks)
    listed = " and ".join(f"{name} {shown(mask)}" for name, mask in of_the_call.items())
    return call.refuse(
        "mask-misfit",
        f"{call.layer.label} scores {shown(shape)}, which {listed} does not fit",
        "a mask (batch, steps) has a value for each step of its query or value",
        argument=next(iter(of_the_call)),
    )


def scores_output(
    call: LayerCall, scores: Shape, inferred: Shape, dtype: str, mask: Shape | None = None
) -> tuple[Tensor, ...]:
    """The scores as an output, if the call returns them; Keras may infer another shape.

    ``mask`` is the shape of the mask that they carry in a run.
    """
    if not flag(call, "return_attention_scores"):
        return ()
    tensor = Tensor(
        SCORES, scores, dtype, masked=mask is not None, mask_shape=mask, producer=call.layer
    )
    # What depends on an unknown length is unknown to Keras when it infers a shape.
    inferred = tuple([None if isinstance(size, Size) else size for size in inferred])
    return (inferred_as(tensor, inferred, call.evaluation.concrete),)


def _check_steps(call: LayerCall) -> None:
    """Refuses vectors, and warns of tensors that Keras takes for sequences, but are not."""
    query, value, key = query_value_key(call)
    for tensor in (query, value, key):
        require_min_rank(call, 2, "sequences (batch, time, features)", of=tensor)
    for role, tensor in (("query", query), ("value", value)):
        if tensor.rank == 2 and not call.evaluation.concrete:
            _over_batch(call, role, tensor)


def _check_widths(call: LayerCall, summed: bool) -> None:
    """Refuses a query and a key of different widths; in a sum, a width of 1 fits any other."""
    query, _, key = query_value_key(call)
    widths = [query.axes[-1], key.axes[-1]]
    if not alike([width for width in widths if not (summed and width == 1)]):
        role = "key" if len(call.inputs) > 2 else "value (its own key)"
        mismatch(call, f"the query and the {role} differ in width", PROJECT)


def _leading(call: LayerCall, *shapes: Shape) -> Shape:
    """The shape that shapes broadcast to; refuses those that do not fit."""
    shape = broadcast(*shapes)
    if shape is None:
        mismatch(call, "their leading axes do not fit", "give them the same axes before the time")
    return shape


def _largest(scores: Shape, width: Shape, dtype: str) -> Transient | None:
    """The scores; where they are sums over features, the terms before they are summed."""
    words = [
        *_LEADING[: len(scores) - 2],
        "query_steps",
        "key_steps",
        *(["features"] if width else []),
    ]
    name = "sums of query and key" if width else "scores"
    return make_transient(name, words, (*scores, *width), dtype)


def _over_batch(call: LayerCall, role: str, tensor: Tensor) -> None:
    """Warns where a tensor has no steps: Keras takes the batch for them, and mixes its members."""
    recurrent = tensor.last_step_of
    fix = call.fixes.set_on(recurrent, "return_sequences", True) if recurrent else None
    call.problem(
        "attends-over-batch",
        f"the {role} of {call.layer.label} is {shown(tensor.shape)}, without steps: Keras takes "
        "the batch for them, and mixes its members",
        fix or "give it an axis of steps, as a recurrent layer with return_sequences: true does",
        severity="warning",
    )


def _score_dtype(call: LayerCall, summed: bool, weighed: bool) -> str:
    """The dtype of the output, which is that of the scores: the layer's own, except for integers,
    whose sum becomes float32 in tanh."""
    query, value, key = query_value_key(call)
    if summed and (query.dtype != key.dtype or query.dtype == "bool"):
        _wrong_dtype(call, f"adds {query.dtype} and {key.dtype}")
    if not (summed or weighed or query.is_float or key.is_float):
        _wrong_dtype(call, f"takes the softmax of {query.dtype}")
    scaled_first = call["score_mode"] == "concat" and call["use_scale"]
    if not summed or query.is_float or (scaled_first and call.layer.cls == "Attention"):
        return call.compute
    keeps = call.compute == "float64" and (weighed or value.is_float)
    return "float64" if keeps else "float32"


def _wrong_dtype(call: LayerCall, what: str) -> NoReturn:
    fix = "give the query and the key one float dtype; Rescaling: 1 makes floats of integers"
    call.refuse("wrong-dtype", f"{call.layer.label} {what}, which Keras cannot", fix)


# The names of the axes before the steps.
_LEADING = ("batch", *(f"axis_{number}" for number in range(1, 10)))
# Their products are those of matrices, in which one sample stands for all.
_OF_MATRICES = ("Attention", "AdditiveAttention")
PROJECT = "project one of them to the width of the other with a Dense"


def query_value_key(call: LayerCall) -> tuple[Tensor, Tensor, Tensor]:
    """Query, value and key; without a key, the value is its own key."""
    if not 2 <= len(call.inputs) <= 3:
        count = len(call.inputs)
        name = call.x.producer.name if call.x.producer else call.x.name
        call.refuse(
            "needs-several",
            f"{call.layer.label} reads a query, a value and perhaps a key, and "
            f"{count} tensor{'s' if count > 1 else ''} reach{'es' if count == 1 else ''} it",
            f"name them: from: [query, value]; [{name}, {name}] attends over itself",
        )
    query, value = call.inputs[:2]
    samples = [x.axes[0] for x in call.inputs if x.axes]
    if call.layer.cls in _OF_MATRICES:
        samples = [size for size in samples if size != 1]
    if not alike(samples):
        mismatch(call, "they have different batches", "let them keep axis 0, the batch, as it is")
    return query, value, call.inputs[2] if len(call.inputs) > 2 else value


def masked_output(call: LayerCall, shape: Shape, **changes: Any) -> Tensor:
    """The output, with the query's mask."""
    return call.output(shape, masked=call.x.masked, last_step_of=None, **changes)


def mask_use(call: LayerCall) -> MaskUse | None:
    """What the layer does with the masks of its inputs: it uses them, if there are any."""
    has_masks = given_masks(call) or any(tensor.masked for tensor in call.inputs)
    return "uses" if has_masks else None


def mismatch(call: LayerCall, why: str, fix: str) -> NoReturn:
    """Refuses shapes that do not fit together."""
    shapes = " and ".join(shown(tensor.shape) for tensor in call.inputs)
    call.refuse("shape-mismatch", f"{call.layer.label} cannot attend over {shapes}: {why}", fix)


RULES: Mapping[str, Rule] = {
    "AdditiveAttention": additive_attention,
    "Attention": attention,
}
