"""Layers that read several tensors: merges and attention."""

from __future__ import annotations

from typing import Any

from tests.judge.case import Make
from tests.judge.drawing.chance import Chance

MERGES = ["Add", "Average", "Maximum", "Minimum", "Multiply", "Subtract", "Concatenate"]


def merge(chance: Chance, shapes: list[tuple[int | None, ...]]) -> Make:
    cls = chance.pick(MERGES)
    if cls == "Concatenate":
        rank = len(shapes[0])
        axis = chance.pick([-1, -1, -1, *range(1, rank + 1)])
        return chance.make(cls, **chance.maybe(0.6, axis=axis))
    return chance.make(cls)


def dot(chance: Chance, shapes: list[tuple[int | None, ...]]) -> Make:
    left, right = len(shapes[0]), len(shapes[1])
    axes: Any = chance.pick(
        [-1, 1, (left, right), (chance.between(1, left), chance.between(1, right))]
    )
    return chance.make("Dot", axes=axes, **chance.flag(0.2, "normalize"))


def attention(chance: Chance) -> Make:
    cls = chance.pick(["Attention", "AdditiveAttention"])
    args: dict[str, Any] = chance.maybe(0.4, use_scale=chance.happens(0.6))
    if cls == "Attention":
        args |= chance.maybe(0.3, score_mode=chance.pick(["dot", "concat"]))
    return chance.make(cls, **args, **chance.maybe(0.1, dropout=0.2))


def heads(chance: Chance) -> Make:
    common = chance.maybe(0.15, use_bias=False) | chance.maybe(0.1, dropout=0.2)
    if chance.happens(0.35):
        many = chance.pick([1, 2, 4])
        groups = chance.pick([n for n in (1, 2, 4) if n <= many])
        return chance.make(
            "GroupQueryAttention", head_dim=chance.between(1, 3), num_query_heads=many,
            num_key_value_heads=groups, **common, **chance.flag(0.1, "use_gate"),
        )  # fmt: skip
    args: dict[str, Any] = {"num_heads": chance.between(1, 3), "key_dim": chance.between(1, 3)}
    args |= chance.maybe(0.25, value_dim=chance.between(1, 4))
    args |= chance.maybe(0.2, output_shape=chance.between(1, 5))
    args |= chance.maybe(0.1, attention_axes=chance.pick([1, (1, 2), 2]))
    return chance.make("MultiHeadAttention", **args, **common, **chance.flag(0.1, "use_gate"))
