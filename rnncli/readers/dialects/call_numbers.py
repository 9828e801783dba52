"""The numbers of the calls of models inside a model, counted from 0.

Keras makes a functional model with a first call of its own, which is not in the file. Some of its
versions count that call where other layers read the model, and all do where it is an output.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from rnncli.readers.saved import SavedCall, SavedModel, SavedTensor

Change = Callable[[SavedTensor], SavedTensor]


def counted_from_0(model: SavedModel) -> SavedModel:
    """The model, with the calls of all models inside counted from 0."""
    inside = {
        layer.name: len(layer.calls)
        for layer in model.layers
        if layer.model is not None and not layer.model.is_sequential
    }
    if not inside:
        return model
    last: dict[str, int] = {}

    def note(tensor: SavedTensor) -> SavedTensor:
        last[tensor.layer] = max(tensor.call, last.get(tensor.layer, 0))
        return tensor

    for layer in model.layers:
        for call in layer.calls:
            _changed(call, note)
    counted = {name for name, count in inside.items() if last.get(name, 0) >= count}

    def read(tensor: SavedTensor) -> SavedTensor:
        return _before(tensor) if tensor.layer in counted else tensor

    return replace(
        model,
        layers=tuple(
            [
                replace(layer, calls=tuple([_changed(call, read) for call in layer.calls]))
                for layer in model.layers
            ]
        ),
        outputs=tuple(
            [_before(tensor) if tensor.layer in inside else tensor for tensor in model.outputs]
        ),
    )


def _before(tensor: SavedTensor) -> SavedTensor:
    return replace(tensor, call=max(tensor.call - 1, 0))


def _changed(call: SavedCall, change: Change) -> SavedCall:
    return SavedCall(
        tuple([_mapped(value, change) for value in call.arguments]),
        {name: _mapped(value, change) for name, value in call.keywords.items()},
    )


def _mapped(value: Any, change: Change) -> Any:
    """A value with all tensors inside it changed."""
    if isinstance(value, SavedTensor):
        return change(value)
    if isinstance(value, list):
        return [_mapped(item, change) for item in value]
    if isinstance(value, Mapping):
        return {key: _mapped(item, change) for key, item in value.items()}
    return value
