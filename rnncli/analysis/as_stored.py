"""A plan of a model file → the same plan with the parameters that the file stores.

Layers of Keras 2 that only ran on cuDNN have two biases, one for the input and one for the last
output, in one array. Those of an LSTM are summed when it is brought over to Keras 3.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from rnncli.report.layer import Layer, Params, Weight
from rnncli.report.model_file import ModelFile, StoredWeight
from rnncli.report.report import Report
from rnncli.report.totals import totals

_GATES = {"LSTM": 4, "GRU": 3}


def as_stored(report: Report, file: ModelFile) -> Report:
    """The plan, with the biases that layers of cuDNN have in the file."""
    layers = tuple(_layers(report.layers, file, ""))
    if layers == report.layers:
        return report
    sums = msgspec.structs.replace(totals(layers), macs=report.totals.macs)
    return msgspec.structs.replace(report, layers=layers, totals=sums)


def _layers(layers: Sequence[Layer], file: ModelFile, prefix: str) -> Iterator[Layer]:
    for layer in layers:
        path = f"{prefix}{layer.name}"
        if layer.is_model:
            inner = tuple(_layers(layer.layers, file, f"{path}/"))
            yield _with_inner(layer, inner)
            continue
        written_as = file.written_as.get(path, "")
        stored = (file.weights or {}).get(path, ())
        yield _stored(layer, written_as.startswith("CuDNN"), stored)


def _stored(layer: Layer, of_cudnn: bool, stored: Sequence[StoredWeight]) -> Layer:
    """The layer with the biases of cuDNN, itself or what it wraps."""
    if layer.cls not in _GATES:
        return _with_inner(layer, tuple(_stored(inner, of_cudnn, stored) for inner in layer.layers))
    biases = [weight for weight in layer.weights or () if weight.name == "bias"]
    kernels = [weight for weight in layer.weights or () if weight.name == "recurrent_kernel"]
    if not biases or not kernels or layer.params is None:
        return layer
    units = kernels[0].shape[0]
    shape = (2 * _GATES[layer.cls] * units,)
    if not of_cudnn and shape not in [weight.shape for weight in stored]:
        return layer
    bias = msgspec.structs.replace(
        biases[0], shape=shape, count=shape[0], formula=f"2·{_GATES[layer.cls]}·units"
    )
    more = bias.count - biases[0].count
    return msgspec.structs.replace(
        layer,
        weights=tuple(bias if weight.name == "bias" else weight for weight in layer.weights or ()),
        params=_with_more(layer.params, bias, more, units) if more else layer.params,
    )


def _with_more(params: Params, bias: Weight, more: int, units: int) -> Params:
    words, equals, numbers = (params.formula or "").partition(" = ")
    formula = f"{words} + 4·units for cuDNN's second bias = {numbers} + 4·{units}"
    return Params(
        total=params.total + more,
        trainable=params.trainable + (more if bias.trainable else 0),
        non_trainable=params.non_trainable + (0 if bias.trainable else more),
        formula=formula if equals else params.formula,
    )


def _with_inner(layer: Layer, inner: tuple[Layer, ...]) -> Layer:
    """The layer with other layers inside, and the counts that follow."""
    if inner == layer.layers or layer.params is None:
        return layer
    before, after = (_counts(layers) for layers in (layer.layers, inner))
    formula = layer.params.formula
    parts = {part.name: part.params.total for part in inner if part.params}
    if formula and formula.partition(" = ")[0] == " + ".join(parts):
        formula = f"{' + '.join(parts)} = {' + '.join(map(str, parts.values()))}"
    return msgspec.structs.replace(
        layer,
        layers=inner,
        params=Params(
            total=layer.params.total + after["total"] - before["total"],
            trainable=layer.params.trainable + after["trainable"] - before["trainable"],
            non_trainable=layer.params.non_trainable
            + after["non_trainable"]
            - before["non_trainable"],
            formula=formula,
        ),
    )


def _counts(layers: Sequence[Layer]) -> Mapping[str, int]:
    params = [layer.params for layer in layers if layer.params]
    return {
        "total": sum(counts.total for counts in params),
        "trainable": sum(counts.trainable for counts in params),
        "non_trainable": sum(counts.non_trainable for counts in params),
    }
