"""Planned layers → the totals of a model, without a record of each layer.

They are those of ``rnncli.report.totals``, for plans of which nothing else is wanted.
"""

from __future__ import annotations

from collections.abc import Iterable

from rnncli.model.tensor_names import is_model
from rnncli.report.layer import ITEM_BYTES
from rnncli.report.report import Totals
from rnncli.report.shapes import add, product
from rnncli.rules.rule import PlannedLayer
from rnncli.rules.tensors import Tensor


def planned_totals(layers: Iterable[PlannedLayer]) -> Totals:
    """The sums over the layers of a model in a run; None where the count of one is not known."""
    layers = tuple(layers)
    params, trainable, sizes = [], [], []
    for layer in layers:
        if not layer.facts.known:
            counts: tuple[int | None, ...] = (None, None, None)
        elif layer.node is not None and layer.node.shared_with:
            counts = (0, 0, 0)
        else:
            counts = _weights(layer)
        params.append(counts[0])
        trainable.append(counts[1])
        sizes.append(counts[2])
    total, total_trainable = add(*params), add(*trainable)
    return Totals(
        params=total,
        trainable=total_trainable,
        non_trainable=None if total is None else total - (total_trainable or 0),
        weight_bytes=add(*sizes),
        activation_bytes=add(*map(_activation_bytes, layers)),
        macs=add(*[None if x.facts.macs is None else int(x.facts.macs) for x in layers]),
    )


def _weights(layer: PlannedLayer) -> tuple[int, int, int | None]:
    """How many parameters a layer has, how many of them are trainable, and their bytes."""
    count = trainable = 0
    size: int | None = 0
    for weight in layer.facts.weights:
        count += weight.count
        trainable += weight.count if weight.trainable else 0
        size = add(size, weight.count * ITEM_BYTES[weight.dtype])
    for inner in layer.facts.inner:
        if not inner.facts.known:
            size = None
        elif not (inner.node is not None and inner.node.shared_with):
            more = _weights(inner)
            count, trainable, size = count + more[0], trainable + more[1], add(size, more[2])
    return count, trainable, size


def _activation_bytes(layer: PlannedLayer) -> int | None:
    """The outputs of a layer; of a nested model, those of its layers."""
    if is_model(layer.layer) and layer.facts.inner:
        return add(*map(_activation_bytes, layer.facts.inner))
    return add(*map(_bytes, layer.facts.outputs))


def _bytes(tensor: Tensor) -> int | None:
    if tensor.shape is None or not tensor.dtype:
        return None
    size = product((*tensor.shape, ITEM_BYTES.get(tensor.dtype)))
    return size if size is None else int(size)
