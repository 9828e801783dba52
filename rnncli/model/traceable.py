"""The layers that trace looks into: recurrent layers over vectors, and attention."""

from __future__ import annotations

from collections.abc import Iterator

from rnncli.keras_api.traits import traits
from rnncli.model.graph import KerasObject, Model
from rnncli.model.tensor_names import is_model


def traceable(model: Model) -> list[str]:
    """The names of the layers, in the order of the config; ``sentence/lstm`` in a model inside."""
    return list(dict.fromkeys(_names(model, "")))


def _names(model: Model, prefix: str) -> Iterator[str]:
    for node in model.nodes:
        yield from _of_layer(node.layer, prefix + node.layer.name)


def _of_layer(layer: KerasObject, name: str) -> Iterator[str]:
    if layer.invalid or layer.is_operation or layer.is_custom:
        return
    if is_model(layer):
        yield from _names(layer["model"], f"{name}/")
    elif wraps := traits(layer.cls).wraps_model:
        yield from _of_layer(layer[wraps], name)
    elif traits(layer.cls).attends or _is_recurrent(layer):
        yield name


def _is_recurrent(layer: KerasObject) -> bool:
    inner = layer.arguments.get("layer")
    if isinstance(inner, KerasObject) and traits(layer.cls).mask_argument:
        # The directions of a Bidirectional.
        return _is_recurrent(inner)
    return traits(layer.cls).recurrent_over == "vectors"
