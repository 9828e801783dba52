"""Reads the arrays of a model file, and gives them to the built layers of its model."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rnncli.engine.errors import WeightsDoNotFit
from rnncli.engine.old_weights import in_keras_3
from rnncli.engine.passing import BuiltModel
from rnncli.engine.whole_model import layers_of
from rnncli.report.model_file import ModelFile, StoredWeight

# The member of a .keras file that has the arrays.
_WEIGHTS = "model.weights.h5"


def load_weights(layers: Mapping[str, Any], file: ModelFile) -> None:
    """Gives built layers, by path, the arrays that a file stores for them.

    Raises:
        WeightsDoNotFit: the arrays of a layer have other shapes than its weights.
    """
    if not file.weights:
        return
    with _opened(file) as stored:
        for path, layer in layers.items():
            entries = _entries(file.weights, path)
            if entries or layer.weights:
                _assign(path, layer, [_array(stored, entry) for entry in entries], file.backend)


def copy_weights(layers: Mapping[str, Any], others: Mapping[str, Any]) -> None:
    """Gives built layers, by path, the weights of the layers with the same paths."""
    for path, layer in layers.items():
        layer.set_weights(others[path].get_weights())


def built_layers(built: BuiltModel, prefix: str = "") -> dict[str, Any]:
    """Returns the layers by path, such as ``sentence/lstm`` in a model inside.

    A layer that is called again has the path of its first call.
    """
    layers = _first(built.layers, prefix)
    models = _first(built.models, prefix)
    for path, model in models.items():
        layers |= built_layers(model, f"{path}/")
    return layers


def layers_of_whole(keras_model: Any, prefix: str = "") -> dict[str, Any]:
    """Returns the layers of a whole model by the same paths."""
    import keras

    layers: dict[str, Any] = {}
    for path, layer in _first(layers_of(keras_model), prefix).items():
        if isinstance(layer, keras.Model):
            layers |= layers_of_whole(layer, f"{path}/")
        else:
            layers[path] = layer
    return layers


def _first(named: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """Returns what is named, once each, under its first name."""
    names: dict[int, str] = {}
    for name, value in named.items():
        names.setdefault(id(value), name)
    return {prefix + name: named[name] for name in names.values()}


def _entries(weights: Mapping[str, Sequence[StoredWeight]], path: str) -> list[StoredWeight]:
    """The arrays of a layer; those of a wrapper may be named by the layers of a model in it."""
    if path in weights:
        return [*weights[path]]
    return [
        entry
        for inner, entries in weights.items()
        if inner.startswith(f"{path}/")
        for entry in entries
    ]


def _assign(path: str, layer: Any, arrays: Sequence[Any], backend: str | None) -> None:
    fitted = in_keras_3(layer, arrays, backend)
    shapes = [tuple(array.shape) for array in fitted]
    expected = [tuple(weight.shape) for weight in layer.weights]
    if shapes != expected:
        raise WeightsDoNotFit(path, [tuple(array.shape) for array in arrays], expected)
    for weight, array in zip(layer.weights, fitted, strict=True):
        weight.assign(array)


@contextmanager
def _opened(file: ModelFile) -> Iterator[Any]:
    """Opens the HDF5 file that has the arrays: the file itself, or a member of a .keras file."""
    import h5py

    if file.format != "keras-zip":
        with h5py.File(file.path, "r") as stored:
            yield stored
        return
    with (
        zipfile.ZipFile(file.path) as archive,
        archive.open(_WEIGHTS) as member,
        h5py.File(member, "r") as stored,
    ):
        yield stored


def _array(stored: Any, entry: StoredWeight) -> Any:
    """Reads an array; h5py has no dtype for bfloat16, and returns its bytes."""
    import numpy as np

    array = np.asarray(stored[entry.path])
    if array.dtype.kind == "V":
        import ml_dtypes

        return array.view(ml_dtypes.bfloat16)
    return array
