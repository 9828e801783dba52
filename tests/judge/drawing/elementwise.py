"""Operations number by number: arithmetic, comparison, functions, choices, casts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.judge.case import Node
from tests.judge.drawing.chance import Chance
from tests.judge.drawing.operations import Operand, axes_of, axis_of, node, operation, others

if TYPE_CHECKING:
    from tests.judge.drawing.draw import Drawing

ARITHMETIC = ["add", "subtract", "multiply", "divide", "maximum", "minimum"]
RARE = ["true_divide", "floor_divide", "mod", "power"]
COMPARING = ["equal", "not_equal", "less", "less_equal", "greater", "greater_equal"]
LOGICAL = ["logical_and", "logical_or", "logical_xor"]
FUNCTIONS = ["negative", "exp", "expm1", "log", "log1p", "sqrt", "rsqrt", "square", "abs",
             "absolute", "sign", "sin", "cos", "reciprocal", "floor", "ceil", "round", "erf",
             "isnan"]  # fmt: skip
ACTIVATIONS = ["sigmoid", "log_sigmoid", "hard_sigmoid", "tanh", "relu", "relu6", "elu", "selu",
               "gelu", "silu", "swish", "leaky_relu", "softplus", "softsign", "hard_tanh",
               "hard_silu", "celu"]  # fmt: skip
DTYPES = ["float32", "float16", "bfloat16", "float64", "int32", "int64", "int8", "uint8", "bool"]


def number(chance: Chance, kind: str) -> Any:
    options: dict[str, list[Any]] = {
        "f": [0.5, 2.0, -1.0, 1e-3, 1, 2, 0, -1e9, 1.0, 1.0],
        "i": [1, 2, -1, 3, 0.5, 2.0, 0, 1],
        "b": [1, 0.5, 2],
    }
    return chance.pick(options.get(kind, options["f"]))


def partner(drawing: Drawing, x: Operand) -> Operand | None:
    """A tensor of the same shape, or one that it can be stretched to, or any."""

    def near(other: Operand) -> bool:
        pairs = zip(reversed(x.shape), reversed(other.shape), strict=False)
        return other.kind != "s" and all(a == b or 1 in (a, b) for a, b in pairs)

    if drawing.chance.happens(0.06):
        pool = others(drawing, lambda other: other.kind != "s")
    else:
        pool = others(drawing, near)
        same = [other for other in pool if other.shape == x.shape]
        pool = same if same and drawing.chance.happens(0.6) else pool
    return drawing.chance.pick(pool) if pool else None


def between(drawing: Drawing, x: Operand, function: str) -> Node | None:
    """Two operands: tensors, or a number in the place of either."""
    chance = drawing.chance
    if chance.happens(0.5):
        value = chance.pick([True, False]) if function in LOGICAL else number(chance, x.kind)
        return node(function, x.name, **{chance.pick(["x1", "x2", "x2"]): value})
    other = partner(drawing, x)
    if other is None:
        return None
    pair = [x.name, other.name]
    chance.random.shuffle(pair)
    if chance.happens(0.3):
        roles = chance.pick([["x1", "x2"], ["x2", "x1"]])
        return node(function, dict(zip(roles, pair, strict=True)))
    return node(function, tuple(pair))


@operation(12)
def arithmetic(drawing: Drawing, x: Operand) -> Node | None:
    return between(drawing, x, drawing.chance.pick(ARITHMETIC))


@operation(2.5)
def rare(drawing: Drawing, x: Operand) -> Node | None:
    return between(drawing, x, drawing.chance.pick(RARE))


@operation(3)
def comparing(drawing: Drawing, x: Operand) -> Node | None:
    return between(drawing, x, drawing.chance.pick(COMPARING))


@operation(1, "fi")
@operation(4, "b")
def logical(drawing: Drawing, x: Operand) -> Node | None:
    if drawing.chance.happens(0.3):
        return node("logical_not", x.name)
    return between(drawing, x, drawing.chance.pick(LOGICAL))


@operation(4, "fi")
@operation(0.3, "b")
def function(drawing: Drawing, x: Operand) -> Node:
    chosen = drawing.chance.pick(FUNCTIONS)
    more = drawing.chance.maybe(0.3, decimals=1) if chosen == "round" else {}
    return node(chosen, x.name, **more)


@operation(4, "f")
@operation(0.7, "ib")
def activation(drawing: Drawing, x: Operand) -> Node:
    chance = drawing.chance
    chosen = chance.pick(ACTIVATIONS)
    more: dict[str, Any] = {}
    if chosen in ("elu", "celu"):
        more = chance.maybe(0.4, alpha=0.5)
    elif chosen == "gelu":
        more = chance.maybe(0.4, approximate=False)
    elif chosen == "leaky_relu":
        more = chance.maybe(0.4, negative_slope=0.1)
    return node(chosen, x.name, **more)


@operation(3, "f", 1)
@operation(0.5, "ib", 1)
def softmax(drawing: Drawing, x: Operand) -> Node:
    chosen = drawing.chance.pick(["softmax", "softmax", "log_softmax"])
    axis = (
        axes_of(drawing.chance, x.rank) if chosen == "softmax" else axis_of(drawing.chance, x.rank)
    )
    return node(chosen, x.name, **drawing.chance.maybe(0.6, axis=axis))


@operation(3)
def where(drawing: Drawing, x: Operand) -> Node | None:
    """A tensor chooses between tensors and numbers, or is one of the two."""
    chance = drawing.chance
    conditions = others(drawing, lambda one: one.kind == "b")
    other = partner(drawing, x)
    if other is None:
        return None
    if x.kind != "b" and conditions and chance.happens(0.9):
        condition = chance.pick(
            [one for one in conditions if one.rank == x.rank] or conditions
        ).name
        sources = {"condition": condition, "x1": x.name}
    else:
        sources = {"condition": x.name, "x1": other.name}
    if chance.happens(0.5):
        sources["x2"] = other.name
        return node("where", tuple(sources.values()) if chance.happens(0.5) else sources)
    value = number(chance, other.kind)
    if chance.happens(0.3):
        sources["x2"] = sources.pop("x1")
        return node("where", sources, x1=value)
    if chance.happens(0.2):
        sources.pop("x1")
        return node("where", sources, x1=value, x2=number(chance, "f"))
    return node("where", tuple(sources.values()) if chance.happens(0.5) else sources, x2=value)


@operation(1.5)
def clip(drawing: Drawing, x: Operand) -> Node:
    low, high = drawing.chance.pick([(0.0, 1.0), (-1.0, 1.0), (0, 2), (-0.5, 3)])
    return node("clip", x.name, x_min=low, x_max=high)


@operation(4)
def cast(drawing: Drawing, x: Operand) -> Node:
    return node("cast", x.name, dtype=drawing.chance.pick(DTYPES))


@operation(1.5)
def filled(drawing: Drawing, x: Operand) -> Node:
    chance = drawing.chance
    dtype = chance.maybe(0.4, dtype=chance.pick(DTYPES))
    chosen = chance.pick(["zeros_like", "ones_like", "full_like", "nan_to_num"])
    if chosen == "full_like":
        return node(chosen, x.name, fill_value=number(chance, x.kind), **dtype)
    return node(chosen, x.name, **({} if chosen == "nan_to_num" else dtype))


@operation(4, "i")
@operation(0.3, "fb")
def one_hot(drawing: Drawing, x: Operand) -> Node:
    chance = drawing.chance
    more = chance.maybe(0.2, axis=axis_of(chance, x.rank + 1))
    more |= chance.maybe(0.3, dtype=chance.pick(DTYPES))
    return node("one_hot", x.name, num_classes=chance.between(2, 6), **more)


@operation(1, "f", 1)
@operation(0.3, "ib", 1)
def normalize(drawing: Drawing, x: Operand) -> Node:
    chance = drawing.chance
    more = chance.maybe(0.5, axis=axes_of(chance, x.rank)) | chance.maybe(0.3, order=1)
    return node("normalize", x.name, **more, **chance.maybe(0.2, epsilon=1e-6))


@operation(1.5, rank=1)
def positions(drawing: Drawing, x: Operand) -> Node:
    return node("arange", x.name, axis=axis_of(drawing.chance, x.rank))
