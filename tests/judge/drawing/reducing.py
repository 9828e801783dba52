"""Operations over axes: reductions, sums along an axis, order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.judge.case import Node
from tests.judge.drawing.chance import Chance
from tests.judge.drawing.elementwise import DTYPES
from tests.judge.drawing.operations import Operand, axes_of, axis_of, node, operation

if TYPE_CHECKING:
    from tests.judge.drawing.draw import Drawing

REDUCING = ["max", "min", "amax", "amin", "std", "var", "prod", "any", "all", "logsumexp"]


def over(chance: Chance, rank: int, whole: float = 0.03) -> dict[str, Any]:
    if rank == 0 or chance.happens(whole):
        return {}
    return {"axis": axes_of(chance, rank)}


@operation(6)
def mean(drawing: Drawing, x: Operand) -> Node:
    chance = drawing.chance
    chosen = chance.pick(["mean", "mean", "sum"])
    return node(chosen, x.name, **over(chance, x.rank), **chance.flag(0.3, "keepdims"))


@operation(5)
def reducing(drawing: Drawing, x: Operand) -> Node:
    chance = drawing.chance
    chosen = chance.pick(REDUCING)
    args = over(chance, x.rank) | chance.flag(0.3, "keepdims")
    if chosen == "prod":
        args |= chance.maybe(0.2, dtype=chance.pick(DTYPES))
    if chosen in ("max", "min"):
        args |= chance.maybe(0.1, initial=chance.pick([0, 1.0]))
    return node(chosen, x.name, **args)


@operation(2, rank=1)
def place(drawing: Drawing, x: Operand) -> Node:
    chance = drawing.chance
    chosen = chance.pick(["argmax", "argmax", "argmin"])
    axis = chance.maybe(0.95, axis=axis_of(chance, x.rank))
    return node(chosen, x.name, **axis, **chance.flag(0.2, "keepdims"))


@operation(0.8)
def counting(drawing: Drawing, x: Operand) -> Node:
    return node("count_nonzero", x.name, **over(drawing.chance, x.rank))


@operation(2, rank=1)
def along(drawing: Drawing, x: Operand) -> Node:
    chance = drawing.chance
    args = chance.maybe(0.95, axis=axis_of(chance, x.rank))
    args |= chance.maybe(0.2, dtype=chance.pick(DTYPES))
    return node(chance.pick(["cumsum", "cumsum", "cumprod"]), x.name, **args)


@operation(1.5, "fi", 1)
@operation(0.2, "b", 1)
def order(drawing: Drawing, x: Operand) -> Node:
    chance = drawing.chance
    return node(
        chance.pick(["sort", "argsort"]), x.name, **chance.maybe(0.6, axis=axis_of(chance, x.rank))
    )


@operation(2, "fi", 1)
@operation(0.2, "b", 1)
def best(drawing: Drawing, x: Operand) -> Node:
    chance = drawing.chance
    last = x.shape[-1] or 2
    count = chance.between(1, last) if chance.happens(0.9) else last + 1
    return node("top_k", x.name, k=count, **chance.maybe(0.2, sorted=False))
