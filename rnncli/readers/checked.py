"""Values of a model file, checked to be of the type that Keras writes there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_LONGEST = 40


class Malformed(Exception):
    """A model file holds something that no version of Keras writes there."""


def as_mapping(value: Any, what: str) -> Mapping[str, Any]:
    """The value, if it is a mapping.

    Raises:
        Malformed: it is not.
    """
    if isinstance(value, Mapping):
        return value
    raise Malformed(f"{what} must be a mapping, not {_shown(value)}")


def as_list(value: Any, what: str, length: int | None = None) -> Sequence[Any]:
    """The value, if it is a list, and of this length.

    Raises:
        Malformed: it is not.
    """
    if isinstance(value, list | tuple) and length in (None, len(value)):
        return value
    size = "" if length is None else f" of {length} values"
    raise Malformed(f"{what} must be a list{size}, not {_shown(value)}")


def as_text(value: Any, what: str) -> str:
    """The value, if it is text that is not empty.

    Raises:
        Malformed: it is not.
    """
    if isinstance(value, str) and value:
        return value
    raise Malformed(f"{what} must be text, not {_shown(value)}")


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
