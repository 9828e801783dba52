"""Which kinds of values the parameters of operations take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from rnncli.keras_api import array_arguments
from rnncli.keras_api.kinds import (
    AXES,
    BOOLEAN,
    COUNT,
    NUMBER,
    PLAIN,
    POSITIVE,
    WHOLE,
    Kind,
    choice,
    is_number,
)
from rnncli.keras_api.operations import OPERATIONS
from rnncli.keras_api.signatures import Parameter
from rnncli.report.layer import ITEM_BYTES

_OPERAND = replace(
    NUMBER,
    expects="a number, true or false, a list of them, or a tensor that from names",
    fits=lambda value: _is_element(value) or is_constant(value),
)


def _is_element(value: Any) -> bool:
    return is_number(value) or isinstance(value, bool)


def is_constant(value: Any) -> bool:
    """Whether a value is a tensor written as nested lists of numbers, all of one length."""
    if not isinstance(value, list) or not value:
        return False
    if all(map(_is_element, value)):
        return True
    return all(map(is_constant, value)) and len({constant_shape(item) for item in value}) == 1


def constant_shape(value: Any) -> tuple[int, ...]:
    """The shape of a tensor that is written as nested lists."""
    return (len(value), *constant_shape(value[0])) if isinstance(value, list) else ()


def constant_dtype(value: Any) -> str:
    """The dtype of a tensor that is written as nested lists."""
    elements = [*_elements(value)]
    if all(isinstance(element, bool) for element in elements):
        return "bool"
    return "float32" if any(isinstance(element, float) for element in elements) else "int32"


def _elements(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value:
            yield from _elements(item)
    else:
        yield value


_BY_NAME: Mapping[str, Kind] = {
    **array_arguments.BY_NAME,
    "axis": AXES,
    "keepdims": BOOLEAN,
    "dtype": replace(
        choice(*sorted(ITEM_BYTES)), expects="a dtype, such as float32 or int32", example="float32"
    ),
    "x_min": NUMBER,
    "x_max": NUMBER,
    "fill_value": NUMBER,
    "nan": NUMBER,
    "posinf": NUMBER,
    "neginf": NUMBER,
    "alpha": NUMBER,
    "negative_slope": NUMBER,
    "epsilon": NUMBER,
    "mean": NUMBER,
    "stddev": NUMBER,
    "minval": NUMBER,
    "maxval": NUMBER,
    "order": POSITIVE,
    "num_classes": replace(COUNT, example="10"),
    "seed": COUNT,
    # Ten to the power of more is no float.
    "decimals": replace(
        WHOLE, expects="an integer from -300 to 300", allowed=lambda value: abs(value) <= 300
    ),
}
_SOME_AXES = replace(AXES, nullable=True)
_FLOATS = replace(
    choice("bfloat16", "float16", "float32", "float64"), example="float32", nullable=True
)
_BY_FUNCTION: Mapping[tuple[str, str], Kind] = {
    **array_arguments.BY_FUNCTION,
    ("ops.softmax", "axis"): _SOME_AXES,
    ("ops.log_softmax", "axis"): _SOME_AXES,
    ("ops.normalize", "axis"): _SOME_AXES,
    ("ops.one_hot", "axis"): WHOLE,
    ("ops.arange", "axis"): replace(WHOLE, example="1"),
    ("ops.take", "x"): replace(_OPERAND, expects="a tensor, which from names"),
    ("random.normal", "dtype"): _FLOATS,
    ("random.uniform", "dtype"): _FLOATS,
}


def operation_kind(function: str, argument: str, parameter: Parameter) -> Kind:
    """The kind of value that a parameter of an operation takes."""
    kind = _BY_FUNCTION.get((function, argument)) or _BY_NAME.get(argument)
    if kind is not None:
        return kind
    if argument in OPERATIONS[function].tensors:
        return _OPERAND
    return BOOLEAN if isinstance(parameter.default, bool) else PLAIN
