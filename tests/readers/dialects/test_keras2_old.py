"""Files as older versions of Keras 2 wrote them, made of what live Keras 2 writes.

Each has one cause for which live Keras 3 refuses it, or computes other numbers.
"""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from rnncli.readers.dialects.keras2 import match, open_model
from rnncli.readers.saved import SavedCall, SavedTensor
from tests.readers.dialects.test_keras2 import arrays, drawn, in_keras_3_or_none, keras2, read
from tests.readers.dialects.test_keras2_graphs import Graph, planned, shapes

pytestmark = pytest.mark.keras
__all__ = ["drawn", "keras2"]

# What Keras 2 did not write before TensorFlow 2, or before version 2.13.
_NEW = ("time_major", "ragged", "groups", "optional", "module", "registered_name", "build_config")


def rewritten(path: Path, edit: Callable[[dict[str, Any]], None] | None, keep: str = "") -> None:
    """Makes the file one of an older Keras 2."""
    with h5py.File(path, "r+") as file:
        document = json.loads(file.attrs["model_config"])
        _without(document, [name for name in _NEW if name != keep])
        if edit:
            edit(document)
        file.attrs["model_config"] = json.dumps(document)
        file.attrs["keras_version"] = "2.2.0"


def _without(value: Any, names: list[str]) -> None:
    for item in value if isinstance(value, list) else ():
        _without(item, names)
    if isinstance(value, dict):
        for name in names:
            value.pop(name, None)
        for item in value.values():
            _without(item, names)


def stack(*layers: Callable[[Any], Any], shape: tuple[int, ...] = (5, 8)) -> Callable[[Any], Any]:
    """A builder of a Sequential model."""

    def build(keras2: Any) -> Any:
        made = [layer(keras2.layers) for layer in layers]
        return keras2.Sequential([keras2.layers.Input(shape), *made], name="stack")

    return build


def without_input_layer(document: dict[str, Any]) -> None:
    first, *layers = document["config"]["layers"]
    layers[0]["config"]["batch_input_shape"] = first["config"]["batch_input_shape"]
    document["config"]["layers"] = layers


def bare_list(document: dict[str, Any]) -> None:
    document["config"] = document["config"]["layers"]


def as_cudnn(document: dict[str, Any]) -> None:
    layer = document["config"]["layers"][1]
    layer["class_name"] = f"CuDNN{layer['class_name']}"
    for name in ("activation", "recurrent_activation", "use_bias", "dropout", "unroll",
                 "recurrent_dropout", "implementation", "reset_after"):  # fmt: skip
        layer["config"].pop(name, None)


def without_reset_after(document: dict[str, Any]) -> None:
    del document["config"]["layers"][1]["config"]["reset_after"]


def with_initializer_dtype(document: dict[str, Any]) -> None:
    document["config"]["layers"][1]["config"]["kernel_initializer"]["config"]["dtype"] = "float32"


def _seq2seq(keras2: Any) -> Any:
    layers = keras2.layers
    x, h, c = layers.Input((5, 8)), layers.Input((3,)), layers.Input((3,))
    return keras2.Model([x, h, c], layers.LSTM(3, name="lstm")(x, initial_state=[h, c]))


def _dense(layers: Any) -> Any:
    return layers.Dense(3, name="dense")


def _lstm(layers: Any) -> Any:
    return layers.LSTM(3, name="lstm")


CASES: dict[str, tuple[Callable[[Any], Any], Any, str, set[str]]] = {
    "nothing": (stack(_dense), None, "", set()),
    "a recurrent layer": (stack(_lstm), None, "", set()),
    "time_major": (stack(_lstm), None, "time_major", {"keras-3-refuses"}),
    "no input layer": (stack(_lstm), without_input_layer, "", {"batch-input-shape"}),
    "no input layer, dense": (stack(_dense), without_input_layer, "", {"batch-input-shape"}),
    "a list": (stack(_dense), bare_list, "", {"sequential-list"}),
    "states": (_seq2seq, None, "", {"states-as-inputs"}),
    "a wrapper": (
        stack(lambda layers: layers.Bidirectional(_lstm(layers), name="both")),
        None, "", {"no-module-inside"},
    ),
    "a cell": (
        stack(lambda layers: layers.RNN(layers.GRUCell(3), name="rnn")),
        None, "", {"no-module-inside"},
    ),
    "hard_sigmoid": (
        stack(lambda layers: layers.LSTM(3, recurrent_activation="hard_sigmoid", name="lstm")),
        None, "", {"hard-sigmoid-changed"},
    ),
    "a GRU": (
        stack(lambda layers: layers.GRU(3, reset_after=False, name="gru")),
        without_reset_after, "", {"no-reset-after"},
    ),
    "a GRU that says so": (
        stack(lambda layers: layers.GRU(3, reset_after=False, name="gru")), None, "", set(),
    ),
    "CuDNNLSTM": (stack(_lstm), as_cudnn, "", {"cudnn-layer"}),
    "CuDNNGRU": (
        stack(lambda layers: layers.GRU(3, name="gru")), as_cudnn, "", {"cudnn-layer"},
    ),
    "an initializer's dtype": (stack(_dense), with_initializer_dtype, "", {"keras-3-refuses"}),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_keras_3_refuses_it_for_this_cause_alone(name, keras, keras2, drawn):
    build, edit, keep, codes = CASES[name]
    model, path, batch, expected = drawn(Graph(build), f"old {name}")
    rewritten(path, edit, keep)
    saved = read(path)
    assert {problem.code for problem in saved.problems} == codes
    report = planned(saved)
    assert report.totals.params == model.count_params()
    assert [shape[1:] for shape in shapes(report)] == [x.shape[1:] for x in expected]
    returned = _returned(keras, path, batch)
    if codes <= {"hard-sigmoid-changed"}:
        assert returned is not None
        apart = max(np.max(np.abs(a - b)) for a, b in zip(returned, expected, strict=True))
        assert apart > 1e-3 if codes else apart < 1e-5
    else:
        assert returned is None


def _returned(keras: Any, path: Path, batch: Any) -> Any:
    """What Keras 3 returns for the batch; None if it refuses the file, or the batch."""
    loaded = in_keras_3_or_none(keras, path)
    try:
        return None if loaded is None else arrays(loaded(batch))
    except ValueError:
        return None


def test_the_old_class_of_a_cudnn_layer_is_kept(keras2, drawn):
    _, path, _, _ = drawn(Graph(stack(lambda layers: layers.GRU(3, name="gru"))), "written as")
    rewritten(path, as_cudnn)
    layer = read(path).layers[-1]
    assert (layer.cls, layer.written_as, layer.config["reset_after"]) == ("GRU", "CuDNNGRU", True)


def test_hdf5_under_the_name_of_a_zip_is_refused(keras, keras2, drawn):
    _, path, _, _ = drawn(Graph(stack(_dense)), "named")
    named = path.with_suffix(".keras")
    shutil.copy(path, named)
    assert [problem.code for problem in read(named).problems] == ["named-keras"]
    assert in_keras_3_or_none(keras, named) is None


def test_json_of_keras_2_is_refused(keras, keras2, drawn):
    model, _, _, _ = drawn(Graph(stack(_dense)), "json")
    text = model.to_json()
    assert match(json.loads(text), None)
    (problem,) = open_model(json.loads(text), "model.json").problems
    assert problem.code == "no-module"
    with pytest.raises(TypeError, match="Could not locate class 'Sequential'"):
        keras.models.model_from_json(text)
    with pytest.raises(TypeError, match="Could not locate class 'Functional'"):
        keras.models.model_from_json(_functional(keras2).to_json())


def _functional(keras2: Any) -> Any:
    x = keras2.layers.Input((5, 8))
    return keras2.Model(x, keras2.layers.Dense(3)(x))


ZIPS: dict[str, tuple[Callable[[Any], Any], set[str]]] = {
    "functional": (_functional, {"keras-2-zip"}),
    "a stack": (stack(_dense), set()),
    "recurrent": (stack(_lstm), {"keras-3-refuses"}),
    "hard_sigmoid": (
        stack(lambda layers: layers.Dense(3, activation="hard_sigmoid")),
        {"hard-sigmoid-changed"},
    ),
    "several axes": (stack(lambda layers: layers.LayerNormalization(axis=[1, 2])), set()),
    "one axis": (stack(lambda layers: layers.BatchNormalization()), {"keras-3-refuses"}),
    "a shape": (
        stack(lambda layers: layers.Dense(3, input_shape=(5, 8))), {"keras-3-refuses"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ZIPS)
def test_a_zip_of_keras_2_is_refused_for_the_cause_that_is_named(name, keras, keras2, tmp_path):
    build, codes = ZIPS[name]
    model, path = build(keras2), tmp_path / "model.keras"
    model.save(path)
    document = json.loads(zipfile.ZipFile(path).read("config.json"))
    assert {problem.code for problem in open_model(document, str(path)).problems} == codes
    loaded = in_keras_3_or_none(keras, path)
    assert (loaded is None) == bool(codes - {"hard-sigmoid-changed"})
    if loaded is not None:
        batch = np.random.default_rng(0).normal(size=(3, 5, 8)).astype("float32")
        apart = np.max(np.abs(np.asarray(loaded(batch)) - np.asarray(model(batch))))
        assert apart > 1e-3 if codes else apart < 1e-5


def test_the_oldest_states_are_read_as_states():
    layers = [
        _entry("InputLayer", "x", {"batch_input_shape": [None, 5, 8]}, []),
        _entry("InputLayer", "h", {"batch_input_shape": [None, 3]}, []),
        _entry("GRU", "gru", {"units": 3}, [[["x", 0, 0, {}], ["h", 0, 0, {}]]]),
    ]
    ends = {"input_layers": [["x", 0, 0], ["h", 0, 0]], "output_layers": [["gru", 0, 0]]}
    saved = open_model({"class_name": "Model", "config": {"layers": layers, **ends}}, "x.h5")
    (call,) = saved.layers[-1].calls
    assert call == SavedCall((SavedTensor("x"),), {"initial_state": [SavedTensor("h")]})


def _entry(cls: str, name: str, config: dict[str, Any], nodes: list[Any]) -> dict[str, Any]:
    config = {"name": name, **config}
    return {"class_name": cls, "name": name, "config": config, "inbound_nodes": nodes}
