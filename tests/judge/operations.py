"""How an operation is written in Python and in YAML, and called on live tensors."""

from __future__ import annotations

import inspect
import operator
from typing import Any

from tests.judge.case import Node, Op

#: The operations that take a list of tensors.
LISTS = {"concatenate", "stack", "hstack", "vstack"}
#: Those that Python has an operator for, between two operands.
BETWEEN = {
    "add": "+", "subtract": "-", "multiply": "*", "divide": "/", "floor_divide": "//", "mod": "%",
    "power": "**", "matmul": "@", "less": "<", "less_equal": "<=", "greater": ">",
    "greater_equal": ">=", "logical_and": "&", "logical_or": "|", "logical_xor": "^",
}  # fmt: skip
#: And those before one.
BEFORE = {"negative": "-", "logical_not": "~"}
_BETWEEN = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
    "//": operator.floordiv, "%": operator.mod, "**": operator.pow, "@": operator.matmul,
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "&": operator.and_, "|": operator.or_, "^": operator.xor,
}  # fmt: skip
_BEFORE = {"-": operator.neg, "~": operator.invert}


def index_text(index: tuple[Any, ...]) -> str:
    """An index as Python writes it, without its brackets."""
    return ", ".join(_part(one) for one in index)


def _part(one: Any) -> str:
    if isinstance(one, slice):
        start, stop = ("" if end is None else str(end) for end in (one.start, one.stop))
        return f"{start}:{stop}" + ("" if one.step is None else f":{one.step}")
    return "..." if one is ... else str(one)


def parameters(op: Op) -> list[str]:
    import keras

    if op.function in ("arange", "einsum"):  # the one is ours, the other takes any number
        return {"arange": ["x", "axis"], "einsum": ["subscripts"]}[op.function]
    return list(inspect.signature(getattr(keras.ops, op.function)).parameters)


def filled(node: Node) -> dict[str, str]:
    """The parameters that tensors fill: those named, or from the left."""
    assert node.op is not None
    sources = node.sources
    if isinstance(sources, dict):
        return sources
    read = [sources] if isinstance(sources, str) else list(sources)
    free = [name for name in parameters(node.op) if name not in node.op.args]
    if len(read) > len(free):
        raise TypeError(f"{node.op.function} takes {free}, and {read} are read")
    return dict(zip(free, read, strict=False))


def operated(node: Node, tensors: dict[str, Any]) -> Any:
    """What the operation gives on whatever tensors have these names."""
    from keras import ops

    assert node.op is not None
    function, args = node.op.function, node.op.args
    listed = [node.sources] if isinstance(node.sources, str) else list(node.sources)
    if function == "einsum":
        return ops.einsum(args["subscripts"], *[tensors[one] for one in listed])
    if function in LISTS:
        return getattr(ops, function)([tensors[one] for one in listed], **args)
    operands = {**args, **{name: tensors[one] for name, one in filled(node).items()}}
    return _operated(node.op, operands)


def _operated(op: Op, operands: dict[str, Any]) -> Any:
    from keras import ops

    if op.function == "arange":
        return _positions(operands["x"], operands["axis"])
    if op.spelled and op.function in BETWEEN:
        return _BETWEEN[BETWEEN[op.function]](operands["x1"], operands["x2"])
    if op.spelled and op.function in BEFORE:
        return _BEFORE[BEFORE[op.function]](operands["x"])
    if op.spelled and op.function == "get_item":
        return operands["x"][operands["key"]]
    return getattr(ops, op.function)(**operands)


def _positions(x: Any, axis: int) -> Any:
    """0, 1, 2, … along an axis, in the shape of ``x`` up to there."""
    from keras import ops

    rank = len(x.shape)
    place = axis if axis >= 0 else axis + rank
    if not 0 <= place < rank:
        raise ValueError(f"axis {axis} is out of range")
    for _ in range(rank - place - 1):
        x = x[..., 0]
    return ops.cumsum(ops.ones_like(x, dtype="int32"), axis=place) - 1


#: The same in a user's Python.
POSITIONS = """def positions(x, axis):
    for _ in range(len(x.shape) - 1 - axis % len(x.shape)):
        x = x[..., 0]
    return keras.ops.cumsum(keras.ops.ones_like(x, dtype="int32"), axis=axis) - 1
"""


def python(node: Node, variable: Any, expression: Any) -> str:
    """The call as a user writes it, of what names its variables and writes its values."""
    assert node.op is not None
    function, args = node.op.function, node.op.args
    listed = [node.sources] if isinstance(node.sources, str) else list(node.sources)
    joined = ", ".join(variable(one) for one in listed)
    if function == "einsum":
        return f"keras.ops.einsum({args['subscripts']!r}, {joined})"
    if function in LISTS:
        more = "".join(f", {key}={expression(one)}" for key, one in args.items())
        return f"keras.ops.{function}([{joined}]{more})"
    operands = {key: expression(one) for key, one in args.items()}
    operands |= {name: variable(one) for name, one in filled(node).items()}
    return _spelled(node.op, operands)


def _spelled(op: Op, operands: dict[str, str]) -> str:
    """An operation of operands that are written already."""
    if op.function == "arange":
        return f"positions({operands['x']}, axis={operands['axis']})"
    if op.spelled and op.function in BETWEEN:
        return f"{operands['x1']} {BETWEEN[op.function]} {operands['x2']}"
    if op.spelled and op.function in BEFORE:
        return f"{BEFORE[op.function]}{operands['x']}"
    if op.spelled and op.function == "get_item":
        # Keras takes no slice that stands alone, but a tuple of one.
        comma = "," * (len(op.args["key"]) == 1)
        return f"{operands['x']}[{index_text(op.args['key'])}{comma}]"
    named = (f"{name}={operands[name]}" for name in parameters(op) if name in operands)
    return f"keras.ops.{op.function}({', '.join(named)})"


def entry(node: Node, value_of: Any) -> dict[str, Any]:
    """The operation and its arguments as YAML has them."""
    assert node.op is not None
    op = node.op
    args = {key: value_of(one) for key, one in op.args.items()}
    if op.function == "get_item":
        text = index_text(op.args["key"])
        args["key"] = f"[{text}]" if op.bare else text
    name = "ops.getitem" if op.function == "get_item" and op.spelled else f"ops.{op.function}"
    return {name: next(iter(args.values())) if op.bare and _is_first(node) else args or None}


def _is_first(node: Node) -> bool:
    """Whether the only argument is the first parameter that no tensor fills."""
    assert node.op is not None
    op = node.op
    if len(op.args) != 1 or op.function == "einsum":
        return op.function == "einsum"
    names = parameters(op)
    if isinstance(node.sources, dict):
        read = list(node.sources)
    else:
        listed = op.function in LISTS or isinstance(node.sources, str)
        read = names[: 1 if listed else len(node.sources)]
    left = [name for name in names if name not in read]
    return left[:1] == list(op.args)
