"""The signatures of Keras's public classes, read from the data shipped with rnncli."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, cached_property
from pkgutil import get_data
from typing import Any

import msgspec

# The same name may exist in two families, so each family is looked up separately.
FAMILIES = ("layers", "initializers", "regularizers", "constraints")


# The arguments of every layer, which a signature may leave out.
_COMMON: dict[str, Any] = {"trainable": True, "dtype": None, "autocast": True}


class Parameter(msgspec.Struct, frozen=True):
    """An argument of a Keras class; ``default`` is unset where it is required."""

    default: Any = msgspec.UNSET

    @property
    def required(self) -> bool:
        """Whether the argument has no default."""
        return self.default is msgspec.UNSET


class Signature(msgspec.Struct, frozen=True, dict=True, rename={"cls": "class"}):
    """A class by its name inside Keras, and its arguments, in order."""

    cls: str
    arguments: dict[str, Parameter]

    @cached_property
    def defaults(self) -> Mapping[str, Any]:
        """The default of each argument, including the arguments of every layer."""
        return _COMMON | {name: parameter.default for name, parameter in self.arguments.items()}

    @cached_property
    def required(self) -> tuple[str, ...]:
        """The arguments that have no default."""
        return tuple(name for name, parameter in self.arguments.items() if parameter.required)


class Signatures(msgspec.Struct, frozen=True):
    """The signatures of one version of Keras."""

    keras: str
    layers: dict[str, Signature]
    initializers: dict[str, Signature]
    regularizers: dict[str, Signature]
    constraints: dict[str, Signature]
    aliases: dict[str, str]
    identifiers: dict[str, list[str]]

    def family(self, name: str) -> dict[str, Signature]:
        """The classes of ``layers``, ``initializers``, ``regularizers`` or ``constraints``."""
        classes: dict[str, Signature] = getattr(self, name)
        return classes


@cache
def signatures() -> Signatures:
    """The shipped data; read once, on first use."""
    data = get_data("rnncli.keras_api", "signatures.json")
    assert data is not None
    return msgspec.json.decode(data, type=Signatures)


@cache
def is_another_keras() -> bool:
    """Whether the installed Keras has another version than the data.

    It may then have arguments that the data does not know. Checked only for unknown arguments.
    """
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("keras") != signatures().keras
    except PackageNotFoundError:
        return False
