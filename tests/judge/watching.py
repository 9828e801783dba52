"""The masks that each call has and gives, seen at the moment of the call.

A mask hangs on a tensor, and a later call can take it away: MultiHeadAttention does.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import keras
from keras.src import backend


@dataclass
class Seen:
    """By the layer and the identity of what a call gave: what it read, with its masks, and the
    masks after. Some layers give the very tensor that they read."""

    read: dict[tuple[int, int], list[tuple[Any, Any]]] = field(default_factory=dict)
    given: dict[tuple[int, int], bool] = field(default_factory=dict)
    #: By the identity of an operation, which is called once.
    operands: dict[int, list[tuple[Any, Any]]] = field(default_factory=dict)
    kept: list[Any] = field(default_factory=list)


#: The arguments of calls that are masks.
MASKS = ("mask", "query_mask", "value_mask", "key_mask", "attention_mask")


def _tensors(values: Any) -> list[Any]:
    return [one for one in keras.tree.flatten(values) if hasattr(one, "shape")]


@contextmanager
def watching(layers: list[Any]) -> Iterator[Seen]:
    """What these layers are called with, by name or by place, while they are watched."""
    seen, watched = Seen(), {id(layer) for layer in layers}
    original = keras.layers.Layer.__call__
    operation = keras.Operation.__call__

    def call(self: Any, *args: Any, **named: Any) -> Any:
        if id(self) not in watched:
            return original(self, *args, **named)
        named_tensors = {k: v for k, v in named.items() if k not in ("initial_state", *MASKS)}
        tensors = _tensors((args, named_tensors))
        # Keras hands some masks over as an argument: one, or one for each input of a model.
        handed = named.get("mask")
        masks = handed if isinstance(handed, list | tuple) else [handed]
        if len(masks) != len(tensors):
            masks = [None] * len(tensors)
        read = [
            (tensor, mask if mask is not None else backend.get_keras_mask(tensor))
            for tensor, mask in zip(tensors, masks, strict=True)
        ]
        others = [named.get(name) for name in MASKS[1:] if named.get(name) is not None]
        if len(tensors) and (others or _tensors(handed)) and all(m is None for _, m in read):
            read.append((None, [*others, *_tensors(handed)]))
        result = original(self, *args, **named)
        for tensor in keras.tree.flatten(result):
            seen.kept.append(tensor)
            seen.read[id(self), id(tensor)] = read
            seen.given[id(self), id(tensor)] = backend.get_keras_mask(tensor) is not None
        return result

    def operate(self: Any, *args: Any, **named: Any) -> Any:
        if id(self) not in watched or isinstance(self, keras.layers.Layer):
            return operation(self, *args, **named)
        read = [(tensor, backend.get_keras_mask(tensor)) for tensor in _tensors((args, named))]
        seen.operands[id(self)] = read
        result = operation(self, *args, **named)
        for tensor in keras.tree.flatten(result):
            seen.kept.append(tensor)
            seen.given[id(self), id(tensor)] = backend.get_keras_mask(tensor) is not None
        return result

    with (
        mock.patch.object(keras.layers.Layer, "__call__", call),
        mock.patch.object(keras.Operation, "__call__", operate),
    ):
        yield seen
