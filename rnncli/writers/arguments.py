"""The arguments of a Keras object that are worth writing: those that differ from the defaults."""

from __future__ import annotations

from typing import Any

from rnncli.model.graph import KerasObject


def telling_arguments(keras_object: KerasObject) -> dict[str, Any]:
    """The arguments that are not what Keras takes anyway, in their order; without the name."""
    defaults = keras_object.signature.defaults
    return {
        name: value
        for name, value in keras_object.arguments.items()
        if name != "name" and not (name in defaults and _is_same(value, defaults[name]))
    }


def first_argument(keras_object: KerasObject) -> str | None:
    """The argument that needs no name: the first, if an object of this class cannot do without
    it."""
    first = next(iter(keras_object.signature.arguments), None)
    return first if first in keras_object.signature.required else None


def _is_same(value: Any, default: Any) -> bool:
    """Whether two plain values are equal; ``True`` and ``1`` are not."""
    return bool(value == default) and isinstance(value, bool) == isinstance(default, bool)
