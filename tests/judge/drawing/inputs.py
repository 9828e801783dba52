"""The inputs of a case: ranks, sizes, dtypes."""

from __future__ import annotations

from tests.judge.case import In
from tests.judge.drawing.chance import Chance

SIZE = 5


def inputs_of(chance: Chance) -> list[In]:
    made = []
    for i in range(chance.pick([1, 1, 2, 2, 3])):
        kind = chance.weighted([(6, "float32"), (4, "int32"), (0.6, "bool"), (0.3, "string"),
                                (0.7, "other")])  # fmt: skip
        below = None
        if kind == "other":
            kind = chance.pick(
                ["float16", "float64", "bfloat16", "int64", "int8", "uint8", "int16"]
            )
        rank = chance.weighted([(1, 1), (5, 2), (2, 3), (0.7, 4), (0.25, 5)])
        if "int" in kind:
            rank, below = chance.pick([1, 1, 1, 2, 2]), chance.between(3, 8)
        if kind == "string":
            rank = chance.pick([1, 1, 2])
        sizes: list[int | None] = [chance.pick([SIZE, SIZE, 4, 6])]
        sizes += [chance.pick([2, 3, 4]) for _ in range(rank - 1)]
        if chance.happens(0.3) and (rank > 1 or "int" in kind):
            sizes[0] = None
        if chance.happens(0.03) and rank > 2:
            sizes[1] = None
        made.append(In(f"in{i}", tuple(sizes), kind, below, SIZE, padded=chance.happens(0.6)))
    return made
