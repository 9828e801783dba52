"""Attention with projected heads: MultiHeadAttention, GroupQueryAttention.

Multi-head attention is that of Vaswani et al. 2017 (https://arxiv.org/abs/1706.03762),
grouped-query attention that of Ainslie et al. 2023 (https://arxiv.org/abs/2305.13245).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from msgspec.structs import replace

from rnncli.keras_api.traits import traits
from rnncli.layers.attention.attention import (
    PROJECT,
    mask_use,
    masked_output,
    mismatch,
    query_value_key,
    scores_output,
)
from rnncli.layers.core.core import check_softmax
from rnncli.report.layer import Shape, Transient, Weight
from rnncli.report.shapes import Axis, add, product, shown
from rnncli.rules.formulas import count_formula
from rnncli.rules.given_masks import flag, given_masks
from rnncli.rules.policies import computes_in_floats
from rnncli.rules.requirements import known_size, require_rank
from rnncli.rules.rule import LayerCall, LayerPlan, Rule, source, unknown
from rnncli.rules.sequences import last_step
from rnncli.rules.sizes import alike
from rnncli.rules.tensors import Tensor, broadcast
from rnncli.rules.weights import make_transient, make_weight


class _Heads(msgspec.Struct, frozen=True):
    """The number of heads of the query and of the keys, and the widths of key and value heads.

    Each number has the name of its argument with it, for formulas.
    """

    query: tuple[str, int]
    key: tuple[str, int]
    width: tuple[str, int]
    depth: tuple[str, int]


def multi_head_attention(call: LayerCall) -> LayerPlan:
    """Query (batch, …, features) → (batch, …, *output_shape), the query's features by default.

    Attention is over attention_axes: all between the batch and the features by default.
    """
    width, depth = call["key_dim"], call["value_dim"]
    output_shape = call["output_shape"]
    query, value, key = query_value_key(call)
    _check_lengths(call, value, key)
    if query.rank != value.rank:
        mismatch(call, "the query and the value differ in rank", "give them as many axes")
    heads = ("num_heads", call["num_heads"])
    mask, call = mask_use(call), _without_query_mask(call)
    facts = _projected(
        call,
        _Heads(heads, heads, ("key_dim", width), ("value_dim", depth or width)),
        [output_shape] if isinstance(output_shape, int) else output_shape,
        _multi_head_scores(call, query, key),
    )
    takes = tuple(range(len(call.inputs))) if facts.known else ()
    return replace(facts, takes_masks=takes, mask=facts.mask or mask)


def grouped_query_attention(call: LayerCall) -> LayerPlan:
    """Query (batch, Tq, features), value and key (batch, Tv, …) → (batch, Tq, features)."""
    heads, groups, width = call["num_query_heads"], call["num_key_value_heads"], call["head_dim"]
    if heads % groups:
        call.refuse(
            "wrong-value",
            f"num_key_value_heads {groups} of {call.layer.label} does not divide its {heads} "
            "query heads",
            "choose a number that divides them",
            argument="num_key_value_heads",
        )
    query, value, key = query_value_key(call)
    for tensor in (query, value, key):
        require_rank(call, 3, shape="sequences (batch, time, features)", of=tensor)
    _check_lengths(call, value, key)
    if query.axes[-1] != value.axes[-1]:
        mismatch(call, "the query and the value differ in width", PROJECT)
    size = ("head_dim", width)
    scores = (query.axes[0], heads, query.axes[1], key.axes[1])
    return _projected(
        call,
        _Heads(("num_query_heads", heads), ("num_key_value_heads", groups), size, size),
        None,
        _Scores(scores, over=1, inferred=scores, fused=not _returns_scores(call)),
    )


class _Scores(msgspec.Struct, frozen=True):
    """The scores' shape; the last ``over`` axes are the keys', as many before them the query's.

    ``inferred`` is the shape that Keras infers for them. A ``fused`` product computes them in
    float32 at least.
    """

    shape: Shape
    over: int
    inferred: Shape
    fused: bool = False


def _multi_head_scores(call: LayerCall, query: Tensor, key: Tensor) -> _Scores:
    """The scores, over attention_axes of the projected query (batch, …, heads, key_dim)."""
    heads, rank = call["num_heads"], query.rank + 1
    attention_axes = call["attention_axes"]
    if attention_axes is None:
        attention_axes = list(range(1, rank - 2))
    axes = [attention_axes] if isinstance(attention_axes, int) else attention_axes
    # Keras counts from the end as if heads and key_dim were one axis.
    axes = [axis if axis >= 0 else rank - 1 + axis for axis in axes]
    # A fused product over time replaces attention_axes where Keras can use it.
    fused = query.rank == 3 and not call["dropout"] and not _returns_scores(call)
    wrong = any(not -rank <= axis < rank for axis in axes)
    axes = [axis % rank for axis in axes]
    if wrong or (not fused and (rank - 1 in axes or len(set(axes)) < len(axes) or not axes)):
        if query.rank == 2 and query.last_step_of is not None:
            needs = f"{call.layer.label} attends over sequences (batch, time, features), but "
            needs += f"{source(query)} {shown(query.shape)}"
            call.refuse("needs-sequence", needs, **last_step(query.last_step_of))
        call.refuse(
            "wrong-value",
            f"{call.layer.label} has no axes to attend over in {shown(query.shape)}",
            f"choose from 1 to {query.rank - 2}, or leave attention_axes out"
            if query.rank > 2
            else "give it a sequence (batch, time, features)",
            argument="attention_axes",
        )
    # Keras infers scores of each step of axis 1 for each other one.
    inferred = (query.axes[0], heads, query.axes[1], query.axes[1])
    if fused:
        shape = (query.axes[0], heads, query.axes[1], key.axes[1])
        return _Scores(shape, len(axes), inferred, fused=True)
    query_axes, key_axes = (*query.axes[:-1], heads), (*key.axes[:-1], heads)
    batch_axes = [axis for axis in range(rank - 1) if axis not in axes]
    for axis in batch_axes:
        if not alike([query_axes[axis], key_axes[axis]]):
            mismatch(call, f"axis {axis} differs", "attend over it, or make the sizes equal")
    sides = [[query_axes[axis] for axis in batch_axes], [query_axes[axis] for axis in axes]]
    shape = (*sides[0], *sides[1], *(key_axes[axis] for axis in axes))
    return _Scores(shape, len(axes), inferred)


def _projected(
    call: LayerCall, heads: _Heads, outputs: list[int] | None, scores: _Scores
) -> LayerPlan:
    """Projections of query, key and value, their attention, and the projection of its output."""
    if not computes_in_floats(call):
        return unknown(call.layer)
    query, value, key = query_value_key(call)
    _check_flash(call, query)
    mask = _merged_mask(call, query, value, scores)
    _check_axes(call, scores)
    features = [known_size(call, -1, of=tensor) for tensor in (query, key, value)]
    outputs = outputs or [features[0]]
    projections = [
        ("query", features[0], heads.query, heads.width, query),
        ("key", features[1], heads.key, heads.width, key),
        *([("gate", features[0], heads.query, heads.depth, query)] if call["use_gate"] else []),
        ("value", features[2], heads.key, heads.depth, value),
    ]
    bias = call["use_bias"]
    weights: list[Weight] = []
    terms: list[str] = []
    sizes: dict[str, int] = {}
    macs: list[Axis] = []
    for name, size, (head, number), (dim, wide), x in projections:
        words = f"{'query' if name == 'gate' else name}_features"
        weights += _pair(call, name, [words, head, dim], [size, number, wide], 1)
        terms.append(f"{head}·{dim}·({words} + 1)" if bias else f"{head}·{dim}·{words}")
        sizes |= {words: size, head: number, dim: wide}
        macs.append(product((*x.axes[:-1], size, number, wide)))
    (head, number), (dim, wide) = heads.query, heads.depth
    words = "features" if len(outputs) == 1 else "output_shape"
    names = [f"output_{place}" for place in range(len(outputs))] if len(outputs) > 1 else [words]
    weights += _pair(call, "attention_output", [head, dim, *names], [number, wide, *outputs], 2)
    size = product(outputs) or 0
    terms.append(f"{words}·({head}·{dim} + 1)" if bias else f"{words}·{head}·{dim}")
    macs += [
        product((*scores.shape, heads.width[1])),
        product((*scores.shape, wide)),
        product((*query.axes[:-1], number, wide, size)),
    ]
    returned = scores_output(call, scores.shape, scores.inferred, call.compute, mask)
    if returned and returned[0].inferred:
        _warn_of_inferred_scores(call, returned[0])
    return LayerPlan(
        (masked_output(call, (*query.axes[:-1], *outputs)), *returned),
        weights=tuple(weights),
        formula=count_formula(" + ".join(terms), **sizes, **{words: size}),
        macs=add(*macs),
        mask=mask_use(call),
        transient=None if returned else _scores(call, heads.query[0], scores),
    )


def _scores(call: LayerCall, head: str, scores: _Scores) -> Transient | None:
    """The scores: one for each pair of steps and each head."""
    steps = ["query_steps", "key_steps"]
    others = len(scores.shape) - 2 * scores.over - 2
    if scores.over > 1 or not scores.fused:
        steps = [f"{word}_{n}" for word in steps for n in range(1, scores.over + 1)]
    words = ["batch", *(f"axis_{number}" for number in range(1, others + 1)), head, *steps]
    dtype = call.compute if call.compute == "float64" or not scores.fused else "float32"
    return make_transient("scores", words[-len(scores.shape) :], scores.shape, dtype)


def _pair(
    call: LayerCall, name: str, words: Sequence[str], sizes: Sequence[int], reads: int
) -> list[Weight]:
    """The kernel of a projection, whose first ``reads`` axes it multiplies, and its bias."""
    weights = [make_weight(call, f"{name}/kernel", " × ".join(words), sizes)]
    if call["use_bias"]:
        weights.append(make_weight(call, f"{name}/bias", " × ".join(words[reads:]), sizes[reads:]))
    return weights


def _check_lengths(call: LayerCall, value: Tensor, key: Tensor) -> None:
    pairs = list(zip(value.axes[1:-1], key.axes[1:-1], strict=False))
    known = all((value_size is None) == (key_size is None) for value_size, key_size in pairs)
    if value.rank != key.rank or not known or not all(map(alike, pairs)):
        mismatch(call, "value and key differ in length", "give every value a key")


# The maximum rank of a tensor that TensorFlow masks.
_SCORE_AXES = 8


def _check_flash(call: LayerCall, query: Tensor) -> None:
    if call["flash_attention"] and (call["dropout"] or _returns_scores(call) or query.rank == 3):
        call.refuse(
            "wrong-value",
            f"{call.layer.label} asks for flash attention, which Keras does not have on TensorFlow",
            "leave flash_attention out",
            argument="flash_attention",
        )


def _check_axes(call: LayerCall, scores: _Scores) -> None:
    """Refuses scores of too many axes; for several axes of keys, the limit is that of masks."""
    if scores.over == 1:
        check_softmax(call, len(scores.shape))
    elif len(scores.shape) > _SCORE_AXES:
        call.refuse(
            "needs-gpu",
            f"the scores of {call.layer.label} have {len(scores.shape)} axes, and TensorFlow takes "
            f"at most {_SCORE_AXES}",
            "attend over fewer axes, or put Reshape before it",
        )


def _merged_mask(call: LayerCall, query: Tensor, value: Tensor, scores: _Scores) -> Shape | None:
    """The shape of the one mask, (batch, Tq, Tv), that Keras makes of all; None if there is none.

    It has as many axes as the scores; masks that do not fit them are refused.
    """
    of_the_call = given_masks(call)
    across = _masks_of(call)
    masks: list[Shape] = [(*mask, 1) for name, mask in across.items() if name == "query_mask"]
    masks += [(*mask[:-1], 1, mask[-1]) for name, mask in across.items() if name != "query_mask"]
    masks += [of_the_call["attention_mask"]] if "attention_mask" in of_the_call else []
    # The fused product is causal by itself, without a mask.
    causal = flag(call, "use_causal_mask") and (masks or not scores.fused)
    if call["sliding_window"] or causal:
        masks.append((1, query.axes[1], value.axes[1]))
    if not masks:
        return None
    mask = broadcast(*masks) or ()
    missing, place = len(scores.shape) - len(mask), len(mask) - 2 * scores.over
    if missing > 0 and place >= 0:
        mask = (*mask[:place], *[1] * missing, *mask[place:])
    if len(mask) != len(scores.shape) or any(
        size != 1 and not alike((size, score_size))
        for size, score_size in zip(mask, scores.shape, strict=True)
    ):
        masked = [f"{name} {shown(mask)}" for name, mask in of_the_call.items()]
        what = " and ".join(masked) or "the masks that reach it"
        call.refuse(
            "shape-mismatch",
            f"{call.layer.label} scores {shown(scores.shape)}, which {what} cannot mask",
            "a mask is (batch, steps), and attention_mask (batch, query steps, value steps)"
            if of_the_call
            else "attend over one axis alone, or leave the masks, sliding_window and "
            "use_causal_mask out",
            argument=next(iter(of_the_call), "use_causal_mask"),
        )
    return mask


def _warn_of_inferred_scores(call: LayerCall, scores: Tensor) -> None:
    call.problem(
        "scores-misinferred",
        f"Keras infers {shown(scores.inferred)} for the scores of {call.layer.label}, and the run "
        f"gives {shown(scores.shape)}: a layer that reads them is built for the wrong shape",
        "let no layer read them but the model's outputs, or attend with GroupQueryAttention",
        argument="return_attention_scores",
        severity="warning",
    )


def _masks_of(call: LayerCall) -> dict[str, Shape]:
    """The masks of query, value and key: those that the call is given, or else their own."""
    roles = traits(call.layer.cls).roles
    own = {f"{role}_mask": x.mask for role, x in zip(roles, call.inputs, strict=False) if x.masked}
    of_the_call = {
        name: mask for name, mask in given_masks(call).items() if name != "attention_mask"
    }
    return {**own, **of_the_call}


def _without_query_mask(call: LayerCall) -> LayerCall:
    """The call without a query_mask, which Keras replaces by the mask that the query has."""
    if "query_mask" not in call.keywords:
        return call
    call.problem(
        "mask-ignored",
        f"{call.layer.label} is given a query_mask, and Keras ignores it: it takes the mask that "
        "the query itself has",
        "leave it out; attention_mask (batch, query steps, value steps) is used",
        argument="query_mask",
        severity="warning",
    )
    rest = {name: value for name, value in call.keywords.items() if name != "query_mask"}
    return replace(call, keywords=rest)


def _returns_scores(call: LayerCall) -> bool:
    return bool(flag(call, "return_attention_scores"))


RULES: Mapping[str, Rule] = {
    "GroupQueryAttention": grouped_query_attention,
    "MultiHeadAttention": multi_head_attention,
}
