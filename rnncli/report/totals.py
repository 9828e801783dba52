"""Records of layers → the totals of a model."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from rnncli.report.layer import ITEM_BYTES, Layer, Params, Tensor
from rnncli.report.report import Totals
from rnncli.report.shapes import add, product


def without_weights(record: Layer, owner: str) -> Layer:
    """The record of a layer that is called again: its weights were counted where it was made."""
    if record.params is None:
        return msgspec.structs.replace(record, shared_with=owner)
    return msgspec.structs.replace(
        record,
        shared_with=owner,
        weights=(),
        params=Params(total=0, trainable=0, non_trainable=0),
        layers=tuple(without_weights(layer, layer.name) for layer in record.layers),
    )


def totals(layers: Iterable[Layer]) -> Totals:
    """The sums over the layers of a model; None where the count of a layer is not known."""
    layers = tuple(layers)
    params = [layer.params for layer in layers]
    return Totals(
        params=add(*[counts.total if counts else None for counts in params]),
        trainable=add(*[counts.trainable if counts else None for counts in params]),
        non_trainable=add(*[counts.non_trainable if counts else None for counts in params]),
        weight_bytes=add(*map(_weight_bytes, layers)),
        activation_bytes=add(*map(_activation_bytes, layers)),
        macs=add(*[layer.macs for layer in layers]),
    )


def _weight_bytes(record: Layer) -> int | None:
    if record.weights is None:
        return None
    own = sum([weight.count * ITEM_BYTES[weight.dtype] for weight in record.weights])
    return add(own, *map(_weight_bytes, record.layers)) if record.layers else own


def _activation_bytes(record: Layer) -> int | None:
    """The outputs of a layer; of a model inside the model, those of its layers."""
    if record.is_model and record.layers:
        return add(*map(_activation_bytes, record.layers))
    return add(*map(_bytes, record.outputs))


def _bytes(tensor: Tensor) -> int | None:
    actual = tensor.actual
    if actual is None or tensor.dtype is None:
        return None
    return product((*actual, ITEM_BYTES.get(tensor.dtype)))
