"""``rnncli convert``: whole files or none, and none that would be lost."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from rnncli import conversion, library
from rnncli.writers import TARGETS, load, of_suffix
from tests.conftest import invoke, posix


@pytest.fixture
def config(tmp_path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text("input: [5, 8]\nlayers: [LSTM: 3, Dense: 10]\n")
    return path


@pytest.mark.parametrize("name", TARGETS)
def test_the_suffix_says_what_is_written(name):
    writer, target = load(name), TARGETS[name]
    assert name == writer.NAME
    assert target.suffix == writer.SUFFIX
    assert of_suffix(target.suffix.upper()) == next(
        other for other, row in TARGETS.items() if row.suffix == target.suffix
    )


@pytest.mark.parametrize(
    ("name", "start"),
    [("out.yaml", "name: small\n"), ("out.yml", "name: small\n"), ("out.py", "import keras\n"),
     ("out.mmd", "---\ntitle: small\n"), ("out.dot", "digraph"), ("out.gv", "digraph")],
)  # fmt: skip
def test_a_file_is_written(rnncli, config, name, start):
    target = config.with_name(name)
    outcome = rnncli("convert", str(config), str(target))
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    assert target.read_text().startswith(start)


def test_standard_output_and_standard_input(rnncli, config):
    text = config.read_text()
    outcome = rnncli("convert", "-", "-", "--to", "py", given=text)
    assert outcome.code == 0
    assert "layers.LSTM(3)" in outcome.out
    assert 'name="model"' in outcome.out


def test_the_kind_wins_over_the_suffix(rnncli, config):
    target = config.with_name("out.txt")
    assert rnncli("convert", str(config), str(target), "--to", "dot").code == 0
    assert target.read_text().startswith("digraph")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["out.txt"], ", ".join(dict.fromkeys(row.suffix for row in TARGETS.values()))),
        (["out"], ".yaml"),
        (["-"], "--to yaml"),
        (["out.py", "--to", "yamll"], "did you mean yaml?"),
        (["out.py", "--to", "word"], "there are yaml, py"),
        (["nowhere/out.py"], "no folder"),
        (["."], "says no kind"),
        ([".", "--to", "py"], "is a directory"),
    ],
)
def test_wrong_usage_writes_nothing(config, monkeypatch, arguments, told):
    monkeypatch.chdir(config.parent)
    outcome = invoke("convert", "small.yaml", *arguments)
    assert outcome.code == 2
    assert told in " ".join(outcome.err.split())
    assert [path.name for path in config.parent.iterdir()] == ["small.yaml"]


def test_a_file_is_written_over_only_where_that_is_asked_for(rnncli, config):
    target = config.with_name("mine.py")
    target.write_text("of many hours")
    outcome = rnncli("convert", str(config), str(target))
    assert outcome.code == 2
    assert "--overwrite" in outcome.err
    assert target.read_text() == "of many hours"
    assert rnncli("convert", str(config), str(target), "--overwrite").code == 0
    assert target.read_text() != "of many hours"


def test_no_file_is_written_over_that_the_model_is_read_from(rnncli, config):
    before = config.read_text()
    outcome = rnncli("convert", str(config), str(config), "--overwrite")
    assert outcome.code == 2
    assert "is read as well" in outcome.err
    outer = config.with_name("outer.yaml")
    outer.write_text("input: [5, 8]\nlayers: [include: small.yaml]\n")
    outcome = rnncli("convert", str(outer), str(config), "--overwrite")
    assert outcome.code == 2
    assert "is read as well" in outcome.err
    assert config.read_text() == before


def test_a_model_with_errors_is_not_written(rnncli, config):
    config.write_text("input: [5, 8]\nlayers: [LSTM: 3, LSTM: 3]\n")
    target = config.with_name("out.py")
    outcome = rnncli("convert", str(config), str(target))
    assert outcome.code == 1
    assert "needs-sequence" in outcome.err
    assert not target.exists()


def test_what_cannot_be_written_is_a_problem(rnncli, tmp_path):
    target = tmp_path / "out.py"
    outcome = rnncli("convert", "configs/custom_layer.yaml", str(target))
    assert outcome.code == 1
    assert "cannot-convert" in outcome.err
    assert "attention (mypkg>AttentionPooling)" in outcome.err
    assert not target.exists()


def test_a_file_that_is_missing_cannot_be_converted(rnncli, tmp_path):
    outcome = rnncli("convert", str(tmp_path / "no.yaml"), "-", "--to", "py")
    assert outcome.code == 2
    assert "no such file" in outcome.err


def test_settings_are_in_what_is_written(rnncli, config):
    outcome = rnncli("convert", str(config), "-", "--to", "yaml", "--set", "lstm.units=7",
                     "--set", "input=[6, 8]", "--set", "name=other")  # fmt: skip
    assert outcome.out == ("name: other\ninput: [6, 8]\nlayers:\n  - LSTM: 7\n  - Dense: 10\n")


@posix
def test_a_device_is_written_to(rnncli, config):
    assert rnncli("convert", str(config), os.devnull, "--to", "py").code == 0


def test_what_the_conversion_ends_is_not_told(rnncli, tmp_path):
    old = "configs/keras_2.json"
    planned = library.plan(library.load(old))
    assert len(planned.problems) > 2
    kept = [problem.code for problem in conversion.without_ended("keras", planned).problems]
    assert kept == ["fused-kernel"]
    outcome = rnncli("convert", old, str(tmp_path / "new.py"))
    assert re.findall(r"\[([a-z-]+)\]:", outcome.err) == ["hard-sigmoid-changed"]


MODELS = """
import keras


class Subclass(keras.Model):
    def __init__(self):
        super().__init__()
        self.recurrent = keras.layers.LSTM(3, return_state=True)
        self.dense = keras.layers.Dense(2)

    def call(self, x):
        return self.dense(self.recurrent(x)[1])


def stack():
    print("this must not get into the result")
    lstm, dense = keras.layers.LSTM(3, name="lstm"), keras.layers.Dense(2, name="dense")
    layers = [keras.Input((5, 8), name="input"), lstm, dense]
    return keras.Sequential(layers, name="stacked")


def subclass():
    model = Subclass()
    model.build((None, 5, 8))
    return model


def failing():
    raise ValueError("no model today")


def nothing():
    return "a model"


whole, whole_subclass = stack(), subclass()
"""


@pytest.fixture
def models(tmp_path, monkeypatch, keras):
    """A module of functions that make models, in the current folder."""
    (tmp_path / "written_models.py").write_text(MODELS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "written_models", raising=False)
    keras.utils.clear_session()
    return tmp_path


@pytest.mark.parametrize("name", ["stack", "whole"])
@pytest.mark.usefixtures("models")
def test_a_function_is_run_where_that_is_asked_for(name):
    maker = f"written_models:{name}"
    outcome = invoke("convert", "--run-python", maker, "-", "--to", "yaml", "--set", "lstm.units=4")
    assert outcome.code == 0, outcome.err
    first, *lines = outcome.out.splitlines()
    assert first.startswith(f"# from {maker}, Keras ")
    assert lines == [
        "name: stacked", "input: [5, 8]", "layers:", "  - LSTM: 4", "  - Dense: 2",
    ]  # fmt: skip
    assert outcome.err.startswith(f"runs {maker}\n")


@pytest.mark.usefixtures("models")
def test_a_subclass_is_called_on_symbols():
    outcome = invoke("convert", "--run-python", "written_models:subclass", "-", "--to", "py", "-q")
    assert outcome.code == 0, outcome.err
    assert "layers.LSTM(3, return_state=True" in outcome.out
    assert "runs" not in outcome.err


@pytest.mark.parametrize("made", ["whole", "whole_subclass"])
def test_a_live_model_keeps_its_weights(models, keras, made):
    outcome = invoke("convert", "--run-python", f"written_models:{made}", "out.keras")
    assert outcome.code == 0, outcome.err
    assert "random, of seed" not in outcome.err
    live = getattr(sys.modules["written_models"], made)
    x = np.random.default_rng(0).normal(size=(2, 5, 8)).astype("float32")
    loaded = keras.models.load_model(models / "out.keras")
    np.testing.assert_allclose(loaded.predict(x), live.predict(x), atol=1e-6)


@pytest.mark.parametrize(
    ("maker", "told"),
    [
        ("written_models:failing", "raises ValueError: no model today"),
        ("written_models:missing", "raises AttributeError"),
        ("no_such_models:stack", "raises ModuleNotFoundError"),
        ("written_models:nothing", "returns no Keras model, but str"),
        ("written_models", "write package.module:make_model"),
        ("written models:stack", "write package.module:make_model"),
        ("written_models:stack()", "write package.module:make_model"),
    ],
)
def test_a_function_that_makes_no_model(models, maker, told):
    outcome = invoke("convert", "--run-python", maker, "out.py")
    assert outcome.code == 2
    assert "python-failed" in outcome.err
    assert told in outcome.err
    assert not (models / "out.py").exists()


def test_nothing_is_run_without_the_flag(models):
    outcome = invoke("convert", "written_models:stack", "out.py")
    assert outcome.code == 2
    assert "no such file" in outcome.err
    assert "written_models" not in sys.modules
