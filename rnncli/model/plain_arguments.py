"""A Keras object → its arguments as plain data, as a report has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rnncli.model.graph import KerasObject
from rnncli.model.tensor_names import is_model

# What is not an argument of Keras: a nested model, and what a custom layer is described by.
_NO_ARGUMENTS = ("name", "model", "class", "outputs", "weights")
_PLAIN = (str, int, float, bool, type(None))


def plain_arguments(layer: KerasObject) -> dict[str, Any]:
    """The arguments that differ from Keras's defaults, without the name.

    An object is a mapping of its class to its own arguments: ``{"L2": {"l2": 0.1}}``. A model in
    the place of a layer is ``"model"``: its layers have arguments of their own.
    """
    defaults = layer.signature.defaults
    return {
        name: value if type(value) in _PLAIN else _plain(value)
        for name, value in layer.arguments.items()
        if name not in _NO_ARGUMENTS and not is_default(name, value, defaults)
    }


def is_default(name: str, value: Any, defaults: Mapping[str, Any]) -> bool:
    """Whether a value is the default of an argument; ``True`` and ``1`` are not equal."""
    if name not in defaults:
        return False
    default = defaults[name]
    return bool(value == default) and isinstance(value, bool) == isinstance(default, bool)


def _plain(value: Any) -> Any:
    if isinstance(value, KerasObject):
        return "model" if is_model(value) else {value.class_name: plain_arguments(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    # What has no spelling in JSON, such as an index of ops.getitem.
    return value if type(value) in _PLAIN else str(value)
