"""A call of an operation as a file writes it → the operation in a config."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rnncli.keras_api.calls import calls
from rnncli.keras_api.operations import ALIASES, OPERATIONS, Operation
from rnncli.model.naming import snake_case
from rnncli.readers.saved import (
    SavedCall,
    SavedConstant,
    SavedEllipsis,
    SavedSlice,
    SavedTensor,
)
from rnncli.readers.translation.calls import CannotSay, Name, Wiring, tensors_in

# Operations whose class is not the function's name in camel case.
_NAMES = {"Cumsum": "ops.cumsum", "Cumprod": "ops.cumprod", "ConvertToTensor": "ops.cast"}
_NOT_ARGUMENTS = ("name", "dtype_policy")


def function_of(cls: str) -> str | None:
    """The function of an operation's class, such as ``ops.get_item``; None if rnncli has none."""
    name = _NAMES.get(cls) or f"ops.{snake_case(cls)}"
    name = ALIASES.get(name, name)
    return name if name in OPERATIONS and name != "ops.arange" else None


def operation_of(
    function: str, config: Mapping[str, Any], call: SavedCall, name: Name
) -> tuple[dict[str, Any], Wiring]:
    """The parameters of an operation that are not tensors, and what it reads.

    Raises:
        CannotSay: a config cannot express one of its parameters.
    """
    row = OPERATIONS[function]
    if function == "ops.cast" and config.get("dtype") is None:
        # A conversion without a dtype keeps that of the tensor.
        config = {**config, "dtype": next((t.dtype for t in tensors_in(call.arguments)), None)}
    if function == "ops.unstack" and config.get("num") is None:
        config = {**config, "num": _size_along(call, config.get("axis", 0))}
    parameters = calls().functions[function].arguments
    values = {key: value for key, value in config.items() if key in parameters}
    if row.variadic:
        tensors = [tensor for value in call.arguments for tensor in tensors_in(value)]
        others = _others(function, values)
        return others, Wiring([name(tensor) for tensor in tensors])
    names = [parameter for parameter in parameters if parameter not in values]
    values |= dict(zip(names, call.arguments, strict=False))
    values |= {key: value for key, value in call.keywords.items() if key in parameters}
    if row.several:
        tensors = list(tensors_in(values.pop(row.tensors[0], None)))
        return _others(function, values), Wiring([name(tensor) for tensor in tensors])
    reads = {key: name(value) for key, value in values.items() if isinstance(value, SavedTensor)}
    rest = {key: value for key, value in values.items() if key not in reads}
    in_order = [*reads] == [*row.tensors[: len(reads)]]
    return _others(function, rest), Wiring([*reads.values()] if in_order else reads)


def _size_along(call: SavedCall, axis: Any) -> int:
    """The recorded size of the tensor that a call reads, along an axis.

    Raises:
        CannotSay: the file does not record it.
    """
    shape = next((tensor.shape for tensor in tensors_in(call.arguments)), None)
    if shape is None or type(axis) is not int or not -len(shape) <= axis < len(shape):
        raise CannotSay("the number of tensors, which the file does not say")
    size = shape[axis]
    if size is None:
        raise CannotSay("the number of tensors, which the file does not say")
    return size


def _others(function: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that differ from their defaults, as a config has them."""
    row, parameters = OPERATIONS[function], calls().functions[function].arguments
    others: dict[str, Any] = {}
    for key, value in values.items():
        plain = index_text(value) if key == "key" else _plain(value, key, row)
        default = parameters[key].default
        if type(plain) is not type(default) or plain != default:
            others[key] = plain
    return others


def _plain(value: Any, key: str, row: Operation) -> Any:
    if any(True for _ in tensors_in(value)):
        raise CannotSay(f"a tensor as {key}")
    if isinstance(value, SavedConstant):
        return value.values
    if isinstance(value, SavedSlice | SavedEllipsis):
        raise CannotSay(f"a slice as {key}")
    return value


def index_text(key: Any) -> str:
    """An index as Python writes it: ``[:, -1]``.

    Raises:
        CannotSay: it holds a tensor, or a list.
    """
    entries = key if isinstance(key, list | tuple) else [key]
    return f"[{', '.join(map(_entry_text, entries))}]"


def _entry_text(entry: Any) -> str:
    if isinstance(entry, SavedEllipsis):
        return "..."
    if isinstance(entry, SavedSlice):
        ends = ["" if end is None else str(end) for end in (entry.start, entry.stop)]
        return ":".join([*ends, str(entry.step)] if entry.step is not None else ends)
    if entry is None:
        return "newaxis"
    if type(entry) is int:
        return str(entry)
    raise CannotSay("an index that is no integer and no slice")
