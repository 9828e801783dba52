"""Operations that move numbers about: shapes, edges, joins, parts, places."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from tests.judge.case import Node
from tests.judge.drawing.chance import Chance
from tests.judge.drawing.operations import (
    Operand,
    Shape,
    axes_of,
    axis_of,
    node,
    operation,
    others,
)

if TYPE_CHECKING:
    from tests.judge.drawing.draw import Drawing


@operation(3)
def reshape(drawing: Drawing, x: Operand) -> Node:
    """To a shape with the batch in it: as −1, as the number itself, or with other axes."""
    chance = drawing.chance
    known = [size for size in x.shape[1:] if size is not None]
    count = math.prod(known)
    shapes: list[tuple[int, ...]] = [
        (-1, *known),
        (-1,),
        (-1, x.shape[-1] or 1) if x.rank else (1,),
    ]
    if len(known) == x.rank - 1:
        shapes += [(-1, count), (-1, 1, count), (-1, count, 1)] * 2
        for divisor in (2, 3, 4):
            if known and known[-1] % divisor == 0:
                shapes += [(-1, *known[:-1], divisor, known[-1] // divisor)] * 2
    if chance.happens(0.08):
        shapes = [(2, -1), (-1, 2), (2, *known), (3, -1)]
    return node("reshape", x.name, newshape=chance.pick(shapes))


@operation(3, rank=2)
def transpose(drawing: Drawing, x: Operand) -> Node:
    chance = drawing.chance
    axes = list(range(1, x.rank))
    chance.random.shuffle(axes)
    axes = [0, *axes]
    if chance.happens(0.05):
        chance.random.shuffle(axes)
    chosen = chance.pick(["transpose", "transpose", "swapaxes", "moveaxis"])
    first, second = axis_of(chance, x.rank), axis_of(chance, x.rank)
    if chosen == "transpose":
        return node(chosen, x.name, **({} if chance.happens(0.03) else {"axes": tuple(axes)}))
    if chosen == "swapaxes":
        return node(chosen, x.name, axis1=first, axis2=second)
    return node(chosen, x.name, source=first, destination=second)


@operation(4, "fibs")
def expand(drawing: Drawing, x: Operand) -> Node:
    chance = drawing.chance
    if 1 in x.shape and chance.happens(0.6):
        axis = chance.pick([i for i, size in enumerate(x.shape) if size == 1])
        return node("squeeze", x.name, **chance.maybe(0.9, axis=axis))
    if chance.happens(0.03):
        return node("squeeze", x.name, axis=axis_of(chance, x.rank))
    return node("expand_dims", x.name, axis=axis_of(chance, x.rank + 1))


@operation(1.5, rank=1)
def moved(drawing: Drawing, x: Operand) -> Node:
    chance = drawing.chance
    if chance.happens(0.5):
        return node("flip", x.name, **chance.maybe(0.95, axis=axes_of(chance, x.rank)))
    axis = chance.maybe(0.95, axis=axis_of(chance, x.rank))
    return node("roll", x.name, shift=chance.pick([1, -1, 2]), **axis)


@operation(2, rank=1)
def repeated(drawing: Drawing, x: Operand) -> Node:
    chance = drawing.chance
    if chance.happens(0.5):
        repeats = [1, *(chance.between(1, 2) for _ in range(x.rank - 1))]
        if chance.happens(0.1):
            repeats[0] = 2
        return node("tile", x.name, repeats=tuple(repeats))
    axis = chance.maybe(0.95, axis=axis_of(chance, x.rank))
    return node("repeat", x.name, repeats=chance.between(1, 3), **axis)


@operation(3, rank=1)
def pad(drawing: Drawing, x: Operand) -> Node:
    chance = drawing.chance
    width: list[Any] = [(0, 0)]
    width += [(chance.between(0, 2), chance.between(0, 2)) for _ in range(x.rank - 1)]
    if chance.happens(0.05):
        width = chance.pick([[(1, 1), *width[1:]], width[1:], 1])
    mode = chance.pick(["constant"] * 4 + ["reflect", "symmetric"])
    args = {"mode": mode} if mode != "constant" or chance.happens(0.2) else {}
    if mode == "constant":
        args |= chance.maybe(0.3, constant_values=chance.pick([0, 1, 0.5]))
    return node("pad", x.name, pad_width=width, **args)


@operation(1, rank=1)
def stretched(drawing: Drawing, x: Operand) -> Node:
    chance = drawing.chance
    chosen = chance.pick(["broadcast_to", "ravel", "triu", "tril", "diff"])
    if chosen == "broadcast_to":
        known = [size or 5 for size in x.shape[1:]]
        shapes = [(2, *known), (3, 2, *known), (2, *[max(size, 3) for size in known])]
        return node(chosen, x.name, shape=chance.pick(shapes))
    if chosen == "diff":
        args = chance.maybe(0.6, axis=axis_of(chance, x.rank)) | chance.maybe(0.2, n=2)
        return node(chosen, x.name, **args)
    args = chance.maybe(0.3, k=chance.pick([1, -1])) if chosen != "ravel" else {}
    return node(chosen, x.name, **args)


def alike(x: Shape, other: Shape, axis: int) -> bool:
    """Whether two shapes differ along one axis alone."""
    place = axis % len(x) if x else 0
    return len(x) == len(other) and all(
        a == b for i, (a, b) in enumerate(zip(x, other, strict=True)) if i != place
    )


@operation(7, "fib", 1)
@operation(2, "s", 1)
def join(drawing: Drawing, x: Operand) -> Node:
    chance = drawing.chance
    chosen = chance.pick(["concatenate"] * 4 + ["stack", "stack", "hstack", "vstack"])
    axis = axis_of(chance, x.rank + (chosen == "stack")) if chance.happens(0.7) else -1
    wild = chance.happens(0.05)

    def fits(other: Operand) -> bool:
        strings = (other.kind == "s") == (x.kind == "s")
        whole = chosen == "stack" or not x.rank
        same = other.shape == x.shape if whole else alike(x.shape, other.shape, axis)
        return wild or (strings and same)

    pool = [other.name for other in others(drawing, fits)]
    names = [x.name, *(chance.pick(pool or [x.name]) for _ in range(chance.between(1, 2)))]
    args = {} if chosen in ("hstack", "vstack") or chance.happens(0.04) else {"axis": axis}
    return node(chosen, tuple(names), **args)


@operation(4, rank=1)
def split(drawing: Drawing, x: Operand) -> Node:
    chance = drawing.chance
    axis = axis_of(chance, x.rank)
    size = x.shape[axis] if -x.rank <= axis < x.rank else None
    if chance.happens(0.25):
        # A config names what it gives, and so needs the number.
        return node("unstack", x.name, axis=axis, num=size or 5)
    if not size or chance.happens(0.1):
        return node("split", x.name, indices_or_sections=chance.pick([2, [1], [1, 3]]), axis=axis)
    whole = [n for n in range(1, size + 1) if size % n == 0]
    places = sorted(chance.random.sample(range(1, size), min(size - 1, chance.between(1, 2))))
    parts: Any = places if places and chance.happens(0.4) else chance.pick(whole)
    return node("split", x.name, indices_or_sections=parts, axis=axis)


def index(chance: Chance, shape: Shape) -> tuple[Any, ...]:
    """What stands in brackets: most of it after the batch."""
    if chance.happens(0.03):
        return (chance.pick([0, -1, slice(1, None), slice(None, None, -1), None]),)
    items: list[Any] = [slice(None)]
    count = chance.between(1, len(shape) - 1) if len(shape) > 1 else 0
    for size in shape[1 : count + 1]:
        inside = size or 5
        items.append(
            chance.pick(
                [slice(None), slice(None), -1, -1, 0, chance.between(-inside, inside - 1),
                 slice(1, None), slice(None, -1), slice(None, 2), slice(-2, None),
                 slice(None, None, 2), slice(None, None, -1), slice(1, 3), slice(0, 9),
                 slice(3, 1), slice(-1, None, -2), None]
            )
        )  # fmt: skip
    if chance.happens(0.15):
        items[chance.between(1, len(items)) - 1 : len(items)] = [...]
        items += chance.pick([[-1], [0], [slice(None, 1)], [None], []])
    if chance.happens(0.15):
        items.insert(chance.between(1, len(items)), None)
    if chance.happens(0.02):
        items[-1] = 12
    return tuple(items)


@operation(10, "fibs", 1)
def indexed(drawing: Drawing, x: Operand) -> Node:
    return node("get_item", x.name, key=index(drawing.chance, x.shape))


@operation(2.5, rank=1)
def take(drawing: Drawing, x: Operand) -> Node | None:
    chance = drawing.chance
    axis = axis_of(chance, x.rank)
    if chance.happens(0.5):
        indices = chance.pick([0, -1, [0], [1, 0], [0, 0, 1], [[0, 1], [1, 0]]])
        return node("take", x.name, indices=indices, **chance.maybe(0.95, axis=axis))
    along = chance.happens(0.5)
    pool = others(drawing, lambda one: one.kind == "i" and (not along or one.rank == x.rank))
    if not pool:
        return None
    sources = {"x": x.name, "indices": chance.pick(pool).name}
    read: Any = sources if chance.happens(0.5) else tuple(sources.values())
    return node("take_along_axis" if along else "take", read, axis=axis)
