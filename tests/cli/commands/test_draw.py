"""``rnncli draw``: SVG to standard output, SVG and PNG to files, and what cannot be drawn."""

from __future__ import annotations

import sys
from xml.etree import ElementTree

import pytest

import rnncli as library
from tests.conftest import invoke

SMALL = "input: [5, 8]\nlayers: [LSTM: 3, Dense: 10]\n"
TWO = "input: [5, 8]\nlayers: [LSTM: {units: 3, return_sequences: true}, LSTM: 3]\n"


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(SMALL)
    return path


def test_standard_output_has_the_picture_and_nothing_else(rnncli):
    outcome = rnncli("draw", "configs/many_to_one.yaml")
    assert (outcome.code, outcome.err) == (0, "")
    ElementTree.fromstring(outcome.out)
    assert outcome.out == library.draw(library.load("configs/many_to_one.yaml"))


def test_standard_input_and_set():
    outcome = invoke("draw", "-", "--set", "lstm.units=7", given=SMALL)
    assert outcome.code == 0
    assert "h (1, 7)" in outcome.out


@pytest.mark.parametrize(
    ("options", "keywords"),
    [
        (["--graph"], {"kind": "graph"}),
        (["--cell"], {"kind": "cell"}),
        (["--unrolled", "--steps", "3"], {"kind": "unrolled", "steps": 3}),
        (["--layer", "lstm", "--dark"], {"layer": "lstm", "dark": True}),
        (["--transparent", "--batch", "4"], {"transparent": True, "batch": 4}),
    ],
)
def test_options_are_those_of_the_library(config, options, keywords):
    outcome = invoke("draw", str(config), *options)
    assert outcome.out == library.draw(library.load(config), **keywords)


def test_a_file(config):
    target = config.with_name("out.svg")
    outcome = invoke("draw", str(config), "-o", str(target))
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    assert target.read_text(encoding="utf-8") == library.draw(library.load(config))


def test_a_png(config):
    resvg = pytest.importorskip("resvg_py")
    target = config.with_name("out.PNG")
    assert invoke("draw", str(config), "-o", str(target)).code == 0
    data = target.read_bytes()
    assert data.startswith(b"\x89PNG")
    # Without the texts, it would be another picture.
    svg = library.draw(library.load(config))
    assert data != resvg.svg_to_bytes(svg_string=svg, zoom=2.0, skip_system_fonts=True)
    assert len(data) > 20_000


def test_a_png_without_resvg(config, monkeypatch):
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    target = config.with_name("out.png")
    outcome = invoke("draw", str(config), "-o", str(target))
    assert outcome.code == 3
    assert 'pip install "rnncli[png]"' in outcome.err
    assert not target.exists()


def test_a_png_without_fonts(config, monkeypatch):
    pytest.importorskip("resvg_py")
    monkeypatch.setattr("rnncli.pictures.png._FAMILIES", ("No Such Font",))
    monkeypatch.setattr(
        "rnncli.pictures.png._PROBE",
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
    )
    target = config.with_name("out.png")
    outcome = invoke("draw", str(config), "-o", str(target))
    assert outcome.code == 3
    assert "No Such Font" in outcome.err
    assert not target.exists()


def test_a_model_with_errors_is_not_drawn(config):
    config.write_text("input: [5, 8]\nlayers: [LSTM: 3, LSTM: 3]\n")
    target = config.with_name("out.svg")
    outcome = invoke("draw", str(config), "-o", str(target))
    assert outcome.code == 1
    assert "needs-sequence" in outcome.err
    assert not target.exists()


def test_no_file_and_no_config(config):
    assert invoke("draw", "no-such.yaml").code == 2
    assert invoke("draw", str(config), "-o", str(config)).code == 2
    assert config.read_text() == SMALL


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        (SMALL, ["--layer", "lstn"], "there is no layer lstn: did you mean lstm?"),
        (SMALL, ["--layer", "dense", "--unrolled"], "dense (Dense) has no states"),
        (SMALL, ["--layer", "dense", "--cell"], "dense (Dense) has no cell"),
        (SMALL, ["--graph", "--cell"], "--cell and --graph are different pictures"),
        (SMALL, ["--steps", "1"], "--steps"),
        (TWO, ["--cell"], "there are several recurrent layers: --layer lstm, lstm_1"),
        ("input: [5]\nlayers: [Dense: 3]\n", ["--unrolled"], "no recurrent layer"),
        ("input: [5]\nlayers: [Dense: 3]\n", ["--cell"], "no recurrent layer"),
    ],
)
def test_what_cannot_be_drawn_is_a_usage_error(text, options, words):
    outcome = invoke("draw", "-", *options, given=text)
    assert (outcome.code, outcome.out) == (2, "")
    assert words in outcome.err.replace("\n", " ")


def test_a_model_file(rnncli):
    outcome = rnncli("draw", "configs/keras_2.json", "--quiet")
    assert outcome.code == 0
    assert "lstm_1" in outcome.out


def test_shapes_draws_its_layer():
    outcome = invoke("shapes", "--bidirectional", "--return-state", "--format", "svg")
    assert (outcome.code, outcome.err) == (0, "")
    assert "backward_c (1, 3)" in outcome.out
    outcome = invoke("shapes", "--all", "--format", "svg")
    assert outcome.code == 2
