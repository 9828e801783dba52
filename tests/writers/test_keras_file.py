"""Files of Keras 2 brought to Keras 3, held against live Keras 2."""

from __future__ import annotations

import json

import h5py
import numpy as np
import pytest
from msgspec.structs import replace

from rnncli.config import parse
from rnncli.engine.random_inputs import random_tensors
from rnncli.engine.tensors import numbers_of
from rnncli.model.binding import bind
from rnncli.model.lengths import lengths_of
from rnncli.planning.plan import plan
from rnncli.problems import Source
from rnncli.readers.reading import read_spec
from rnncli.report.model_file import ModelFile
from rnncli.writers import keras_file
from rnncli.writers.writer import CannotWrite, Convertible
from tests.conftest import ROOT
from tests.engine.test_old_weights import INPUTS, UNITS, cudnn_gru, cudnn_lstm
from tests.writers.keras2 import keras2_model
from tests.writers.keras2_configs import CHANGED, REFUSED, ROUNDED, SAME

pytestmark = pytest.mark.usefixtures("keras")


@pytest.fixture(scope="session")
def tf_keras(keras):
    return pytest.importorskip("tf_keras", reason="tf-keras is not installed")


def migrated(keras, old, spec, folder):
    """The largest difference of a file that was brought to Keras 3, and the notes on it."""
    report = plan(spec)
    model = bind(spec)
    written = keras_file.write(Convertible(spec, model, report))
    path = folder / "new.keras"
    path.write_bytes(written.files[".keras"])
    new = keras.models.load_model(path)
    batch = model.batch or 3
    entering = [*random_tensors(model, batch, lengths_of(report), 5).values()]
    numbers = [numbers_of(tensor) for tensor in entering]
    numbers = numbers if len(numbers) > 1 else numbers[0]
    expected = old.predict(numbers, batch_size=batch, verbose=0)
    returned = new.predict(numbers, batch_size=batch, verbose=0)
    assert [layer.name for layer in new.layers if layer.name in {each.name for each in old.layers}]
    differences = [
        np.abs(np.subtract(*pair)).max()
        for pair in zip(keras.tree.flatten(expected), keras.tree.flatten(returned), strict=True)
    ]
    return max(differences), written.notes


@pytest.mark.parametrize("name", SAME)
def test_same_numbers(keras, tf_keras, tmp_path, name):
    old = keras2_model(tf_keras, SAME[name])
    old.save(tmp_path / "old.h5")
    difference, _ = migrated(keras, old, read_spec(str(tmp_path / "old.h5")), tmp_path)
    assert difference <= (3e-7 if name in ROUNDED else 0.0)


@pytest.mark.parametrize("name", CHANGED)
def test_hard_sigmoid(keras, tf_keras, tmp_path, name):
    old = keras2_model(tf_keras, CHANGED[name])
    old.save(tmp_path / "old.h5")
    difference, notes = migrated(keras, old, read_spec(str(tmp_path / "old.h5")), tmp_path)
    assert difference <= 5e-6
    assert any("1.2" in note for note in notes)


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_scaling_makes_exact(name):
    spec = parse(Source("model.yaml", REFUSED[name]))
    old = replace(spec, file=ModelFile(path="old.h5", format="keras-h5", keras="2.2.4"))
    with pytest.raises(CannotWrite) as refused:
        keras_file.write(Convertible(old, bind(old), plan(old)))
    assert [problem.code for problem in refused.value.problems] == ["hard-sigmoid-not-exact"]


def test_files_of_keras_2_of_the_new_format(keras, tf_keras, tmp_path):
    text = CHANGED["masked Bidirectional"]
    old = keras2_model(tf_keras, text)
    old.save(tmp_path / "old.keras")
    difference, _ = migrated(keras, old, read_spec(str(tmp_path / "old.keras")), tmp_path)
    assert difference <= 5e-6


def test_a_file_of_keras_3_keeps_its_numbers(keras, tmp_path):
    """hard_sigmoid is Keras 3's there, and no weight is scaled."""
    layers = keras.layers
    model = keras.Sequential(
        [layers.Input((6, 4)), layers.LSTM(3, recurrent_activation="hard_sigmoid")]
    )
    for suffix in (".keras", ".h5"):
        model.save(tmp_path / f"old{suffix}")
        spec = read_spec(str(tmp_path / f"old{suffix}"))
        difference, notes = migrated(keras, model, spec, tmp_path)
        assert (difference, len(notes)) == (0.0, 1)


@pytest.mark.parametrize("wrapped", [False, True], ids=["alone", "Bidirectional"])
@pytest.mark.parametrize("name", ["LSTM", "GRU"])
def test_layers_of_cudnn(keras, tf_keras, tmp_path, name, wrapped):
    """Keras 2 runs them on a GPU alone, so that the file is made of one without, and a formula
    has the numbers."""
    x = np.random.default_rng(3).standard_normal((2, 4, INPUTS)).astype("float32")
    arrays, expected = {"LSTM": cudnn_lstm, "GRU": cudnn_gru}[name](x)
    layer = {"class_name": f"CuDNN{name}", "config": {"name": "rnn", "units": UNITS}}
    if wrapped:
        _, backward = {"LSTM": cudnn_lstm, "GRU": cudnn_gru}[name](x[:, ::-1])
        expected, arrays = np.concatenate([expected, backward], axis=-1), arrays * 2
        layer = {"class_name": "Bidirectional", "config": {"name": "both", "layer": layer}}
    layer["config"]["batch_input_shape"] = [None, 4, INPUTS]
    path = tmp_path / "old.h5"
    with h5py.File(path, "w") as file:
        config = {"class_name": "Sequential", "config": {"name": "old", "layers": [layer]}}
        file.attrs["model_config"] = json.dumps(config)
        file.attrs["keras_version"] = "2.2.4"
        group = file.create_group("model_weights")
        owner = layer["config"]["name"]
        group.attrs["layer_names"] = [owner]
        names = [f"{owner}/{number}/weight:0" for number in range(len(arrays))]
        for weight, array in zip(names, arrays, strict=True):
            group.create_dataset(f"{owner}/{weight}", data=array)
        group[owner].attrs["weight_names"] = names
    spec = read_spec(str(path))
    written = keras_file.write(Convertible(spec, bind(spec), plan(spec)))
    (tmp_path / "new.keras").write_bytes(written.files[".keras"])
    new = keras.models.load_model(tmp_path / "new.keras")
    np.testing.assert_allclose(new.predict(x, verbose=0), expected, atol=2e-6)
    assert wrapped or any(f"CuDNN{name}" in note for note in written.notes)


def test_nothing_is_written_if_the_numbers_differ(tf_keras, tmp_path, monkeypatch):
    """The proof does not trust the scaling."""
    keras2_model(tf_keras, CHANGED["LSTM"]).save(tmp_path / "old.h5")
    monkeypatch.setattr("rnncli.engine.keras_file.scale", lambda whole: None)
    spec = read_spec(str(tmp_path / "old.h5"))
    with pytest.raises(CannotWrite) as refused:
        keras_file.write(Convertible(spec, bind(spec), plan(spec)))
    assert [problem.code for problem in refused.value.problems] == ["migration-differs"]


def test_weights_of_another_model(tf_keras, tmp_path):
    keras2_model(tf_keras, SAME["LSTM"]).save(tmp_path / "old.h5")
    spec = read_spec(str(tmp_path / "old.h5"))
    changed = replace(parse(Source("a.yaml", "input: [6, 4]\nlayers: [LSTM: 5]")), file=spec.file)
    with pytest.raises(CannotWrite) as refused:
        keras_file.write(Convertible(changed, bind(changed), plan(changed)))
    assert [problem.code for problem in refused.value.problems] == ["weights-do-not-fit"]


SLOW = {"deepspeech2", "hierarchical_attention", "luong_translator", "transformer_translator"}
CONFIGS = [
    pytest.param(path, marks=[pytest.mark.slow] if path.stem in SLOW else [])
    for path in sorted((ROOT / "configs").rglob("*.yaml"))
]


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_configs(keras, tmp_path, path):
    """Stock Keras loads the file, with the names of the config; random numbers it has no layer for."""
    spec = read_spec(str(path))
    model, report = bind(spec), plan(spec)
    if path.stem in ("custom_layer", "sketch_rnn", "vae"):
        with pytest.raises(CannotWrite) as refused:
            keras_file.write(Convertible(spec, model, report))
        assert {problem.code for problem in refused.value.problems} == {"not-in-keras-file"}
        return
    written = keras_file.write(Convertible(spec, model, report))
    assert written.notes[0].startswith("the weights are random, of seed 0")
    (tmp_path / "new.keras").write_bytes(written.files[".keras"])
    new = keras.models.load_model(tmp_path / "new.keras")
    assert new.count_params() == report.totals.params
    names = {node.shared_with or node.layer.name for node in model.nodes}
    assert {layer.name for layer in new.operations} >= names
