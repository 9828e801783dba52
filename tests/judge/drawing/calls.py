"""The arguments of calls: masks of one's own, and what a call is told beside its tensors."""

from __future__ import annotations

import inspect
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import keras

from tests.judge.case import Case, Node, maker
from tests.judge.drawing.operations import node as operation
from tests.judge.drawing.operations import written

if TYPE_CHECKING:
    from tests.judge.drawing.draw import Drawing

LISTED = ("Attention", "AdditiveAttention")
HEADS = ("MultiHeadAttention", "GroupQueryAttention")


def with_arguments(drawing: Drawing, node: Node) -> Node:
    """The same call with a few arguments that the layer's ``call`` takes."""
    make = maker(Case((), tuple(drawing.nodes)), node)
    if make is None or node.op is not None:
        return node
    chance = drawing.chance
    cls = getattr(keras.layers, make.cls, None)
    if cls is None:
        return node
    takes = list(inspect.signature(cls.call).parameters)[1:]
    call = dict(node.call)
    if "training" in takes and chance.happens(0.2):
        call["training"] = chance.happens(0.25)
    if make.cls in (*LISTED, *HEADS):
        call |= _flags(drawing)
        if node.use is not None:  # scores of a later call alone belong to no model in Keras
            call.pop("return_attention_scores", None)
        return replace(_attending(drawing, node, make.cls), call=call)
    sources = node.sources
    if "mask" in takes and isinstance(sources, str) and chance.happens(0.6):
        mask = _any_mask(drawing, sources)
        if mask is not None:
            sources = {takes[0]: sources, "mask": mask}
    elif "count_weights" in takes and isinstance(sources, str) and chance.happens(0.3):
        sources = {takes[0]: sources, "count_weights": chance.pick(drawing.all())}
    elif isinstance(sources, str) and chance.happens(0.1):
        sources = {takes[0]: sources}
    return replace(node, sources=sources, call=call)


def _flags(drawing: Drawing) -> dict[str, Any]:
    chance = drawing.chance
    call: dict[str, Any] = chance.maybe(0.3, use_causal_mask=chance.happens(0.9))
    return call | chance.maybe(0.35, return_attention_scores=chance.happens(0.9))


def _attending(drawing: Drawing, node: Node, cls: str) -> Node:
    chance = drawing.chance
    sources = node.sources
    if isinstance(sources, str):
        return node
    named = sources if isinstance(sources, dict) else dict(
        zip(("query", "value", "key"), sources, strict=False))  # fmt: skip
    query, value = named["query"], named["value"]
    masks: dict[str, str | None] = {}
    if chance.happens(0.3):
        masks["query_mask"] = _any_mask(drawing, query)
    if chance.happens(0.35):
        masks["value_mask"] = _any_mask(drawing, value)
    if cls in HEADS and chance.happens(0.15):
        masks["key_mask"] = _any_mask(drawing, named.get("key", value))
    if cls in HEADS and chance.happens(0.35):
        masks["attention_mask"] = pairs(drawing, query, value)
    named = named | {key: mask for key, mask in masks.items() if mask is not None}
    return node if named.keys() <= {"query", "value", "key"} else replace(node, sources=named)


def _any_mask(drawing: Drawing, name: str) -> str | None:
    """A mask of the steps of a tensor; now and then something else."""
    if drawing.chance.happens(0.06):
        return drawing.chance.pick(drawing.all())
    return mask_of(drawing, name)


def mask_of(drawing: Drawing, name: str) -> str | None:
    """One truth value for each step of a tensor, that there is or is made."""
    chance = drawing.chance
    shape = drawing.whole(name)
    fits = [n for n in drawing.all() if drawing.kind(n) == "b" and drawing.whole(n) == shape[:2]]
    if fits and chance.happens(0.6):
        return chance.pick(fits)
    ids = [n for n in drawing.all() if drawing.kind(n) == "i" and drawing.whole(n) == shape[:2]]
    if ids and chance.happens(0.8):
        return _emit(drawing, "not_equal", chance.pick(ids), x2=0)
    if len(shape) < 2 or drawing.kind(name) not in "fi":
        return None
    kept = _emit(drawing, "not_equal", name, x2=0)
    if kept is None or len(shape) == 2:
        return kept
    return _emit(drawing, "any", kept, axis=tuple(range(2, len(shape))) if len(shape) > 3 else -1)


def pairs(drawing: Drawing, query: str, value: str) -> str | None:
    """Which step of one may look at which of another."""
    chance = drawing.chance
    key = (slice(None), None)
    if chance.happens(0.3):
        mask = mask_of(drawing, value)
        return None if mask is None else _emit(drawing, "get_item", mask, key=key)
    if chance.happens(0.5):
        left, right = mask_of(drawing, query), mask_of(drawing, value)
        function = "logical_and"
    else:
        left = _emit(drawing, "arange", query, axis=1)
        right = _emit(drawing, "arange", value, axis=1)
        function = "greater_equal"
    if left is None or right is None:
        return None
    rows = _emit(drawing, "get_item", left, key=(slice(None), slice(None), None))
    columns = _emit(drawing, "get_item", right, key=key)
    return None if rows is None or columns is None else _emit(drawing, function, (rows, columns))


def _emit(drawing: Drawing, function: str, sources: Any, **args: Any) -> str | None:
    return drawing.emit(written(drawing.chance, operation(function, sources, **args)))
