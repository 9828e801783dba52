"""Masks that Keras wrote out as operations, folded back into the layers that make them.

A model with ``Embedding(mask_zero=True)`` is saved with an operation ``NotEqual(ids, 0)`` and the
argument ``mask`` on every layer that reads it. Keras makes both again by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from rnncli.readers.saved import SavedCall, SavedLayer, SavedModel, SavedTensor
from rnncli.readers.translation.calls import tensors_in, tensors_of

_MASK = "mask"


def without_written_masks(model: SavedModel) -> SavedModel:
    """The model without operations that only repeat masks which travel by themselves."""
    folded = _Folding(model).folded()
    layers = tuple([_without(layer, folded) for layer in model.layers if layer.name not in folded])
    by_name = {layer.name: layer for layer in layers}
    return replace(model, layers=tuple([_without_handed_on(layer, by_name) for layer in layers]))


class _Folding:
    """Finds the operations of a model that compute nothing but masks."""

    def __init__(self, model: SavedModel) -> None:
        self._layers = {layer.name: layer for layer in model.layers}
        self._read_as_output = {tensor.layer for tensor in model.outputs}
        self._readers: dict[str, list[tuple[str, bool]]] = {}
        for layer in model.layers:
            for call in layer.calls:
                for name, is_mask in _reads(call):
                    self._readers.setdefault(name, []).append((layer.name, is_mask))
        self._sources = dict(_mask_sources(model))
        self._verdicts: dict[str, bool] = {}

    def folded(self) -> set[str]:
        """The operations that only make masks, of a mask that a layer makes by itself."""
        only_masks = {name for name in self._layers if self._feeds_masks_alone(name)}
        return {name for name in only_masks if self._comes_from_maker(name, set())}

    def _feeds_masks_alone(self, name: str) -> bool:
        if name in self._verdicts:
            return self._verdicts[name]
        # A circle, which no model of Keras has, feeds nothing.
        self._verdicts[name] = False
        readers = self._readers.get(name, [])
        self._verdicts[name] = (
            self._layers[name].kind == "operation"
            and name not in self._read_as_output
            and bool(readers)
            and all(is_mask or self._feeds_masks_alone(reader) for reader, is_mask in readers)
        )
        return self._verdicts[name]

    def _comes_from_maker(self, name: str, seen: set[str]) -> bool:
        """Whether a layer that makes masks by itself made this one, or one that it is made of."""
        if name in seen:
            return False
        seen.add(name)
        layer = self._layers.get(name)
        if layer is None or layer.kind != "operation":
            return False
        for call in layer.calls:
            if layer.cls == "NotEqual" and _compared(call) in self._sources.get(_source(call), ()):
                return True
            if any(self._comes_from_maker(tensor.layer, seen) for tensor in tensors_of(call)):
                return True
        return False


def _mask_sources(model: SavedModel) -> Iterator[tuple[tuple[str, int, int], list[Any]]]:
    """The tensors that layers make masks of, with the values that they leave out."""
    sources: dict[tuple[str, int, int], list[Any]] = {}
    for layer in model.layers:
        value: Any = None
        if layer.config.get("mask_zero") is True:
            value = 0
        elif layer.cls == "Masking":
            value = layer.config.get("mask_value", 0.0)
        else:
            continue
        for call in layer.calls:
            for tensor in tensors_in(call.arguments[:1]):
                sources.setdefault(_key(tensor), []).append(value)
    yield from sources.items()


def _reads(call: SavedCall) -> Iterator[tuple[str, bool]]:
    """The layers that a call reads, and whether as a mask."""
    for tensor in tensors_in(call.arguments):
        yield tensor.layer, False
    for argument, value in call.keywords.items():
        for tensor in tensors_in(value):
            yield tensor.layer, argument == _MASK


def _source(call: SavedCall) -> tuple[str, int, int]:
    tensor = next(iter(tensors_of(call)), None)
    return _key(tensor) if tensor else ("", 0, 0)


def _compared(call: SavedCall) -> Any:
    """The number that an operation compares a tensor with."""
    return next((v for v in call.arguments if isinstance(v, int | float)), None)


def _key(tensor: SavedTensor) -> tuple[str, int, int]:
    return tensor.layer, tensor.call, tensor.index


def _without(layer: SavedLayer, folded: set[str]) -> SavedLayer:
    """The layer, with its calls without masks that are folded."""
    calls = tuple([replace(call, keywords=_kept(call.keywords, folded)) for call in layer.calls])
    return replace(layer, calls=calls)


def _kept(keywords: Mapping[str, Any], folded: set[str]) -> dict[str, Any]:
    return {
        argument: value
        for argument, value in keywords.items()
        if argument != _MASK or not any(tensor.layer in folded for tensor in tensors_in(value))
    }


def _without_handed_on(layer: SavedLayer, layers: Mapping[str, SavedLayer]) -> SavedLayer:
    """The layer, with its calls without the mask that a recurrent layer before it hands on."""
    calls = tuple(
        [
            replace(call, keywords={k: v for k, v in call.keywords.items() if k != _MASK})
            if _is_handed_on(call, layers)
            else call
            for call in layer.calls
        ]
    )
    return replace(layer, calls=calls)


def _is_handed_on(call: SavedCall, layers: Mapping[str, SavedLayer]) -> bool:
    mask, read = call.keywords.get(_MASK), next(iter(tensors_in(call.arguments)), None)
    if not isinstance(mask, SavedTensor) or read is None or read.layer not in layers:
        return False
    before = layers[read.layer]
    if before.kind != "layer" or read.index or read.call >= len(before.calls):
        return False
    before_mask = before.calls[read.call].keywords.get(_MASK)
    return (
        isinstance(before_mask, SavedTensor)
        and _key(before_mask) == _key(mask)
        and _returns_sequences(before.config)
    )


def _returns_sequences(config: Mapping[str, Any]) -> bool:
    inner = config.get("layer")
    if isinstance(inner, Mapping) and isinstance(inner.get("config"), Mapping):
        config = inner["config"]
    return config.get("return_sequences") is True
