"""Operations that multiply and sum."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.judge.case import Node
from tests.judge.drawing.operations import Operand, node, operation, others

if TYPE_CHECKING:
    from tests.judge.drawing.draw import Drawing


def _of_kind(drawing: Drawing, x: Operand, test: Any) -> Operand | None:
    """Another operand, mostly of the same kind of numbers."""
    pool = others(drawing, lambda one: one.kind != "s" and test(one))
    same = [one for one in pool if one.kind == x.kind]
    pool = same if same and drawing.chance.happens(0.9) else pool
    return drawing.chance.pick(pool) if pool else None


@operation(2, "f", 2)
@operation(0.7, "ib", 2)
def matmul(drawing: Drawing, x: Operand) -> Node | None:
    wild = drawing.chance.happens(0.05)
    other = _of_kind(drawing, x, lambda one: wild or (
        one.rank > 1 and one.shape[-2] == x.shape[-1] and one.rank >= x.rank))  # fmt: skip
    return None if other is None else node("matmul", (x.name, other.name))


@operation(6, "f", 3)
@operation(1.5, "ib", 3)
def einsum(drawing: Drawing, x: Operand) -> Node | None:
    """Scores, sums with weights, and the like, of one operand or two."""
    chance = drawing.chance
    if chance.happens(0.15):
        alone = {3: ["btd->bdt", "btd->bd", "btd->btd", "...d->..."]}.get(x.rank, ["...d->..."])
        return node("einsum", x.name, subscripts=chance.pick(alone))
    pairs: list[tuple[str, Any]]
    if x.rank == 3:
        pairs = [
            ("btd,bsd->bts", lambda o: o.rank == 3 and o.shape[-1] == x.shape[-1]),
            ("bts,bsd->btd", lambda o: o.rank == 3 and o.shape[1] == x.shape[2]),
            ("btd,bt->bd", lambda o: o.rank == 2 and o.shape[1] == x.shape[1]),
            ("btd,bd->bt", lambda o: o.rank == 2 and o.shape[1] == x.shape[2]),
            ("btd,btd->bt", lambda o: o.shape == x.shape),
            ("btd,bte->bde", lambda o: o.rank == 3 and o.shape[1] == x.shape[1]),
            ("...td,...sd->...ts", lambda o: o.rank == 3 and o.shape[-1] == x.shape[-1]),
        ]
    elif x.rank == 4:
        pairs = [
            ("bhtd,bhsd->bhts", lambda o: o.rank == 4 and o.shape[-1] == x.shape[-1]),
            ("bthd,bshd->bhts", lambda o: o.rank == 4 and o.shape[-1] == x.shape[-1]),
            ("bxyc,bc->bxy", lambda o: o.rank == 2 and o.shape[-1] == x.shape[-1]),
        ]
    else:
        return None
    equation, fits = chance.pick(pairs)
    other = _of_kind(drawing, x, fits)
    if other is None:
        return None
    if equation == "btd,bt->bd" and chance.happens(0.2):
        return node("einsum", (x.name, other.name, x.name), subscripts="btd,bt,bte->de")
    return node("einsum", (x.name, other.name), subscripts=equation)


@operation(1, "f", 2)
@operation(0.3, "ib", 2)
def tensordot(drawing: Drawing, x: Operand) -> Node | None:
    """Sums over axes of two tensors, and over axes of the batch as well: (batch, batch) results."""
    chance = drawing.chance
    chosen = chance.pick(["dot", "tensordot", "tensordot", "outer"])
    if chosen == "outer":
        other = _of_kind(drawing, x, lambda one: one.rank == 2)
        return None if other is None or x.rank > 2 else node(chosen, (x.name, other.name))
    if chosen == "dot":
        other = _of_kind(drawing, x, lambda one: one.rank > 1 and one.shape[-2] == x.shape[-1])
        return None if other is None else node(chosen, (x.name, other.name))
    other = _of_kind(drawing, x, lambda one: one.rank > 1 and one.shape[-1] == x.shape[-1])
    if other is None:
        return None
    axes = chance.pick([[[-1], [-1]], [[x.rank - 1], [other.rank - 1]], 1])
    return node(chosen, (x.name, other.name), axes=axes)
