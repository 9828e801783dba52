"""Heat maps: what a character and a colour say of a number."""

from __future__ import annotations

import math
import re

import pytest
from rich.text import Text

from rnncli.formats.heat_map import HeatMap, Scale
from rnncli.formats.render_options import RenderOptions
from rnncli.formats.terminal import drawn

NAN = math.nan


def plain(rows, scale, masked=None, **more):
    masked = masked or [False] * len(rows[0])
    labels = [str(number) for number in range(len(rows))]
    return [text.plain for text in HeatMap(rows, labels, masked, scale, **more).lines()]


@pytest.mark.parametrize(
    ("numbers", "is_gate", "scale"),
    [
        ([0.2, 0.7], True, Scale(0, 1, signed=False)),
        ([0.2, 3.0], True, Scale(0, 3, signed=False)),
        ([-0.5, 0.7], True, Scale(-0.7, 0.7, signed=True)),
        ([-2.0, 1.0], False, Scale(-2, 2, signed=True)),
        ([0.5, 1.0], False, Scale(0, 1, signed=False)),
        ([NAN, NAN], False, Scale(0, 0, signed=False)),
        ([math.inf, -1.0], False, Scale(-1, 1, signed=True)),
    ],
)
def test_a_scale_holds_all_numbers(numbers, is_gate, scale):
    assert Scale.of([numbers], is_gate) == scale


def test_shades_rise_with_the_number():
    row = [0.0, 0.25, 0.5, 0.75, 1.0]
    assert plain([row], Scale(0, 1, signed=False)) == ["0 ·░▒▓█"]
    assert plain([row], Scale(0, 1, signed=False), ascii=True) == ["0 .:x%#"]


def test_the_sign_is_legible_without_colour():
    row = [-1.0, -0.5, 0.0, 0.5, 1.0]
    assert plain([row], Scale(-1, 1, signed=True)) == ["0 ▼▽·△▲"]
    assert plain([row], Scale(-1, 1, signed=True), ascii=True) == ["0 Vv.^A"]


def test_a_row_of_equal_numbers_and_numbers_that_are_none():
    assert plain([[0.0, 0.0]], Scale.of([[0.0, 0.0]], False)) == ["0 ··"]
    assert plain([[NAN, math.inf, -math.inf]], Scale(-1, 1, signed=True)) == ["0 ?▲▼"]


def test_masked_steps():
    scale = Scale(0, 1, signed=False)
    assert plain([[0.1, NAN]], scale, [False, True], wide=2) == ["0 ··══"]
    assert plain([[0.1, NAN]], scale, [False, True], ascii=True) == ["0 .="]
    assert plain([[0.1, NAN]], scale, [False, True], colour=True) == ["0 ▀═"]


def test_a_half_block_is_two_units():
    """The upper unit is the foreground, the lower one the background."""
    rows = [[0.0, 1.0], [1.0, 0.0], [0.0, 0.0]]
    maps = HeatMap(rows, ["0", "1", "2"], [False, False], Scale(0, 1, signed=False), colour=True)
    text = drawn(maps, RenderOptions(colour=True, width=80))
    first, second = text.splitlines()[:2]
    assert Text.from_ansi(first).plain == " 0 ▀▀"
    colours = re.findall(r"38;5;(\d+);48;5;(\d+)m", first)
    assert len(colours) == 2
    assert colours[0] == colours[1][::-1]
    # The last unit has none below it.
    assert Text.from_ansi(second).plain == " 2 ▀▀"
    assert "48;5" not in second


def test_colours_differ_by_sign():
    maps = HeatMap([[-1.0, 0.0, 1.0]], ["0"], [False] * 3, Scale(-1, 1, signed=True), colour=True)
    colours = re.findall(r"38;5;(\d+)", drawn(maps, RenderOptions(colour=True, width=80)))
    assert len(set(colours)) == 3
