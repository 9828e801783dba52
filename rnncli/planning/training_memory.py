"""A plan → the memory of one training step, without running it.

Weights, gradients and the optimizer's slots are counted exactly. Activations are what TensorFlow
keeps between the forward pass and the backward, as ``kept_activations`` counts them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from rnncli.keras_api.traits import traits
from rnncli.planning.kept_activations import kept_activations
from rnncli.problems import errors
from rnncli.report.layer import ITEM_BYTES, Layer, Weight
from rnncli.report.report import Report
from rnncli.report.shapes import add, product
from rnncli.report.training import MemoryPart, Optimizer, TrainingMemory

# The slots of each optimizer: tensors of the shape of a weight.
_SLOTS: Mapping[str, tuple[str, ...]] = {
    "sgd": (),
    "momentum": ("momentum",),
    "rmsprop": ("velocity",),
    "adam": ("momentum", "velocity"),
    "adamw": ("momentum", "velocity"),
    "adagrad": ("accumulator",),
    "adadelta": ("accumulated_grad", "accumulated_delta_var"),
    "adamax": ("momentum", "norm"),
    "nadam": ("momentum", "velocity"),
    "ftrl": ("accumulator", "linear"),
    "lion": ("momentum",),
    "lamb": ("momentum", "velocity"),
    "adafactor": ("velocity",),
}
# The iteration is an int64, and the learning rate a float32.
_COUNTERS = 8 + 4


def with_training_memory(planned: Report, optimizer: str) -> Report:
    """The plan, with the memory of a training step. A model with errors has none.

    Raises:
        ValueError: there is no such optimizer.
    """
    from rnncli.suggestions import did_you_mean, listed

    names = [*map(str, Optimizer)]
    if optimizer not in names:
        near = did_you_mean(optimizer, names)
        hint = f"did you mean {near}?" if near else f"they are {listed(names)}"
        raise ValueError(f"there is no optimizer {optimizer}: {hint}")
    if errors(planned.problems):
        return planned
    return msgspec.structs.replace(planned, training=training_memory(planned, Optimizer(optimizer)))


def training_memory(planned: Report, optimizer: Optimizer) -> TrainingMemory:
    """The memory of a training step of a plan."""
    is_known = planned.totals.params is not None
    trainable = [weight for weight in _weights(planned.layers) if weight.trainable]
    kept, estimated = kept_activations(planned)
    activations = add(*[tensors.bytes for tensors in kept])
    weights = MemoryPart(
        bytes=planned.totals.weight_bytes,
        formula=_sum_by_dtype([*_weights(planned.layers)]) if is_known else "",
    )
    gradients = _gradients(trainable, _read_rows(planned.layers), is_known)
    slots = _slots(trainable, optimizer, is_known)
    return TrainingMemory(
        optimizer=optimizer,
        weights=weights,
        gradients=gradients,
        slots=slots,
        activations=MemoryPart(bytes=activations, formula="the sum over the layers"),
        total=add(weights.bytes, gradients.bytes, slots.bytes, activations),
        kept=tuple(kept),
        estimated=tuple(estimated),
    )


def _weights(layers: tuple[Layer, ...]) -> Iterator[Weight]:
    for layer in layers:
        yield from layer.weights or ()
        yield from _weights(layer.layers)


def _bytes(weights: list[Weight]) -> int:
    return sum(weight.count * ITEM_BYTES[weight.dtype] for weight in weights)


def _sum_by_dtype(weights: list[Weight]) -> str:
    """``184·4``: the numbers of each dtype times the bytes of one."""
    counts: dict[str, int] = {}
    for weight in weights:
        counts[weight.dtype] = counts.get(weight.dtype, 0) + weight.count
    parts = [f"{count:,}·{ITEM_BYTES[dtype]}" for dtype, count in counts.items() if count]
    return " + ".join(parts) or "0"


def _read_rows(layers: tuple[Layer, ...], times: int = 1) -> dict[int, MemoryPart]:
    """The gradients that have only the rows that were read, with their ids: those of an Embedding.

    They are by the identity of the weight's record; the layers are called so many ``times``.
    """
    rows: dict[int, MemoryPart] = {}
    tables: dict[str, Weight] = {}
    for layer in layers:
        if layer.is_model:
            rows |= _read_rows(layer.layers, times)
        elif traits(layer.cls).wraps_model:
            steps = (layer.inputs[0].actual or (0, 0))[1] or 0
            rows |= _read_rows(layer.layers, times * steps)
        if not traits(layer.cls).gathers or not layer.inputs:
            continue
        if layer.weights:
            tables[layer.name] = layer.weights[0]
        table = tables.get(layer.shared_with or layer.name)
        if table is not None:
            before = rows.get(id(table))
            part = _rows_of(layer, table, times)
            rows[id(table)] = part if before is None else _sum([before, part])
    return rows


def _rows_of(layer: Layer, table: Weight, times: int) -> MemoryPart:
    """The rows of a table that one call of a layer reads, and an int32 for the id of each."""
    ids = product((times, *(layer.inputs[0].actual or (None,))))
    width, item = table.shape[-1], ITEM_BYTES[table.dtype]
    size = product((ids, width * item + 4))
    if ids is None or size is None:
        return MemoryPart(bytes=None, formula="")
    numbers = f"{int(ids):,}·({width:,}·{item} + 4)"
    return MemoryPart(
        bytes=int(size), formula=f"rows of {layer.name}: ids·(output_dim·{item} + 4) = {numbers}"
    )


def _sum(parts: Sequence[MemoryPart]) -> MemoryPart:
    return MemoryPart(
        bytes=add(*[part.bytes for part in parts]),
        formula=" + ".join(part.formula for part in parts if part.bytes != 0) or "0",
    )


def _gradients(
    trainable: list[Weight], rows: Mapping[int, MemoryPart], is_known: bool
) -> MemoryPart:
    """A number for each trainable one; of an Embedding, those of the rows that were read."""
    if not is_known:
        return MemoryPart(bytes=None, formula="")
    dense = [weight for weight in trainable if id(weight) not in rows]
    whole = MemoryPart(bytes=_bytes(dense), formula=_sum_by_dtype(dense))
    return _sum([whole, *[rows[id(weight)] for weight in trainable if id(weight) in rows]])


def _slots(trainable: list[Weight], optimizer: Optimizer, is_known: bool) -> MemoryPart:
    """The optimizer's variables, with its iteration and its learning rate."""
    if not is_known:
        return MemoryPart(bytes=None, formula="")
    names = _SLOTS[optimizer]
    more = _COUNTERS + (4 if optimizer == "nadam" else 0)
    words = f"{len(names)}·({_sum_by_dtype(trainable)})" if names else "0"
    if optimizer == "adafactor":
        factors = sum(map(_factors, trainable))
        more += factors
        words += f" + rows and columns {factors:,}"
    words = f"{', '.join(names)}: {words}" if names else "none"
    return MemoryPart(
        bytes=len(names) * _bytes(trainable) + more,
        formula=f"{words}; iteration and learning rate: {_COUNTERS}"
        + ("; u_product: 4" if optimizer == "nadam" else ""),
    )


def _factors(weight: Weight) -> int:
    """The bytes in which Adafactor keeps sums over rows and columns; two integers of a vector."""
    if len(weight.shape) < 2:
        return 8
    rows, columns = weight.shape[:-1], (*weight.shape[:-2], weight.shape[-1])
    return 4 * (math.prod(rows) + math.prod(columns))
