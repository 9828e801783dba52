"""What Keras computes on, and the settings that a run does not take from its surroundings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT

CONFIG = "configs/many_to_one.yaml"
NEEDS = {
    "tensorflow": ["tensorflow"],
    "jax": ["jax"],
    "torch": ["torch"],
    "numpy": ["jax", "scipy"],
}
MASKED = """\
inputs: {ids: {shape: [null], dtype: int32, below: 9}, other: [null, 3]}
layers:
  - Embedding: {input_dim: 9, output_dim: 4, mask_zero: true}
    name: embed
    from: ids
  - Bidirectional: {LSTM: {units: 3, return_sequences: true, return_state: true}}
    name: both
  - {GRU: {units: 6, return_sequences: true, stateful: true}, name: gru, from: other}
  - {MultiHeadAttention: {num_heads: 2, key_dim: 3}, from: {query: gru, value: both}, name: heads}
  - {Add: {}, from: [heads, gru], name: add}
  - {LSTM: {units: 2, dtype: mixed_bfloat16}, name: half}
  - {BatchNormalization: {}, name: normal}
batch: 2
"""
DECODED = "configs/seq2seq_gru.yaml"


def ran(*arguments: str, path: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": path, **variables}
    return subprocess.run(
        [sys.executable, "-m", "rnncli", *arguments],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def installed(engine: str) -> None:
    missing = [name for name in NEEDS[engine] if find_spec(name) is None]
    if missing:
        pytest.skip(f"{engine} needs {' and '.join(missing)}: pip install '.[engines]'")


@pytest.mark.keras
@pytest.mark.parametrize("engine", NEEDS)
def test_each_engine_agrees_with_the_plan(engine, tmp_path):
    installed(engine)
    (tmp_path / "masked.yaml").write_text(MASKED)
    found = ran("build", "--json", "--engine", engine, str(tmp_path / "masked.yaml"), DECODED)
    assert found.returncode == 0, found.stdout + found.stderr
    documents = list(_documents(found.stdout))
    assert len(documents) == 2
    for document in documents:
        assert document["agreement"]["agrees"]
        assert document["versions"]["engine"] == engine
        assert document["versions"][engine]
        others = set(NEEDS) - {engine}
        assert not any(document["versions"][other] for other in others)
    assert documents[0]["layers"][1]["mask"] == "uses"
    assert documents[1]["decoded"]["equal"]


WORDS = """\
inputs: {words: {shape: [3], dtype: string}}
layers:
  - {StringLookup: {vocabulary: [a, b, on]}, name: look}
  - {Embedding: {input_dim: 4, output_dim: 2, mask_zero: true}, name: embed}
"""


@pytest.mark.keras
@pytest.mark.parametrize("engine", NEEDS)
def test_words_are_tensorflows_on_every_engine(engine, tmp_path):
    installed(engine)
    (tmp_path / "words.yaml").write_text(WORDS)
    found = ran("build", "--json", "--engine", engine, str(tmp_path / "words.yaml"))
    (document,) = _documents(found.stdout)
    if find_spec("tensorflow") is None:
        assert "pip install tensorflow" in document["problems"][-1]["fix"]
        return
    # Keras looks words up in TensorFlow and keeps its int64, whatever integers the engine has.
    assert document["agreement"]["agrees"], document["agreement"]["differences"]


def _documents(text: str) -> Iterator[Any]:
    """JSON documents, one behind the other."""
    while text := text.lstrip():
        document, end = json.JSONDecoder().raw_decode(text)
        yield document
        text = text[end:]


@pytest.mark.keras
@pytest.mark.parametrize("engine", NEEDS)
def test_an_engine_that_is_not_installed_is_3_with_its_install_line(engine, tmp_path):
    """A finder that comes first hides what this machine has."""
    hidden = NEEDS[engine]
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "class Hidden:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name.partition('.')[0] in {hidden!r}: raise ModuleNotFoundError(name=name)\n"
        "sys.meta_path.insert(0, Hidden())\n"
    )
    for command in (["build", CONFIG], ["shapes"]):
        found = ran(*command, "--engine", engine, path=str(tmp_path))
        assert found.returncode == 3
        assert f"pip install {' '.join(hidden)}" in found.stderr
        assert "error[keras-missing]" in found.stderr
        assert engine == "tensorflow" or "install tensorflow" not in found.stderr


def test_keras_in_this_process_cannot_change_its_engine(keras, rnncli):
    found = rnncli("build", CONFIG, "--engine", "torch")
    assert found.code == 3
    assert "Keras is loaded already, and computes on tensorflow" in found.err
    assert "pip install" not in found.err


def surroundings(folder: Path, **settings: object) -> dict[str, str]:
    (folder / "keras.json").write_text(json.dumps(settings))
    return {"KERAS_HOME": str(folder)}


@pytest.mark.keras
def test_what_keras_json_and_the_environment_say_changes_nothing(tmp_path):
    home = surroundings(
        tmp_path, floatx="float16", image_data_format="channels_first", backend="jax", epsilon=0.1
    )
    configs = [CONFIG, "configs/gallery/captcha_crnn.yaml"]
    plain = ran("build", "--values", *configs, KERAS_BACKEND="")
    found = ran("build", "--values", *configs, KERAS_BACKEND="torch", **home)
    assert (found.returncode, found.stdout) == (0, plain.stdout)
    assert "keras-settings" not in found.stderr
    assert json.loads((tmp_path / "keras.json").read_text())["backend"] == "jax"


@pytest.mark.keras
def test_verbose_says_what_is_not_obeyed_and_says_it_once(tmp_path):
    home = surroundings(tmp_path, floatx="float16", image_data_format="channels_last")
    found = ran("build", "--verbose", CONFIG, CONFIG, KERAS_BACKEND="torch", **home)
    assert found.returncode == 0
    assert found.stderr.count("note[keras-settings]") == 1
    assert "KERAS_BACKEND=torch and floatx float16 of" in found.stderr
    assert "--engine" in found.stderr
    assert "keras-settings" not in ran("build", "--verbose", CONFIG, KERAS_BACKEND="").stderr


@pytest.mark.keras
def test_a_keras_json_that_keras_refuses_is_named(tmp_path):
    found = ran("build", CONFIG, **surroundings(tmp_path, floatx="float8"))
    assert found.returncode == 3
    assert f"correct or remove {tmp_path / 'keras.json'}" in found.stderr
    assert "pip install" not in found.stderr


def test_the_settings_of_the_program_that_calls_come_back(keras):
    import rnncli

    config = keras.config
    config.set_dtype_policy("mixed_float16")
    config.set_image_data_format("channels_first")
    try:
        report = rnncli.build(rnncli.load(str(ROOT / CONFIG)))
        assert report.agreement.agrees, report.agreement.differences
        assert config.dtype_policy().name == "mixed_float16"
        assert config.image_data_format() == "channels_first"
    finally:
        config.set_dtype_policy("float32")
        config.set_image_data_format("channels_last")


def test_an_engine_that_there_is_not_is_usage(rnncli):
    assert rnncli("build", CONFIG, "--engine", "theano").code == 2
