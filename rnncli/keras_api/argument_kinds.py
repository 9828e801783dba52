"""Which kind of value an argument of a class takes."""

from __future__ import annotations

from collections.abc import Mapping

from rnncli.keras_api import arguments, image_arguments, preprocessing_arguments
from rnncli.keras_api.arguments import BY_ENDING
from rnncli.keras_api.kinds import ANY_DTYPE, BOOLEAN, PLAIN, Kind, dtype_kind
from rnncli.keras_api.signatures import Parameter
from rnncli.keras_api.traits import traits

# By the argument's name alone; if one name means two things, by class and name.
_BY_NAME: Mapping[str, Kind] = {
    **image_arguments.BY_NAME,
    **preprocessing_arguments.BY_NAME,
    **arguments.BY_NAME,
}
_BY_CLASS: Mapping[tuple[str, str], Kind] = {
    **image_arguments.BY_CLASS,
    **preprocessing_arguments.BY_CLASS,
    **arguments.BY_CLASS,
}


def kind_of(cls: str, argument: str, parameter: Parameter) -> Kind:
    """The kind of value that an argument of a class takes."""
    if "." in cls:
        from rnncli.keras_api.operation_arguments import operation_kind

        return operation_kind(cls, argument, parameter)
    if argument == "dtype":
        layer = traits(cls)
        return ANY_DTYPE if layer.ignores_dtype else dtype_kind(layer.quantizations)
    by_class = _BY_CLASS.get((cls, argument)) or _BY_NAME.get(argument)
    if by_class:
        return by_class
    for ending, kind in BY_ENDING.items():
        if argument.endswith(ending):
            return kind
    return BOOLEAN if isinstance(parameter.default, bool) else PLAIN
