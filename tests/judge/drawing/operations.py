"""One operation of ``keras.ops``, on tensors that are there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tests.judge.case import Node, Op
from tests.judge.drawing.chance import Chance

if TYPE_CHECKING:
    from tests.judge.drawing.draw import Drawing

Shape = tuple[int | None, ...]


@dataclass(frozen=True)
class Operand:
    """A tensor that an operation reads; its shape has all axes."""

    name: str
    shape: Shape
    kind: str

    @property
    def rank(self) -> int:
        return len(self.shape)


Drawer = Callable[["Drawing", Operand], Node | None]
#: How often, on tensors of which kinds, of at least how many axes.
DRAWERS: list[tuple[float, str, int, Drawer]] = []


def operation(weight: float, kinds: str = "fib", rank: int = 0) -> Callable[[Drawer], Drawer]:
    def keep(drawer: Drawer) -> Drawer:
        DRAWERS.append((weight, kinds, rank, drawer))
        return drawer

    return keep


def draw(drawing: Drawing) -> Node | None:
    from tests.judge.drawing import elementwise, products, reducing, reshaping  # noqa: F401

    x = operand(drawing, drawing.one())
    wild = drawing.chance.happens(0.04)
    suited = [
        (weight, drawer)
        for weight, kinds, rank, drawer in DRAWERS
        if wild or (x.kind in kinds and x.rank >= rank)
    ]
    if not suited:
        return None
    node = drawing.chance.weighted(suited)(drawing, x)
    return None if node is None else written(drawing.chance, node)


def written(chance: Chance, node: Node) -> Node:
    """In one of the ways in which people write it."""
    assert node.op is not None
    op = replace(node.op, spelled=chance.happens(0.6), bare=chance.happens(0.5))
    return replace(node, op=op)


def operand(drawing: Drawing, name: str) -> Operand:
    return Operand(name, drawing.whole(name), drawing.kind(name))


def others(drawing: Drawing, test: Callable[[Operand], bool]) -> list[Operand]:
    operands = [operand(drawing, name) for name in drawing.all()]
    return [one for one in operands if test(one)]


def node(function: str, sources: Any, **args: Any) -> Node:
    return Node("", sources, op=Op(function, args))


def axis_of(chance: Chance, rank: int) -> int:
    """An axis, mostly not that of the batch; sometimes counted from the end, or one too many."""
    if chance.happens(0.02):
        return rank + chance.between(0, 1)
    low = 0 if rank < 2 or chance.happens(0.04) else 1
    place = chance.between(low, max(low, rank - 1))
    return place - rank if chance.happens(0.5) and rank else place


def axes_of(chance: Chance, rank: int) -> Any:
    if rank > 2 and chance.happens(0.2):
        axes = chance.random.sample(range(1, rank), chance.between(2, rank - 1))
        return tuple(axis - rank if chance.happens(0.4) else axis for axis in axes)
    return axis_of(chance, rank)
