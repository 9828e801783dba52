"""Which kinds of values the parameters of operations take."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from rnncli.keras_api import array_arguments
from rnncli.keras_api.kinds import AXES, BOOLEAN, NUMBER, PLAIN, Kind
from rnncli.keras_api.operations import OPERATIONS
from rnncli.keras_api.signatures import Parameter

_OPERAND = replace(NUMBER, expects="a number, or a tensor that from names")

_BY_NAME: Mapping[str, Kind] = {
    **array_arguments.BY_NAME,
    "axis": AXES,
    "keepdims": BOOLEAN,
}
_BY_FUNCTION: Mapping[tuple[str, str], Kind] = {
    **array_arguments.BY_FUNCTION,
}


def operation_kind(function: str, argument: str, parameter: Parameter) -> Kind:
    """The kind of value that a parameter of an operation takes."""
    kind = _BY_FUNCTION.get((function, argument)) or _BY_NAME.get(argument)
    if kind is not None:
        return kind
    if argument in OPERATIONS[function].tensors:
        return _OPERAND
    return BOOLEAN if isinstance(parameter.default, bool) else PLAIN
