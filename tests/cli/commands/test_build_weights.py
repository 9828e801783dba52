"""build with the weights of a file: its own, or those of --weights."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.writers.keras2 import keras2_model

TEXT = """
input: [6, 4]
layers:
  - LSTM: {units: 3, return_sequences: true}
    name: first
  - LSTM: 2
    name: second
  - Dense: 1
    name: out
"""


@pytest.fixture
def old(keras, tmp_path):
    """A model of Keras 2, and the config that it is made from."""
    tf_keras = pytest.importorskip("tf_keras", reason="tf-keras is not installed")
    (tmp_path / "model.yaml").write_text(TEXT)
    return keras2_model(tf_keras, TEXT)


def values_of(outcome):
    """The values that the run returned, as JSON has them."""
    report = json.loads(outcome.out)
    return np.array(report["layers"][-1]["outputs"][0]["values"], dtype=float)


def expected(model, outcome):
    """What Keras 2 returns for the inputs of a run."""
    report = json.loads(outcome.out)
    return model.predict(np.array(report["inputs"][0]["values"], dtype="float32"), verbose=0)


def check(model, outcome):
    assert outcome.code == 0, outcome.err
    np.testing.assert_allclose(values_of(outcome), expected(model, outcome), atol=1e-6)


@pytest.mark.parametrize("suffix", [".h5", ".keras"])
def test_a_model_file_has_its_own(rnncli, old, tmp_path, suffix):
    path = tmp_path / f"old{suffix}"
    old.save(path)
    check(old, rnncli("build", str(path), "--json", "--values"))
    check(old, rnncli("build", "-", "--json", "--values", given=path.read_bytes()))


@pytest.mark.parametrize("suffix", [".h5", ".weights.h5"])
def test_weights_alone(rnncli, old, tmp_path, suffix):
    """Keras 2 writes both forms, with the names of the layers and without."""
    old.save_weights(tmp_path / f"of{suffix}")
    files = [str(tmp_path / "model.yaml"), "--weights", str(tmp_path / f"of{suffix}")]
    check(old, rnncli("build", *files, "--json", "--values"))


@pytest.mark.parametrize("suffix", [".h5", ".keras"])
def test_weights_of_a_model(rnncli, old, tmp_path, suffix):
    old.save(tmp_path / f"of{suffix}")
    text = TEXT.replace("name: first", "name: a").replace("name: second", "name: b")
    (tmp_path / "model.yaml").write_text(text)
    files = [str(tmp_path / "model.yaml"), "--weights", str(tmp_path / f"of{suffix}")]
    check(old, rnncli("build", *files, "--json", "--values"))


def test_an_architecture_and_its_weights(rnncli, old, tmp_path):
    (tmp_path / "old.json").write_text(old.to_json())
    old.save_weights(tmp_path / "of.h5")
    files = [str(tmp_path / "old.json"), "--weights", str(tmp_path / "of.h5")]
    check(old, rnncli("build", *files, "--json", "--values"))


def test_both_in_one_file(rnncli, keras, old, tmp_path):
    """convert takes the weights of another file as well."""
    (tmp_path / "old.json").write_text(old.to_json())
    old.save_weights(tmp_path / "of.h5")
    new = tmp_path / "new.keras"
    files = [str(tmp_path / "old.json"), str(new), "--weights", str(tmp_path / "of.h5")]
    outcome = rnncli("convert", *files)
    assert outcome.code == 0, outcome.err
    assert (
        "the largest difference to the same weights under the arithmetic of Keras 2" in outcome.err
    )
    x = np.random.default_rng(2).standard_normal((3, 6, 4)).astype("float32")
    loaded = keras.models.load_model(new)
    np.testing.assert_array_equal(loaded.predict(x, verbose=0), old.predict(x, verbose=0))


def test_weights_that_do_not_fit(rnncli, old, tmp_path):
    old.save_weights(tmp_path / "of.h5")
    (tmp_path / "model.yaml").write_text(TEXT.replace("LSTM: 2", "LSTM: 5"))
    files = [str(tmp_path / "model.yaml"), "--weights", str(tmp_path / "of.h5")]
    outcome = rnncli("build", *files)
    assert outcome.code == 2
    assert "weights-do-not-fit" in outcome.err
    assert "second: the plan has kernel (3, 20) float32, and the file" in outcome.err
    assert "Keras" not in outcome.out


def test_what_has_no_weights(rnncli, old, tmp_path):
    (tmp_path / "old.json").write_text(old.to_json())
    for file in ("old.json", "model.yaml", "missing.h5"):
        files = [str(tmp_path / "model.yaml"), "--weights", str(tmp_path / file)]
        outcome = rnncli("build", *files)
        assert (outcome.code, "no-weights" in outcome.err) == (2, True)


def test_a_setting_leaves_weights_that_fit(rnncli, old, tmp_path):
    old.save(tmp_path / "old.h5")
    assert rnncli("build", str(tmp_path / "old.h5"), "--set", "second.units=5").code == 0
