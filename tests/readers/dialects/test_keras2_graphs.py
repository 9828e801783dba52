"""Whole models of Keras 2: wiring, models inside, operations of TensorFlow."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from rnncli import library
from rnncli.config import parse, text_of
from rnncli.planning.plan import plan
from rnncli.problems import Source, errors
from rnncli.readers.dialects.changes import Changes
from rnncli.readers.dialects.keras2 import open_model, upgraded
from rnncli.readers.saved import SavedModel
from rnncli.readers.translation.graph import translate
from rnncli.report.report import Report
from tests.readers.dialects.keras2_models import GRAPHS, operations
from tests.readers.dialects.test_keras2 import (
    architecture,
    arrays,
    drawn,
    in_keras_3_or_none,
    keras2,
    read,
)

pytestmark = pytest.mark.keras
__all__ = ["drawn", "keras2"]


def planned(saved: SavedModel) -> Report:
    translated = translate(saved, "model.h5")
    assert not errors(translated.problems), translated.problems
    report = plan(parse(Source("model.h5", text_of("model.h5", translated.data))))
    assert not errors(report.problems), (report.problems, translated.data)
    return report


def shapes(report: Report) -> list[tuple[int | None, ...]]:
    tensors = {
        f"{layer.name}.{tensor.name}": tensor
        for layer in report.layers
        for tensor in (*layer.outputs, *layer.states)
    }
    return [tuple(tensors[name].shape) for name in report.outputs]


class Graph:
    """A builder in the shape that the fixture ``drawn`` takes."""

    def __init__(self, build: Any) -> None:
        self.model = build


@pytest.mark.parametrize("name", GRAPHS)
def test_the_plan_of_a_model_is_what_keras_2_makes(name, keras2, drawn):
    model, path, _, expected = drawn(Graph(GRAPHS[name]), name.replace(" ", "_"))
    report = planned(read(path))
    assert report.totals.params == model.count_params()
    assert [shape[1:] for shape in shapes(report)] == [x.shape[1:] for x in expected]
    assert library.plan(library.load(path)).agreement.agrees


@pytest.mark.parametrize("name", GRAPHS)
def test_keras_3_makes_the_same_of_the_rewritten_architecture(name, keras, keras2, drawn):
    model, path, batch, expected = drawn(Graph(GRAPHS[name]), name.replace(" ", "_"))
    document, _ = architecture(path)
    made = live(keras, upgraded(document, Changes("h5", "model.h5")))
    made.set_weights(model.get_weights())
    assert _apart(made(batch), expected) < 1e-5


@pytest.mark.parametrize("name", GRAPHS)
def test_keras_3_loads_a_model_or_a_problem_says_not(name, keras, keras2, drawn):
    _, path, batch, expected = drawn(Graph(GRAPHS[name]), name.replace(" ", "_"))
    problems = read(path).problems
    loaded = in_keras_3_or_none(keras, path)
    assert (loaded is None) == bool(problems)
    assert loaded is None or _apart(loaded(batch), expected) < 1e-5


def test_operations_of_tensorflow_are_those_of_keras_3(keras, keras2):
    import tensorflow as tf

    rng = np.random.default_rng(0)
    batch = [rng.normal(size=(3, 5, 8)).astype("float32") for _ in range(2)]
    inputs, tensors = operations(keras2)
    for name, tensor in tensors.items():
        model = keras2.Model(inputs, tensor)
        document = json.loads(model.to_json())
        changes = Changes("json", "model.json")
        made = live(keras, upgraded(document, changes))
        assert _apart(made(batch), model(batch)) < 1e-5, name
        assert "tensorflow-operations" in {problem.code for problem in changes.problems()}
        report = planned(open_model(document, "model.json"))
        assert [shape[1:] for shape in shapes(report)] == [
            tuple(x.shape)[1:] for x in tf.nest.flatten(model(batch))
        ], name


def live(keras: Any, document: dict[str, Any]) -> Any:
    """The model that Keras 3 makes of a rewritten architecture."""
    _complete(document)
    return keras.models.model_from_json(json.dumps(document))


def _complete(document: Any) -> None:
    """Adds what Keras 3 alone knows: shapes of tensors, and outputs of models counted from 1."""
    if isinstance(document, list):
        for item in document:
            _complete(item)
    if not isinstance(document, dict):
        return
    for item in document.values():
        _complete(item)
    if "keras_history" in document:
        document |= {"shape": [None], "dtype": "float32"}
    if "output_layers" in document:
        inside = {entry["name"] for entry in document["layers"] if "functional" in entry["module"]}
        ends = document["output_layers"]
        for history in _histories(ends):
            history[1] += history[0] in inside


def _histories(ends: Any) -> list[Any]:
    if isinstance(ends, dict):
        return list(ends.values())
    return [ends] if isinstance(ends[0], str) else ends


def _apart(a: Any, b: Any) -> float:
    """The largest difference of all numbers."""
    pairs = zip(arrays(a), arrays(b), strict=True)
    return max(float(np.max(np.abs(x.astype("float64") - y))) for x, y in pairs)
