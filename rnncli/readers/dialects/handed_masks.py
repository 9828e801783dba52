"""Masks that Keras 2 handed to recurrent layers with an initial state, and Keras 3 does not.

Keras 3 hands a layer the mask of its input only where that is the one tensor that it reads, so
that a decoder would compute its padded steps as well. The mask is written out for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from rnncli.keras_api.calls import calls
from rnncli.readers.dialects.changes import Changes
from rnncli.readers.saved import SavedCall, SavedLayer, SavedModel, SavedTensor
from rnncli.readers.translation.calls import tensors_in
from rnncli.readers.translation.masks import reads_states, returns_steps

_MASK = "mask"


def with_handed_masks(model: SavedModel, changes: Changes) -> SavedModel:
    """The model, and models inside it, with the masks that Keras 3 does not hand as arguments."""
    layers: list[SavedLayer] = []
    known = {layer.name: layer for layer in model.layers}
    made: dict[SavedTensor, SavedTensor] = {}
    for layer in model.layers:
        inner = layer.model and with_handed_masks(layer.model, changes)
        if _makes_mask_inside(layer):
            changes.note("mask-inside", layer.name)
        written = []
        for call in layer.calls:
            source = _source(call, known) if reads_states(layer, call) else None
            if source is None:
                written.append(call)
                continue
            masking, read = source
            changes.note("mask-not-handed", layer.name)
            if read not in made:
                operations = _operations(masking, read, [*known])
                layers += operations
                made[read] = SavedTensor(operations[-1].name)
            written.append(replace(call, keywords={**call.keywords, _MASK: made[read]}))
        layers.append(replace(layer, calls=tuple(written), model=inner))
    return replace(model, layers=tuple(layers))


def _makes_mask_inside(layer: SavedLayer) -> bool:
    """Whether a TimeDistributed holds a layer whose mask Keras 2 hands on, and Keras 3 does not."""
    inner = layer.config.get("layer")
    if layer.cls != "TimeDistributed" or not isinstance(inner, Mapping):
        return False
    config = inner.get("config")
    makes = isinstance(config, Mapping) and config.get("mask_zero") is True
    return makes or inner.get("class_name") == "Masking"


def _source(
    call: SavedCall, layers: Mapping[str, SavedLayer]
) -> tuple[SavedLayer, SavedTensor] | None:
    """The layer that makes the mask of a call's sequence, and what it reads.

    None where there is no mask, where the call names one, or where it comes out of several tensors
    or of a model.
    """
    passed: set[str] = set()
    while _MASK not in call.keywords:
        read = list(tensors_in(call.arguments[:1]))
        layer = layers.get(read[0].layer) if len(read) == 1 else None
        if layer is None or layer.kind != "layer" or layer.cls not in calls().masked:
            return None
        if read[0].index or read[0].call >= len(layer.calls) or layer.name in passed:
            return None
        passed.add(layer.name)
        call = layer.calls[read[0].call]
        if layer.config.get("mask_zero") is True or layer.cls == "Masking":
            made_of = next(tensors_in(call.arguments), None)
            return None if made_of is None else (layer, made_of)
        if not returns_steps(layer):
            return None
    return None


def _operations(masking: SavedLayer, read: SavedTensor, taken: Sequence[str]) -> list[SavedLayer]:
    """The operations that compute the mask of an Embedding or a Masking."""
    name = f"{masking.name}_mask"
    while name in taken:
        name += "_"
    if masking.cls != "Masking":
        return [_operation(name, "NotEqual", SavedCall((read, 0)))]
    compared = f"{name}_of_features"
    value = masking.config.get("mask_value", 0.0)
    return [
        _operation(compared, "NotEqual", SavedCall((read, value))),
        _operation(name, "Any", SavedCall((SavedTensor(compared),)), axis=-1),
    ]


def _operation(name: str, cls: str, call: SavedCall, **config: object) -> SavedLayer:
    return SavedLayer(name=name, cls=cls, kind="operation", config=config, calls=(call,))
