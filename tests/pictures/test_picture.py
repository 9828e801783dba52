"""What is drawn of a model by default, and the file: the same bytes each time, for each palette."""

from __future__ import annotations

import os
import subprocess
import sys
from xml.etree import ElementTree

import pytest

import rnncli
from rnncli.pictures.canvas import Canvas, printable
from rnncli.pictures.metrics import text_width
from rnncli.pictures.palette import DARK, LIGHT
from rnncli.pictures.svg import render
from tests.conftest import ROOT
from tests.pictures.cases import model, recurrent
from tests.pictures.shown import pictures

SVG = "{http://www.w3.org/2000/svg}"


def draw(config, **options) -> str:
    return rnncli.draw(rnncli.load(config), **options)


@pytest.mark.parametrize(
    ("config", "options", "kind"),
    [
        ("configs/many_to_one.yaml", {}, "unrolled"),
        ("configs/bidirectional.yaml", {}, "unrolled"),
        ("configs/stacked.yaml", {}, "graph"),
        ("configs/seq2seq.yaml", {}, "graph"),
        ("configs/gallery/wavenet.yaml", {}, "graph"),
        ("configs/stacked.yaml", {"layer": "lstm_1"}, "unrolled"),
        ("configs/stacked.yaml", {"layer": "dense"}, "graph"),
    ],
)
def test_what_suits_the_model(config, options, kind, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert draw(config, **options) == draw(config, **options, kind=kind)


def test_the_same_model_gives_the_same_bytes():
    code = (
        "import rnncli, sys\n"
        "spec = rnncli.load('configs/many_to_one.yaml')\n"
        "for kind in ('unrolled', 'cell', 'graph'):\n"
        "    sys.stdout.write(rnncli.draw(spec, kind=kind))"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(texts) == 1


@pytest.mark.parametrize("path", pictures(), ids=lambda path: path.stem)
def test_the_pictures_of_the_manual_are_what_is_drawn(path):
    text = path.read_text(encoding="utf-8")
    assert text == pictures()[path], "python -m tests.readme brings it up to date"


def test_the_readme_opens_with_a_picture():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert readme.index(".github/bidirectional.svg") < readme.index("## ")
    assert "rnncli draw configs/bidirectional.yaml" in readme


def test_palettes_and_the_ground():
    light, dark = draw(model(recurrent("LSTM"))), draw(model(recurrent("LSTM")), dark=True)
    assert LIGHT.ground in light
    assert DARK.ground in dark
    assert {*LIGHT.paints} == {*DARK.paints}
    without = draw(model(recurrent("LSTM")), transparent=True)
    assert len(light) - len(without) == len(light.split("<desc>")[1].split("\n")[1]) + 1


def test_a_screen_reader_is_told():
    root = ElementTree.fromstring(draw(model(recurrent("LSTM"))))
    assert root.get("role") == "img"
    assert root.find(f"{SVG}title").text == "model"
    assert "unrolled in time" in root.find(f"{SVG}desc").text


def test_the_file_is_ascii_whatever_it_shows():
    layers = model(recurrent("LSTM"), {"Dense": 2}, shape=(None, 8))
    svg = draw({**layers, "name": "長い"})
    assert svg.isascii()
    texts = [text.text for text in ElementTree.fromstring(svg).iter(f"{SVG}text")]
    assert {"長い", "…"} <= {*texts}


def test_every_label_is_one_text():
    root = ElementTree.fromstring(draw(model(recurrent("LSTM", return_state=True))))
    texts = ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]
    assert "c (1, 3)" in texts
    assert "x1" in texts


def test_control_characters_are_escaped():
    assert printable("a\x00b\x1b[31m\n") == "a\\x00b\\x1b[31m\\n"
    assert printable("⌈T/2⌉ é 長") == "⌈T/2⌉ é 長"
    canvas = Canvas()
    canvas.label("\x07<&>\ud800", 0, 0)
    svg = render(canvas, LIGHT, "\x00", "")
    assert ElementTree.fromstring(svg).find(f"{SVG}text").text == "\\x07<&>\\ud800"


def test_widths():
    assert text_width("LSTM", 10) < text_width("LSTM", 10, bold=True) < text_width("LSTM", 20)
    assert text_width("長", 10) > text_width("l", 10)
    assert text_width("e\u0301", 10) == text_width("e", 10)
    assert text_width("", 10) == 0
