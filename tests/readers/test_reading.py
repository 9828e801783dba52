"""Model files that live Keras writes, read by every way in: path, standard input, include."""

from __future__ import annotations

import json
import shutil
import zipfile

import numpy as np
import pytest

import rnncli
from rnncli.problems import ConfigError, errors
from tests.conftest import invoke

pytestmark = pytest.mark.usefixtures("keras")


@pytest.fixture(scope="module")
def model():
    import keras
    from keras import layers

    ids = keras.Input((None,), dtype="int32", name="ids")
    embedded = layers.Embedding(10, 4, mask_zero=True, name="embed")(ids)
    encoded, h, c = layers.LSTM(3, return_state=True, name="encoder")(embedded)
    decoded = layers.LSTM(3, return_sequences=True, name="decoder")(embedded, initial_state=[h, c])
    both = layers.Concatenate(name="both")([decoded[:, -1], encoded + h])
    return keras.Model(ids, layers.Dense(2, name="answer")(both), name="translator")


@pytest.fixture(scope="module")
def files(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    for suffix in ("keras", "h5"):
        model.save(folder / f"model.{suffix}")
    (folder / "model.json").write_text(model.to_json())
    return folder


@pytest.mark.parametrize(
    ("suffix", "weights"), [("keras", 9), ("h5", 9), ("json", 0)], ids=["zip", "h5", "json"]
)
def test_a_file_of_each_kind_is_planned_and_agrees(model, files, suffix, weights):
    report = rnncli.plan(rnncli.load(files / f"model.{suffix}"))
    assert not errors(report.problems)
    assert report.name == "translator"
    assert report.totals.params == model.count_params()
    assert report.format == {"keras": "keras-zip", "h5": "keras-h5", "json": "keras-json"}[suffix]
    assert report.agreement.witness == "file"
    assert report.agreement.agrees
    assert report.agreement.compared.weights == weights
    assert report.agreement.compared.states == 2
    # The output of the model is read by nothing, so that no file records its shape.
    named = {layer.name: layer for layer in report.layers}
    assert named["answer"].outputs[0].shape[1:] == model.output.shape[1:]
    assert named["decoder"].initial_state == ("encoder.h", "encoder.c")
    assert named["encoder"].mask == "uses"


def test_the_content_tells_what_a_file_is(files, tmp_path):
    for suffix in ("keras", "h5", "json"):
        path = tmp_path / f"{suffix}.yaml"
        shutil.copy(files / f"model.{suffix}", path)
        assert rnncli.plan(rnncli.load(path)).totals.params == 246


@pytest.mark.parametrize("suffix", ["keras", "h5", "json"])
def test_standard_input(files, suffix):
    with open(files / f"model.{suffix}", "rb") as file:
        outcome = invoke("plan", "-", "--json", given=file.read())
    assert outcome.code == 0
    assert json.loads(outcome.out)["totals"]["params"] == 246


def test_build_runs_the_model_of_a_file(files):
    outcome = invoke("build", str(files / "model.keras"))
    assert outcome.code == 0, outcome.err
    assert "The file agrees with the plan: 9 weights and" in outcome.out
    assert "agrees with the plan: 7 outputs" in outcome.out


def test_a_model_file_is_included(files, tmp_path):
    shutil.copy(files / "model.keras", tmp_path)
    config = tmp_path / "outer.yaml"
    config.write_text(
        "inputs: {words: {shape: [7], dtype: int32}}\n"
        "layers:\n  - include: model.keras\n  - Dense: 5\n"
    )
    report = rnncli.plan(rnncli.load(config))
    assert not errors(report.problems)
    assert report.totals.params == 246 + 5 * 3


def test_a_setting_changes_a_file_and_is_not_held_against_it(files):
    outcome = invoke("plan", str(files / "model.keras"), "--set", "answer.units=7", "--json")
    report = json.loads(outcome.out)
    assert outcome.code == 0
    assert report["totals"]["params"] == 246 + 5 * 7
    assert report["agreement"] is None


def test_a_file_that_disagrees_is_told_and_fails(files, tmp_path):
    path = tmp_path / "model.keras"
    with zipfile.ZipFile(files / "model.keras") as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "config.json":
                data = data.replace(b'"units": 2,', b'"units": 4,')
            new.writestr(name, data)
    outcome = invoke("plan", str(path))
    assert outcome.code == 1
    assert "(6, 2)" in outcome.out
    assert "(6, 4)" in outcome.out
    assert invoke("check", str(path)).code == 1


def test_problems_have_the_layer_and_no_lines(files, tmp_path):
    architecture = json.loads((files / "model.json").read_text())
    layers = architecture["config"]["layers"]
    next(entry for entry in layers if entry["name"] == "answer")["config"]["units"] = -2
    path = tmp_path / "wrong.json"
    path.write_text(json.dumps(architecture))
    report = rnncli.plan(rnncli.load(path))
    (problem,) = errors(report.problems)
    assert problem.layer == "answer"
    assert problem.file == str(path)
    assert (problem.line, problem.column, problem.excerpt, problem.edits) == (None, None, None, ())


def test_custom_layers_are_boxes_with_recorded_shapes_and_stored_weights(keras, tmp_path):
    @keras.saving.register_keras_serializable("mine")
    class Scaled(keras.layers.Layer):
        def build(self, shape):
            self.scale = self.add_weight(shape=(shape[-1], 5), name="scale")

        def call(self, x):
            return x @ self.scale

    x = keras.Input((4, 8))
    y = keras.layers.LSTM(3)(keras.layers.Lambda(lambda t: t * 2)(Scaled(name="scaled")(x)))
    keras.Model(x, y).save(tmp_path / "m.keras")
    report = rnncli.plan(rnncli.load(tmp_path / "m.keras"))
    scaled, doubled, lstm = report.layers
    assert scaled.cls == "mine>Scaled"
    assert scaled.outputs[0].shape == (1, 4, 5)
    assert [weight.shape for weight in scaled.weights] == [(8, 5)]
    assert doubled.cls == "Lambda"
    assert doubled.outputs[0].shape == (1, 4, 5)
    assert lstm.params.total == 4 * (3 * (5 + 3) + 3)
    assert {problem.code for problem in report.problems} == {"custom-layer", "lambda-layer"}
    assert report.agreement.agrees


def test_a_constant_in_the_graph_is_kept(keras, tmp_path):
    x = keras.Input((4, 3))
    table = np.arange(12, dtype="float32").reshape(4, 3)
    keras.Model(x, keras.layers.LSTM(2)(x + table)).save(tmp_path / "m.keras")
    report = rnncli.build(rnncli.load(tmp_path / "m.keras"), values=True)
    assert report.agreement.agrees
    added = np.array(report.layers[0].outputs[0].values)
    np.testing.assert_allclose(added - np.array(report.inputs[0].values), table[None], atol=1e-5)


def test_weights_alone_are_a_table_and_an_error(model, tmp_path):
    path = tmp_path / "only.weights.h5"
    model.save_weights(path)
    outcome = invoke("plan", str(path))
    assert outcome.code == 2
    assert "weights-only" in outcome.err
    assert "246" in outcome.out
    report = json.loads(invoke("plan", str(path), "--json").out)
    assert report["layers"] == []
    assert [problem["code"] for problem in report["problems"]] == ["weights-only"]


def test_a_subclass_has_no_wiring_in_its_file(keras, tmp_path):
    @keras.saving.register_keras_serializable("mine")
    class Own(keras.Model):
        def __init__(self, **more):
            super().__init__(**more)
            self.lstm = keras.layers.LSTM(3)

        def call(self, x):
            return self.lstm(x)

    own = Own()
    own(np.zeros((1, 4, 8), "float32"))
    own.save(tmp_path / "own.keras")
    with pytest.raises(ConfigError) as caught:
        rnncli.load(tmp_path / "own.keras")
    assert [problem.code for problem in caught.value.problems] == ["subclassed"]
