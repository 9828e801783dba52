"""The signatures of Keras's public classes, read from the data shipped with rnncli."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, cached_property
from pkgutil import get_data
from typing import Any

import msgspec

# A reference to a class of another family would make a config's words ambiguous; these four
# are looked up apart.
FAMILIES = ("layers", "initializers", "regularizers", "constraints")


# What every layer takes, of which a signature may say nothing.
_COMMON: dict[str, Any] = {"trainable": True, "dtype": None, "autocast": True}


class Parameter(msgspec.Struct, frozen=True):
    """An argument of a Keras class; ``default`` is unset where it is required."""

    default: Any = msgspec.UNSET

    @property
    def required(self) -> bool:
        """Whether the class cannot be made without it."""
        return self.default is msgspec.UNSET


class Signature(msgspec.Struct, frozen=True, dict=True, rename={"cls": "class"}):
    """A class by the name it has inside Keras, and what it takes, in order."""

    cls: str
    arguments: dict[str, Parameter]

    @cached_property
    def defaults(self) -> Mapping[str, Any]:
        """What each argument is where it is not given, those of every layer with them."""
        return _COMMON | {name: parameter.default for name, parameter in self.arguments.items()}

    @cached_property
    def required(self) -> tuple[str, ...]:
        """The arguments that the class cannot be made without."""
        return tuple(name for name, parameter in self.arguments.items() if parameter.required)


class Signatures(msgspec.Struct, frozen=True):
    """All that was written down of one version of Keras."""

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
    """Whether the installed Keras is of another version than the data came from.

    Then it may have layers' arguments that the data does not know. Asked only where one is met.
    """
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("keras") != signatures().keras
    except PackageNotFoundError:
        return False
