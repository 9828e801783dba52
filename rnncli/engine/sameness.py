"""Random inputs of a model and what Keras returns for them, to hold another program against."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from rnncli.engine.importing import import_keras
from rnncli.engine.keras2_arithmetic import old_hard_sigmoid, with_old_activations
from rnncli.engine.output_capture import captured_output
from rnncli.engine.random_inputs import random_tensors
from rnncli.engine.running import seed_all
from rnncli.engine.settings import as_planned
from rnncli.engine.stored_weights import layers_of_whole, load_weights
from rnncli.engine.tensors import numbers_of
from rnncli.engine.whole_model import whole_model
from rnncli.model.graph import Model
from rnncli.model.lengths import lengths_of
from rnncli.model.tensor_names import is_stateful
from rnncli.report.model_file import ModelFile
from rnncli.report.report import Report

_BATCH = 3


class Trial(msgspec.Struct, frozen=True):
    """Random inputs, and the outputs of Keras; ``where`` says at which lengths."""

    where: str
    inputs: tuple[Any, ...]
    outputs: tuple[Any, ...]


class Difference(msgspec.Struct, frozen=True):
    """The largest difference in a trial: as it is, and relative to a largest number above 1."""

    where: str
    absolute: float
    relative: float

    @property
    def said(self) -> str:
        """The difference as a message says it."""
        return f"the largest difference is {self.absolute:.1e}"


def as_written(model: Model, file: ModelFile | None) -> Model:
    """Returns a model with the activations of the Keras that wrote its file."""
    return with_old_activations(model) if file and file.predates_keras_3 else model


def built(model: Model, seed: int, file: ModelFile | None = None) -> Any:
    """Returns a model in Keras on TensorFlow, with the weights of its file or random ones.

    Raises:
        EngineMissing: Keras or TensorFlow cannot be imported.
        WeightsDoNotFit: the arrays of the file do not fit a layer.
    """
    with captured_output():
        keras = import_keras("tensorflow")
        with as_planned(keras):
            seed_all(seed)
            # Keras finds a function by its name where a wrapper makes a copy of its layer.
            with keras.saving.custom_object_scope({old_hard_sigmoid.__name__: old_hard_sigmoid}):
                whole = whole_model(model)
            if file is not None:
                load_weights(layers_of_whole(whole), file)
            return whole


def origin_of(file: ModelFile | None) -> str:
    """Where the weights are from, as a note says it."""
    if file is None or file.weights is None:
        return (
            "with random weights" if file is None else "with random weights, as the file has none"
        )
    return f"with the weights of {file.path}"


def trials(model: Model, report: Report, seed: int, keras_model: Any) -> Iterator[Trial]:
    """Runs the model on two random batches: of two lengths, where a length is unknown."""
    import keras

    batch = model.batch or 1 if any(is_stateful(node.layer) for node in model.nodes) else _BATCH
    for number, lengths in enumerate(_lengths(report)):
        with captured_output(), as_planned(keras):
            tensors = random_tensors(model, batch, lengths, seed + number)
            inputs = [*tensors.values()]
            returned = keras_model(inputs if len(inputs) > 1 else inputs[0], training=False)
        if isinstance(returned, dict):
            returned = [returned[name] for name in model.output_names or ()]
        outputs = [numbers_of(tensor) for tensor in keras.tree.flatten(returned)]
        yield Trial(_where(lengths), tuple(map(numbers_of, inputs)), tuple(outputs))


def difference(trial: Trial, outputs: Sequence[Any]) -> Difference:
    """Compares outputs with those of Keras; another shape differs infinitely."""
    import numpy as np

    absolute = relative = 0.0
    for expected, output in zip(trial.outputs, outputs, strict=True):
        if expected.shape != output.shape:
            return Difference(trial.where, float("inf"), float("inf"))
        # Infinities and NaN are the same as themselves.
        same = np.isclose(expected, output, rtol=0, atol=0, equal_nan=True)
        distances = np.abs(expected.astype("float64") - output)[~same]
        distance = float(np.nan_to_num(distances, nan=np.inf).max(initial=0.0))
        absolute = max(absolute, distance)
        relative = max(relative, distance / _scale(expected))
    return Difference(trial.where, absolute, relative)


def _scale(numbers: Any) -> float:
    """The largest finite number, if that is above 1."""
    import numpy as np

    return max(1.0, float(np.abs(numbers[np.isfinite(numbers)]).max(initial=0.0)))


def largest(differences: Iterable[Difference]) -> Difference:
    """The largest difference of several trials."""
    return max(differences, key=lambda difference: difference.relative)


def _lengths(report: Report) -> Iterator[dict[str, list[int]]]:
    """The lengths of the trials, by input: those of the plan, and others where any is unknown."""
    planned = {name: [*sizes] for name, sizes in lengths_of(report).items()}
    yield planned
    yield {name: [size + 3 for size in sizes] for name, sizes in planned.items()}


def places(differences: Iterable[Difference]) -> str:
    """Where the differences were looked at."""
    return " and ".join(dict.fromkeys(difference.where for difference in differences))


def _where(lengths: dict[str, list[int]]) -> str:
    sizes = list(dict.fromkeys(size for sizes in lengths.values() for size in sizes))
    if not sizes:
        return "on random batches"
    several = "s" if len(sizes) > 1 else ""
    return f"at length{several} {', '.join(map(str, sizes))}"
