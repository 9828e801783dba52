"""Bars as long as their values, each with what it is where the mouse rests; no text over another."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from rnncli.formats.sweep_plots import as_svg
from rnncli.pictures.bars import MOST_BARS, Bar, Panel, bars_canvas, draw_bars
from rnncli.pictures.canvas import Box
from rnncli.report.sweep import Axis, Sweep, Variant
from tests.browser import browser, page
from tests.pictures.geometry import FONTS, Area, faults, measured_by

__all__ = ["browser", "page"]

SVG = "{http://www.w3.org/2000/svg}"


def panels(count, label="{}", scale=1):
    bars = [
        Bar(label=label.format(n), about=f"bar {n}", value=n * scale, text=f"{n * scale:,}",
            is_marked=n == 3)
        for n in range(count)
    ]  # fmt: skip
    return [Panel("Parameters", bars), Panel("MACs", bars)]


CASES = [
    panels(1),
    panels(6, scale=10**9),
    panels(40, "[{}, 8]"),
    panels(3, "a very long value that has no room below its bar {}"),
    panels(MOST_BARS),
]
named = pytest.mark.parametrize("drawn", CASES, ids=lambda one: str(len(one[0].bars)))


def test_a_bar_is_as_high_as_its_value():
    boxes = [
        one
        for one in bars_canvas("a", panels(5)[:1], "x", "marked").elements
        if isinstance(one, Box) and one.about
    ]
    assert [round(box.height / boxes[4].height, 6) for box in boxes] == [0, 0.25, 0.5, 0.75, 1]
    assert [box.role for box in boxes].index("pointwise") == 3
    assert len({box.y + box.height for box in boxes}) == 1


@named
def test_no_text_is_over_another(drawn):
    canvas = bars_canvas("title", drawn, "axis", "marked")
    texts = [Area(*label.box, text="".join(label.parts)) for label in canvas.labels]
    assert faults(Area(*canvas.bounds), texts, []) == []


@pytest.mark.slow
@named
def test_nor_is_it_in_a_browser(drawn, page):
    svg = draw_bars("title", drawn, "axis", "marked")
    assert measured_by(page, svg, FONTS) == []


def test_what_a_user_writes_is_text():
    attack = "</title><script>alert(1)</script>\x07"
    variants = tuple(
        Variant(name=attack, source="a", settings={"x": f"{attack}{n}"}, params=n) for n in (1, 2)
    )
    sweep = Sweep(
        name=attack, source="a", axes=(Axis(path="x", values=("1", "2")),), variants=variants
    )
    for dark in (False, True):
        root = ElementTree.fromstring(as_svg(sweep, dark=dark))
        assert root.find(f".//{SVG}script") is None
        hovers = [one.text for one in root.findall(f".//{SVG}rect/{SVG}title")]
        assert [text.split(": ")[-1] for text in hovers] == ["Parameters 1", "Parameters 2"]
