"""Which kinds of values the parameters of operations take."""

from __future__ import annotations

from collections.abc import Mapping

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
    expects="a number, true or false, or a tensor that from names",
    fits=lambda value: is_number(value) or isinstance(value, bool),
)

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
