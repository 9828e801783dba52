"""Files of Keras 2, written by live Keras 2, are read as live Keras 3 needs them."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from rnncli import library
from rnncli.problems import errors
from rnncli.readers.dialects.keras2 import match, open_model
from rnncli.readers.saved import SavedLayer, SavedModel
from tests.readers.dialects.keras2_layers import ONE_LAYER, OneLayer

pytestmark = pytest.mark.keras

# With these Keras 3 loads the file, and computes other numbers.
OTHER_NUMBERS = {"hard-sigmoid-changed", "axis-dropped", "mask-not-handed"}
# Keras 3 has none of these.
GONE = {"ThresholdedReLU", "LocallyConnected1D", "LocallyConnected2D", "RandomHeight",
        "RandomWidth"}  # fmt: skip
# Layers whose weights are no parameters.
KEEP = ("Normalization", "TextVectorization")
# Layers that return random numbers.
RANDOM = ("Random",)


@pytest.fixture(scope="session")
def keras2() -> Any:
    """Live Keras 2."""
    return pytest.importorskip("tf_keras")


@pytest.fixture(scope="session")
def drawn(keras2, tmp_path_factory) -> Any:
    """A model with random weights, its file, a batch and what Keras 2 returns for it."""
    folder = tmp_path_factory.mktemp("keras2")

    def draw(case: OneLayer, name: str) -> tuple[Any, Path, Any, list[np.ndarray]]:
        keras2.backend.clear_session()
        model = case.model(keras2)
        rng = np.random.default_rng(0)
        for layer in model.layers:
            if layer.get_weights() and layer.__class__.__name__ not in KEEP:
                layer.set_weights([_random(rng, weight) for weight in layer.get_weights()])
        batch = [_batch(rng, tensor) for tensor in model.inputs]
        inputs = batch if len(batch) > 1 else batch[0]
        path = folder / f"{name}.h5"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.save(path)
        return model, path, inputs, arrays(model(inputs))

    return draw


def _random(rng: Any, weight: np.ndarray) -> np.ndarray:
    # Never negative: some of them are variances.
    return rng.uniform(0.1, 0.9, weight.shape).astype(weight.dtype)


def _batch(rng: Any, tensor: Any) -> Any:
    import tensorflow as tf

    shape = [3, *[size or 5 for size in tensor.shape[1:]]]
    if tensor.dtype == tf.string:
        return tf.constant(rng.choice(["a", "b", "c"], shape))
    if tensor.dtype.is_integer:
        return rng.integers(1, 7, shape).astype(tensor.dtype.name)
    return rng.normal(size=shape).astype("float32")


def arrays(value: Any) -> list[np.ndarray]:
    import tensorflow as tf

    return [np.asarray(tensor) for tensor in tf.nest.flatten(value)]


def architecture(path: Path) -> tuple[dict[str, Any], str]:
    with h5py.File(path) as file:
        return json.loads(file.attrs["model_config"]), file.attrs["keras_version"]


def read(path: Path) -> SavedModel:
    document, version = architecture(path)
    assert match(document, version)
    assert match(document, None)
    return open_model(document, str(path))


def in_keras_3(keras: Any, layer: SavedLayer) -> Any:
    document = {"module": "keras.layers", "class_name": layer.cls, "config": dict(layer.config)}
    return keras.saving.deserialize_keras_object({**document, "registered_name": None})


CASES = [
    pytest.param(case, str(index), id=f"{index}-{case}") for index, case in enumerate(ONE_LAYER)
]


@pytest.mark.parametrize(("case", "name"), CASES)
def test_a_layer_is_the_same_in_keras_3(case, name, keras, drawn):
    model, path, batch, expected = drawn(case, name)
    saved = read(path)
    layer = saved.layers[-1]
    if "not-in-keras-3" in {change.code for change in saved.problems}:
        assert case.cls in GONE or case.arguments["padding"] == "causal"
        assert (layer.kind, layer.cls) == ("custom", case.cls)
        return
    assert (layer.kind, layer.cls, layer.name) == ("layer", case.cls, "it")
    assert layer.written_as is None
    made = in_keras_3(keras, layer)
    given = [*batch] if case.cls == "MultiHeadAttention" else [batch]
    symbolic = keras.tree.map_structure(lambda x: keras.KerasTensor(x.shape, x.dtype), given)
    made(*symbolic)
    old = model.layers[-1].get_weights()
    if case.arguments.get("output_mode") == "tf_idf":
        # Keras 3 has the frequencies in the config alone.
        assert layer.config["idf_weights"] == case.arguments["idf_weights"]
        old = []
    assert [weight.shape for weight in made.weights if weight.dtype != "uint32"] == [
        weight.shape for weight in old
    ]
    if case.cls.startswith(RANDOM) or any(change.code == "time-major" for change in saved.problems):
        return
    if len(old) == len(made.weights):
        made.set_weights(old)
    else:
        for weight, value in zip(
            [w for w in made.weights if w.dtype != "uint32"], old, strict=True
        ):
            weight.assign(value)
    if case.cls == "Normalization":
        made.finalize_state()
    returned = arrays(made(*given))
    assert [x.shape for x in returned] == [x.shape for x in expected]
    apart = max(_apart(a, b) for a, b in zip(returned, expected, strict=True))
    changed = "hard-sigmoid-changed" in {change.code for change in saved.problems}
    assert apart > 1e-3 if changed else apart < 2e-5


def _apart(a: np.ndarray, b: np.ndarray) -> float:
    if a.dtype.kind in "SUO":
        return float(not np.array_equal(a, b))
    return float(np.max(np.abs(a.astype("float64") - b), initial=0))


@pytest.mark.parametrize(("case", "name"), CASES)
def test_the_file_agrees_with_the_plan(case, name, drawn):
    _, path, _, _ = drawn(case, name)
    report = library.plan(library.load(path))
    if case.arguments.get("time_major"):
        assert [problem.code for problem in errors(report.problems)] == ["time-major"]
    else:
        assert not errors(report.problems)
        assert report.agreement.agrees


def in_keras_3_or_none(keras: Any, path: Path) -> Any:
    """The model of a file; None where Keras 3 refuses it, with whatever error."""
    try:
        return keras.models.load_model(path, compile=False)
    except Exception:  # noqa: BLE001
        return None


@pytest.mark.parametrize(("case", "name"), CASES)
def test_keras_3_loads_it_and_computes_the_same_or_a_problem_says_not(case, name, keras, drawn):
    _, path, batch, expected = drawn(case, name)
    codes = {change.code for change in read(path).problems}
    loaded = in_keras_3_or_none(keras, path)
    if loaded is None:
        assert codes - OTHER_NUMBERS or "axis-dropped" in codes
        return
    assert not codes - OTHER_NUMBERS
    if not case.cls.startswith(RANDOM):
        returned = arrays(loaded(batch))
        apart = max(_apart(a, b) for a, b in zip(returned, expected, strict=True))
        assert apart > 1e-3 if codes else apart < 2e-5
