"""Model → a Keras 3 file, loaded again and held against the same weights in the engine."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import msgspec

from rnncli.engine.importing import import_keras
from rnncli.engine.keras2_arithmetic import (
    old_hard_sigmoid,
    scale,
    with_old_activations,
    with_scaled_activations,
)
from rnncli.engine.output_capture import captured_output
from rnncli.engine.passing import BuiltModel, through
from rnncli.engine.random_inputs import random_tensors, symbols
from rnncli.engine.running import seed_all
from rnncli.engine.settings import as_planned
from rnncli.engine.stored_weights import (
    built_layers,
    copy_weights,
    layers_of_whole,
    load_weights,
)
from rnncli.engine.tensors import numbers_of
from rnncli.engine.tracing import predicted
from rnncli.engine.whole_model import whole_model
from rnncli.model.graph import Model
from rnncli.model.lengths import Lengths
from rnncli.report.model_file import ModelFile


class KerasFile(msgspec.Struct, frozen=True):
    """A Keras 3 file, and how it differs from the model under the arithmetic of its origin.

    ``difference`` is the largest between outputs of both on one random batch, and ``largest`` the
    largest number that they were compared with. ``keras`` is the version that wrote the file.
    """

    data: bytes
    difference: float
    largest: float
    batch: int
    keras: str


def keras_file(
    model: Model, file: ModelFile | None, batch: int, length: Lengths | None, seed: int
) -> KerasFile:
    """Returns the model as a Keras 3 file, with the weights of ``file`` or random ones.

    Raises:
        EngineMissing: Keras, or the engine below it, cannot be imported.
        KerasFailed: Keras raised an error on one of the layers.
        WeightsDoNotFit: the arrays of the file do not fit a layer.
    """
    with captured_output():
        keras = import_keras()
        with as_planned(keras):
            return _keras_file(model, file, batch, length, seed)


def _keras_file(
    model: Model, file: ModelFile | None, batch: int, length: Lengths | None, seed: int
) -> KerasFile:
    import keras

    is_old = file is not None and file.predates_keras_3
    seed_all(seed)
    whole = whole_model(with_scaled_activations(model) if is_old else model)
    layers = layers_of_whole(whole)
    if file is not None:
        load_weights(layers, file)
    entering = random_tensors(model, batch, length, seed)
    expected = _expected(with_old_activations(model) if is_old else model, layers, entering, batch)
    if is_old:
        scale(whole)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        whole.save(path)
        outputs = _outputs(keras.models.load_model(path), model, entering, batch)
        data = path.read_bytes()
    difference, largest = _difference(outputs, expected)
    return KerasFile(data, difference, largest, batch, keras.__version__)


def _expected(
    model: Model, layers: dict[str, Any], entering: dict[str, Any], batch: int
) -> list[Any]:
    """Returns the outputs of a run layer by layer, with the weights of ``layers``."""
    import keras

    built = BuiltModel()
    # Keras finds a function by its name where a wrapper makes a copy of its layer.
    with keras.saving.custom_object_scope({old_hard_sigmoid.__name__: old_hard_sigmoid}):
        inferred = through(model, built, symbols(model, batch))
    copy_weights(built_layers(built), layers)
    ran = predicted(model, built, entering, inferred)
    return [numbers_of(ran[ref]) for ref in model.outputs]


def _outputs(loaded: Any, model: Model, entering: dict[str, Any], batch: int) -> list[Any]:
    """Returns the outputs of a loaded model in the order of its config."""
    import keras

    inputs = [*entering.values()]
    returned = loaded.predict(inputs if len(inputs) > 1 else inputs[0], batch_size=batch, verbose=0)
    if isinstance(returned, dict):
        return [returned[name] for name in model.output_names or ()]
    return [numbers_of(output) for output in keras.tree.flatten(returned)]


def _difference(outputs: list[Any], expected: list[Any]) -> tuple[float, float]:
    """Returns the largest difference, and the largest finite number; what is no number both
    times does not differ."""
    import numpy as np

    difference = largest = 0.0
    for output, number in zip(outputs, expected, strict=True):
        if output.shape != number.shape:
            return float("inf"), largest
        if number.dtype.kind not in "fiub":
            difference = max(difference, float("inf") if (output != number).any() else 0.0)
            continue
        pair = [np.asarray(array, dtype="float64") for array in (output, number)]
        same = (pair[0] == pair[1]) | (np.isnan(pair[0]) & np.isnan(pair[1]))
        apart = np.abs(np.where(same, 0.0, pair[0]) - np.where(same, 0.0, pair[1]))
        difference = max(difference, float(np.nan_to_num(apart, nan=np.inf).max(initial=0.0)))
        finite = pair[1][np.isfinite(pair[1])]
        largest = max(largest, float(np.abs(finite).max(initial=0.0)))
    return difference, largest
