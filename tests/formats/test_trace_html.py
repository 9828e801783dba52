"""The page of a trace: whole, small whatever is traced, safe, and readable by everyone."""

from __future__ import annotations

import math
import re
from functools import cache

import numpy as np
import pytest

from rnncli.experiments.trace import TraceReport
from rnncli.formats.render_options import TraceOptions
from rnncli.formats.svg_heat_map import Axis
from rnncli.formats.trace_html import render
from rnncli.report.trace import AttentionTrace
from tests.browser import Tags, assert_calm, assert_whole, browser
from tests.formats.test_trace import layer, trace

__all__ = ["browser"]
ATTACK = "</title></svg><img src=x onerror=alert(1)><script>alert(2)</script>"


def scores(heads=1, queries=7, keys=9):
    numbers = np.random.default_rng(0).uniform(0, 1, (heads, queries, keys))
    return AttentionTrace(
        name="attention", cls="MultiHeadAttention", scores=tuple(numbers / keys),
        largest_difference=0.0, agrees=True,
    )  # fmt: skip


def page(*layers, attention=(), unit=None, values=False):
    return render(trace(*layers, attention=attention), TraceOptions(unit, values))


TRACED = {
    "small": lambda: page(layer(), layer(400, 24, mask=(*[True] * 300, *[False] * 100)),
                          attention=[scores(2)]),
    "steps": lambda: page(layer(10_000, 3)),
    "units": lambda: page(layer(30, 1024)),
    "layers": lambda: page(*[layer(90, 40, name=f"lstm_{number}") for number in range(40)]),
    "heads": lambda: page(attention=[scores(16, 80, 80)] * 12),
}  # fmt: skip


@cache
def page_of(name):
    return TRACED[name]()


@pytest.mark.parametrize("name", TRACED)
def test_it_is_small_whole_and_loads_nothing(name):
    assert_whole(page_of(name))


def test_a_column_has_the_numbers_of_its_step():
    traced = layer(5, 3)
    titles = re.findall(r"<title>(step 4\n.*?)</title>", page(traced), re.DOTALL)
    for title, numbers in zip(titles, traced.quantities.values(), strict=True):
        values = [float(line.partition(": ")[2]) for line in title.splitlines()[1:]]
        np.testing.assert_allclose(values, numbers[3], atol=0.006)


def test_what_is_put_together_is_said():
    text = page(layer(300, 40))
    assert "<title>steps 1-5\nunits 0-2: " in text.replace("units 0-1", "units 0-2")
    assert "a column is the mean of up to 5 steps; a row is the mean of up to 3 units." in text
    assert "left out" not in text
    assert "Maps beyond 100 are left out" in page_of("layers")
    assert Axis("step", [range(4, 5)], 1).label(0) == "step 5"


def test_masked_steps_stand_still():
    text = page(layer(4, 2, mask=(True, True, False, False)))
    assert text.count("<title>step 4\nmasked</title>") == 6
    assert text.count('<path class="masked"') == 6
    unknown = {name: np.full((4, 2), math.nan) for name in "ifgoch"}
    assert 'class="unknown"' in page(layer(4, 2, quantities=unknown))


def test_one_unit_every_number_and_text_of_a_user():
    text = page(layer(20, 3, name=ATTACK), unit=2, values=True)
    tags = Tags(text)
    assert [tag for tag, _ in tags.found].count("script") == 1
    assert "img" not in {tag for tag, _ in tags.found}
    assert "<title>step 20\nunit 2: " in text
    assert "unit 1: " not in text
    assert "Every number" in text


def test_a_notebook_shows_it():
    report = TraceReport(**{name: getattr(trace(layer()), name) for name in
                            trace().__struct_fields__})  # fmt: skip
    assert report._repr_html_().startswith('<div class="rnncli">')
    assert "gives the same" in repr(report)


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_calm_and_accessible_in_a_browser(scheme, browser, tmp_path):
    assert_calm(page_of("small"), scheme, browser, tmp_path)
