"""Operations of ``keras.ops`` in PyTorch's terms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rnncli.model.indexing import ELLIPSIS, Slice, parse_index
from rnncli.writers.pytorch.activations import ACTIVATIONS
from rnncli.writers.pytorch.parts import Call, NoEquivalent, Part, Statement

_OPERATORS = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "true_divide": "/"}
_METHODS = {
    "absolute": "abs",
    "ceil": "ceil",
    "cos": "cos",
    "exp": "exp",
    "floor": "floor",
    "log": "log",
    "negative": "neg",
    "rsqrt": "rsqrt",
    "sign": "sign",
    "sin": "sin",
    "sqrt": "sqrt",
    "square": "square",
}
_REDUCTIONS = {"mean": "mean", "sum": "sum", "max": "amax", "min": "amin"}


def operation(call: Call) -> Part:
    """An operation; masks end at it.

    Raises:
        NoEquivalent: it is not one of those that are known here.
    """
    name = call.layer.cls.removeprefix("ops.")
    value = _value(name, call)
    if value is None or call.layer.cls == name:
        raise NoEquivalent((f"rnncli has no equivalent of {call.layer.cls}", None))
    output = call.variable()
    return Part((Statement((output,), value, call.reads),), {"output": output})


def _value(name: str, call: Call) -> str | None:
    if name in _OPERATORS:
        first, second = _operands(call)
        return f"{first} {_OPERATORS[name]} {second}"
    if name in ("maximum", "minimum"):
        return _extreme(name, *_operands(call))
    if name in _REDUCTIONS:
        return _reduction(name, call)
    if name in _SHAPING:
        return _SHAPING[name](call)
    return _of_elements(name, call)


def _of_elements(name: str, call: Call) -> str | None:
    if name in _METHODS:
        return f"{call.reads[0]}.{_METHODS[name]}()"
    # An activation with arguments of its own may not be the one that layers have by this name.
    if name in ACTIVATIONS and not call.layer.arguments:
        return ACTIVATIONS[name].format(x=call.reads[0])
    return None


def _operands(call: Call) -> list[str]:
    """Both operands in order: variables, and numbers as they are written."""
    values = {name: _literal(value) for name, value in call.layer.arguments.items()}
    values |= zip(call.layer.reads, call.reads, strict=True)
    return [values[name] for name in ("x1", "x2")]


def _literal(value: Any) -> str:
    return f"torch.tensor({value!r})" if isinstance(value, list) else repr(value)


def _extreme(name: str, first: str, second: str) -> str:
    if second.isidentifier() and first.isidentifier():
        return f"torch.{name}({first}, {second})"
    x, bound = (first, second) if first.isidentifier() else (second, first)
    return f"{x}.clamp({'min' if name == 'maximum' else 'max'}={bound})"


def _reduction(name: str, call: Call) -> str:
    axis = call.layer["axis"]
    if axis is None:
        raise NoEquivalent((f"{call.layer.cls} over all axes mixes the samples of a batch", None))
    axes = tuple(axis) if isinstance(axis, list) else axis
    keeps = ", keepdim=True" if call.layer["keepdims"] else ""
    return f"{call.reads[0]}.{_REDUCTIONS[name]}({axes}{keeps})"


def _get_item(call: Call) -> str:
    entries = []
    for entry in parse_index(call.layer["key"]):
        if isinstance(entry, Slice):
            if entry.step is not None and entry.step < 0:
                raise NoEquivalent(("PyTorch has no slices that go backwards", "use ops.flip"))
            bounds = ["" if bound is None else str(bound) for bound in (entry.start, entry.stop)]
            step = "" if entry.step is None else f":{entry.step}"
            entries.append(":".join(bounds) + step)
        else:
            entries.append("..." if entry is ELLIPSIS else str(entry))
    return f"{call.reads[0]}[{', '.join(entries)}]"


def _with_axis(method: str) -> Callable[[Call], str]:
    return lambda call: f"{call.reads[0]}.{method}({call.layer['axis']})"


def _joined(function: str) -> Callable[[Call], str]:
    return lambda call: f"torch.{function}([{', '.join(call.reads)}], dim={call.layer['axis']})"


def _sizes(name: str, method: str) -> Callable[[Call], str]:
    def value(call: Call) -> str:
        sizes: Any = call.layer[name]
        if not isinstance(sizes, list):
            raise NoEquivalent((f"{call.layer.cls} needs {name} here", None))
        return f"{call.reads[0]}.{method}({', '.join(map(str, sizes))})"

    return value


_SHAPING: Mapping[str, Callable[[Call], str]] = {
    "get_item": _get_item,
    "expand_dims": _with_axis("unsqueeze"),
    "squeeze": _with_axis("squeeze"),
    "flip": lambda call: f"{call.reads[0]}.flip({call.layer['axis']})",
    "softmax": _with_axis("softmax"),
    "transpose": _sizes("axes", "permute"),
    "reshape": _sizes("newshape", "reshape"),
    "concatenate": _joined("cat"),
    "stack": _joined("stack"),
    "matmul": lambda call: " @ ".join(_operands(call)),
}
