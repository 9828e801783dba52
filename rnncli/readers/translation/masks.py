"""Masks that Keras wrote out as operations, folded back into the layers that make them.

A model with ``Embedding(mask_zero=True)`` is saved with an operation ``NotEqual(ids, 0)`` and the
argument ``mask`` on every layer that reads it. Keras makes both again by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from rnncli.keras_api.calls import calls
from rnncli.keras_api.traits import traits
from rnncli.readers.saved import SavedCall, SavedLayer, SavedModel, SavedTensor
from rnncli.readers.translation.calls import tensors_in, tensors_of

_MASK = "mask"
# What Keras makes masks of where a tensor has none.
_NO_ELEMENTS = ("ZerosLike", "OnesLike")


def without_written_masks(model: SavedModel) -> SavedModel:
    """The model without operations that only repeat masks which travel by themselves."""
    masks = _Masks(model)
    layers = [masks.without_repeated(layer) for layer in model.layers]
    return replace(model, layers=tuple(_without_unread(layers, model.outputs)))


# A tensor of the graph: its layer, call and index.
_Key = tuple[str, int, int]


class _Masks:
    """The masks of a model: those that travel with tensors, and those that operations compute.

    A mask is known by what it is made of: the tensors whose elements it leaves out, each with the
    value that is left out, or a tensor that a call names.
    """

    def __init__(self, model: SavedModel) -> None:
        self._layers = {layer.name: layer for layer in model.layers}
        self._travelling: dict[_Key, frozenset[Any]] = {}
        self._computed: dict[_Key, frozenset[Any]] = {}

    def without_repeated(self, layer: SavedLayer) -> SavedLayer:
        """The layer, with its calls without the masks that their inputs have anyway."""
        if layer.kind not in ("layer", "model") or not any(
            _MASK in call.keywords for call in layer.calls
        ):
            return layer
        return replace(
            layer,
            calls=tuple(
                # Keras hands a layer no mask beside an initial state, but the one that is named.
                [call if reads_states(layer, call) else self._without(call) for call in layer.calls]
            ),
        )

    def _without(self, call: SavedCall) -> SavedCall:
        masks = list(tensors_in(call.keywords.get(_MASK)))
        if not masks or not self._is_repeated(call, masks):
            return call
        return replace(call, keywords={k: v for k, v in call.keywords.items() if k != _MASK})

    def _is_repeated(self, call: SavedCall, masks: Sequence[SavedTensor]) -> bool:
        written = call.keywords[_MASK]
        if isinstance(written, list):
            # One for each tensor: all of them must be repeated.
            pairs = zip(written, tensors_in(call.arguments), strict=False)
            return all(self._mask(mask) == self._of(tensor) for mask, tensor in pairs)
        named = frozenset[Any]().union(*[self._made_of(mask) for mask in masks])
        read = [self._of(tensor) for tensor in tensors_in(call.arguments)]
        return bool(named) and named <= frozenset[Any]().union(*read)

    def _mask(self, mask: Any) -> frozenset[Any]:
        return self._made_of(mask) if isinstance(mask, SavedTensor) else frozenset()

    def _of(self, tensor: SavedTensor) -> frozenset[Any]:
        """What the mask is made of that travels with a tensor; empty if none does."""
        key = _key(tensor)
        if key not in self._travelling:
            # A circle, which no model of Keras has, carries none.
            self._travelling[key] = frozenset()
            self._travelling[key] = self._behind(tensor)
        return self._travelling[key]

    def _behind(self, tensor: SavedTensor) -> frozenset[Any]:
        layer = self._layers.get(tensor.layer)
        if layer is None or tensor.index or tensor.call >= len(layer.calls):
            return frozenset()
        call = layer.calls[tensor.call]
        read = list(tensors_in(call.arguments[:1]))
        if layer.kind != "layer" or not read or layer.cls not in calls().masked:
            return frozenset()
        if layer.config.get("mask_zero") is True:
            return frozenset([(_key(read[0]), 0)])
        if layer.cls == "Masking":
            return frozenset([(_key(read[0]), layer.config.get("mask_value", 0.0))])
        if not returns_steps(layer):
            return frozenset()
        named = [self._made_of(mask) for mask in tensors_in(call.keywords.get(_MASK))]
        return frozenset[Any]().union(*(named or [self._of(tensor_read) for tensor_read in read]))

    def _made_of(self, mask: SavedTensor) -> frozenset[Any]:
        """What a mask is made of that operations compute, or that is an input."""
        key = _key(mask)
        if key not in self._computed:
            self._computed[key] = frozenset()
            self._computed[key] = self._computing(mask)
        return self._computed[key]

    def _computing(self, mask: SavedTensor) -> frozenset[Any]:
        layer = self._layers.get(mask.layer)
        if layer is None or layer.kind != "operation" or mask.call >= len(layer.calls):
            return frozenset([_key(mask)])
        call = layer.calls[mask.call]
        read = list(tensors_of(call))
        if layer.cls in _NO_ELEMENTS:
            return frozenset()
        if layer.cls == "NotEqual" and read:
            return frozenset([(self._source(read[0]), _compared(call))])
        parts = [self._made_of(tensor) for tensor in read if _is_mask(tensor)]
        return frozenset[Any]().union(*parts) if parts else frozenset([_key(mask)])

    def _source(self, tensor: SavedTensor) -> _Key:
        """The tensor that a cast one was: Masking casts what it compares."""
        layer = self._layers.get(tensor.layer)
        if layer is not None and layer.kind == "operation" and layer.cls == "Cast":
            return _key(next(tensors_of(layer.calls[0]), tensor))
        return _key(tensor)


def _is_mask(tensor: SavedTensor) -> bool:
    return tensor.dtype in (None, "bool")


def reads_states(layer: SavedLayer, call: SavedCall) -> bool:
    """Whether a call of a recurrent layer is given an initial state."""
    if not (traits(layer.cls).recurrent_over or layer.cls == "Bidirectional"):
        return False
    return any(True for _ in tensors_in((call.arguments[1:2], call.keywords.get("initial_state"))))


def returns_steps(layer: SavedLayer) -> bool:
    """Whether a recurrent layer returns all steps; any other layer does."""
    config = layer.config
    inner = config.get("layer")
    if layer.cls == "Bidirectional" and isinstance(inner, Mapping):
        inner_config = inner.get("config")
        config = inner_config if isinstance(inner_config, Mapping) else {}
    return config.get("return_sequences", True) is True


def _without_unread(
    layers: Sequence[SavedLayer], outputs: Sequence[SavedTensor]
) -> list[SavedLayer]:
    """The layers without operations on masks that nothing reads any more."""
    kept = list(layers)
    while True:
        read = {tensor.layer for tensor in outputs}
        read |= {
            tensor.layer for layer in kept for call in layer.calls for tensor in tensors_of(call)
        }
        left = [layer for layer in kept if layer.kind != "operation" or layer.name in read]
        if len(left) == len(kept):
            return kept
        kept = left


def _compared(call: SavedCall) -> Any:
    """The number that an operation compares a tensor with."""
    return next((value for value in call.arguments if isinstance(value, int | float)), None)


def _key(tensor: SavedTensor) -> _Key:
    return tensor.layer, tensor.call, tensor.index
