"""A diff on terminals of any width, in ASCII, and with names that are meant to harm."""

from __future__ import annotations

import pytest

import rnncli
from rnncli.formats.diff import as_csv, as_markdown, as_table
from rnncli.formats.render_options import RenderOptions
from rnncli.formats.sections.diff import differences
from rnncli.report.diff import Count

BEFORE = """\
input: [5, 8]
layers:
  - LSTM: {units: 128, return_sequences: true}
  - LSTM: 512
  - {Dense: 10, name: "a|b*[red]"}
"""
AFTER = BEFORE.replace("512", "64").replace("128", "256").replace("Dense: 10", "Dense: 12")


@pytest.fixture(scope="module")
def found():
    return rnncli.diff(rnncli.load(BEFORE), rnncli.load(AFTER))


@pytest.mark.parametrize("width", [80, 100, 200])
@pytest.mark.parametrize("colour", [True, False])
def test_no_line_is_wider_than_the_terminal(found, width, colour):
    from rich.text import Text

    text = as_table(found, RenderOptions(width=width, colour=colour))
    assert max(len(Text.from_ansi(line).plain) for line in text.splitlines()) <= width


def test_a_narrow_terminal_keeps_every_count(found):
    text = as_table(found, RenderOptions(width=60))
    for row in differences(found).rows:
        assert all(cell in text for cell in row[2:4])


def test_ascii(found):
    assert as_table(found, RenderOptions(ascii=True)).isascii()


def test_names_are_text(found):
    assert "a|b*[red]" in as_table(found, RenderOptions(width=80, colour=True))
    rows = [line for line in as_markdown(found).splitlines() if line.startswith("|")]
    assert any("a\\|b\\*\\[red]" in line for line in rows)
    assert len({line.replace("\\|", "").count("|") for line in rows}) == 1
    assert (
        len(as_csv(found).splitlines())
        == len([row for row in differences(found).rows if any(row)]) + 1
    )


@pytest.mark.parametrize(
    ("before", "after", "growth"),
    [
        (100, 112, "+12 %"),
        (100, 88, "−12 %"),
        (1000, 1004, "+0.4 %"),
        (10**9, 10**9 + 1, "+0.1 %"),
        (10**9, 1, "−99.9 %"),
        (100, 0, "−100 %"),
        (100, 2_500, "×25"),
        (100, 100, ""),
        (None, 3, ""),
        (0, 3, ""),
        (0, 0, ""),
    ],
)
def test_growth(before, after, growth):
    from rnncli.formats.sections.diff import _growth

    assert _growth(Count(before=before, after=after)) == growth


def test_colours_say_nothing_that_marks_do_not(found):
    section = differences(found)
    for row, style in zip(section.rows, section.styles, strict=True):
        mark = row[0][:1]
        if mark.strip():
            assert style == {"~": "yellow", "+": "green", "-": "red", ">": ""}[mark]
