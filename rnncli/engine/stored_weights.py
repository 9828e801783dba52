"""Reads the arrays of a model file, and gives them to the built layers of its model."""

from __future__ import annotations

import io
import math
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from rnncli.engine.errors import WeightsDoNotFit
from rnncli.engine.old_weights import in_keras_3
from rnncli.engine.passing import BuiltModel
from rnncli.engine.whole_model import layers_of
from rnncli.report.model_file import ModelFile, StoredWeight

# The member of a .keras file that has the arrays.
_WEIGHTS = "model.weights.h5"


def load_weights(layers: Mapping[str, Any], file: ModelFile, strict: bool = True) -> None:
    """Gives built layers, by path, the arrays that a file stores for them.

    If not ``strict``, layers whose arrays do not fit keep their random weights.

    Raises:
        WeightsDoNotFit: the arrays of a layer have other shapes than its weights, or cannot be
            read.
    """
    if not file.has_arrays:
        return
    with _opened(file) as stored:
        for path, entries in _shares(layers, file).items():
            if entries or layers[path].weights:
                try:
                    _assign(path, layers[path], stored, entries, file)
                except WeightsDoNotFit:
                    if strict:
                        raise


def copy_weights(layers: Mapping[str, Any], others: Mapping[str, Any]) -> None:
    """Gives built layers, by path, the weights of the layers with the same paths."""
    for path, layer in layers.items():
        layer.set_weights(others[path].get_weights())
        _derive(layer)


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


def _shares(layers: Mapping[str, Any], file: ModelFile) -> dict[str, Sequence[StoredWeight]]:
    """Returns the arrays of each layer in the order of its ``weights``.

    A file may have those of a model inside together, under the path of the model.
    """
    weights = file.weights or {}
    shares: dict[str, Sequence[StoredWeight]] = {}
    together: dict[str, dict[str, Any]] = {}
    for path, layer in layers.items():
        model = next((above for above in _above(path) if above in weights), None)
        if model is not None and path not in weights:
            together.setdefault(model, {})[path] = layer
        else:
            shares |= _divided({path: layer}, weights.get(path, ()), file)
    for model, inner in together.items():
        shares |= _divided(inner, weights[model], file)
    return shares


def _divided(
    layers: Mapping[str, Any], entries: Sequence[StoredWeight], file: ModelFile
) -> dict[str, Sequence[StoredWeight]]:
    """Divides arrays among layers. HDF5 files have first what is trained, of all the layers."""
    in_order = [weight for layer in layers.values() for weight in layer.weights]
    stored = in_order
    if file.format == "keras-h5":
        trained = [weight for layer in layers.values() for weight in layer.trainable_weights]
        known = {id(weight) for weight in trained}
        stored = trained + [weight for weight in in_order if id(weight) not in known]
    if len(stored) != len(entries):
        # Earlier versions stored more arrays, or fewer; those of one layer may fit all the same.
        return dict.fromkeys(layers, entries)
    by_weight = dict(zip(map(id, stored), entries, strict=True))
    return {
        path: [by_weight[id(weight)] for weight in layer.weights] for path, layer in layers.items()
    }


def _above(path: str) -> list[str]:
    """The paths of the models that a layer is in: ``a`` and ``a/b`` for ``a/b/lstm``."""
    parts = path.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts))]


def _assign(
    path: str, layer: Any, stored: Any, entries: Sequence[StoredWeight], file: ModelFile
) -> None:
    expected = [tuple(weight.shape) for weight in layer.weights]
    # No form of older versions has more than twice the numbers: others are not read at all.
    if _size([entry.shape for entry in entries]) <= 2 * _size(expected):
        arrays = in_keras_3(layer, [_array(stored, entry) for entry in entries], file.backend)
        if [tuple(array.shape) for array in arrays] == expected:
            for weight, array in zip(layer.weights, arrays, strict=True):
                weight.assign(array)
            _derive(layer)
            return
    raise WeightsDoNotFit.of_layer(path, [entry.shape for entry in entries], expected)


def _derive(layer: Any) -> None:
    """Lets a layer that was adapted derive from its weights what it computes with."""
    if hasattr(layer, "finalize_state"):
        layer.finalize_state()


def _size(shapes: Sequence[tuple[int, ...]]) -> int:
    return sum(math.prod(shape) for shape in shapes)


@contextmanager
def _opened(file: ModelFile) -> Iterator[Any]:
    """Opens the group of the HDF5 file to which the paths of the arrays are relative.

    Raises:
        WeightsDoNotFit: the file cannot be read.
    """
    import h5py

    try:
        with ExitStack() as stack:
            place: Any = file.path if file.content is None else io.BytesIO(file.content)
            readable = place
            if file.format == "keras-zip":
                readable = stack.enter_context(tempfile.TemporaryFile())
                archive = stack.enter_context(zipfile.ZipFile(place))
                with archive.open(_WEIGHTS) as member:
                    shutil.copyfileobj(member, readable)
            stored = stack.enter_context(h5py.File(readable, "r"))
            yield stored.get("model_weights", stored)
    except (OSError, KeyError, RuntimeError, zipfile.BadZipFile) as error:
        raise WeightsDoNotFit(f"the weights in {file.path} cannot be read: {error}") from error


def _array(stored: Any, entry: StoredWeight) -> Any:
    """Reads an array; h5py has no dtype for bfloat16, and returns its bytes."""
    import numpy as np

    path = entry.path
    # Keras 2.15 wrote the separators of Windows there.
    array = np.asarray(stored[path if path in stored else path.replace("/", "\\")])
    if array.dtype.kind == "V":
        import ml_dtypes

        return array.view(ml_dtypes.bfloat16)
    return array
