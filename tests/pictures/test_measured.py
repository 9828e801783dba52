"""No label over another, none outside the picture, none wider than its box; each file is XML."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar
from xml.etree import ElementTree

import pytest

import rnncli
from rnncli.pictures.canvas import Box
from rnncli.pictures.palette import LIGHT
from rnncli.pictures.picture import CannotDraw, PictureOptions, canvas_of, draw
from rnncli.pictures.svg import render
from rnncli.report.report import Report
from tests.browser import browser, page
from tests.pictures.cases import KINDS, SHIPPED, every_option, others
from tests.pictures.geometry import FONTS, Area, faults, measured_by

__all__ = ["browser", "page"]

T = TypeVar("T")
CASES = [*((path.stem, path) for path in SHIPPED), *every_option(), *others()]
named = pytest.mark.parametrize(
    "config", [case for _, case in CASES], ids=[name for name, _ in CASES]
)


def each_kind(config: Any, drawn: Callable[[Report, PictureOptions], T]) -> Iterator[T]:
    """What is drawn of a config in each way that it has."""
    report = rnncli.plan(rnncli.load(config))
    assert not [problem for problem in report.problems if problem.severity == "error"]
    for kind in KINDS:
        try:
            yield drawn(report, PictureOptions(kind=kind))
        except CannotDraw:
            assert kind != "graph"


@named
def test_no_label_is_over_another_by_our_own_measure(config):
    for canvas in each_kind(config, canvas_of):
        ElementTree.fromstring(render(canvas, LIGHT, "a picture", "of a model"))
        texts = [Area(*label.box, text="".join(label.parts)) for label in canvas.labels]
        boxes = [
            Area(box.x, box.y, box.x + box.width, box.y + box.height)
            for box in canvas.elements
            if isinstance(box, Box)
        ]
        assert faults(Area(*canvas.bounds), texts, boxes) == []


def test_the_measure_finds_faults():
    picture, text = Area(0, 0, 100, 100), Area(10, 10, 50, 30, "one")
    assert faults(picture, [text, Area(40, 20, 90, 40, "two")], []) == ["one is over two"]
    assert faults(picture, [Area(90, 10, 101, 30, "far")], []) == ["far is outside"]
    assert faults(picture, [text], [Area(12, 5, 40, 35)]) == ["one is wider than its box"]
    assert faults(picture, [text, Area(10, 30, 50, 50, "below")], [Area(5, 5, 60, 60)]) == []


@pytest.mark.slow
@named
def test_no_label_is_over_another_in_a_browser(config, page):
    for svg in each_kind(config, draw):
        for font in (FONTS, "DejaVu Sans"):
            assert measured_by(page, svg, font) == []


@pytest.mark.slow
def test_an_attack_is_text(page):
    config = dict(others())["attack"]
    for svg in each_kind(config, draw):
        measured_by(page, svg, FONTS)
        assert page.evaluate("document.querySelectorAll('script').length") == 0
        assert "alert(1)" in page.evaluate("document.querySelector('title').textContent")


def test_every_shipped_config_is_a_case():
    assert {path.name for path in SHIPPED} >= {"stacked.yaml", "wavenet.yaml"}
    assert all(isinstance(path, Path) for path in SHIPPED)
