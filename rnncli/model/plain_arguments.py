"""A Keras object → its arguments as plain data, as a report has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rnncli.model.arguments import telling_arguments
from rnncli.model.graph import KerasObject
from rnncli.model.indexing import bracketed
from rnncli.model.tensor_names import is_model

# What is not an argument of Keras: a nested model, and what a custom layer is described by.
_NO_ARGUMENTS = frozenset({"model", "class", "outputs", "weights"})
_PLAIN = (str, int, float, bool, type(None))


def plain_arguments(layer: KerasObject) -> dict[str, Any]:
    """The arguments that differ from Keras's defaults, each in its shortest form.

    An object is a mapping of its class to its own arguments: ``{"L2": {"l2": 0.1}}``. A model in
    the place of a layer is ``"model"``: its layers have arguments of their own.
    """
    arguments = {
        name: value if type(value) in _PLAIN else _plain(value)
        for name, value in telling_arguments(layer).items()
        if name not in _NO_ARGUMENTS
    }
    if layer.is_operation and "key" in arguments:
        arguments["key"] = bracketed(arguments["key"])
    return arguments


def _plain(value: Any) -> Any:
    if isinstance(value, KerasObject):
        return "model" if is_model(value) else {value.class_name: plain_arguments(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if type(value) in _PLAIN else str(value)
