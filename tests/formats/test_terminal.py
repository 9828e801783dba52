"""Tables as they were drawn by rich, which judges them here; and nothing cut, however narrow."""

from __future__ import annotations

from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from rnncli.formats.render_options import RenderOptions
from rnncli.formats.sections.section import Heading, Section
from rnncli.formats.terminal import line, table
from rnncli.formats.text import ascii_only, safe

# Rich takes spaces at the end of a line away, which no cell has.
CELLS = st.text(st.sampled_from("ab1·×é数() ,_[]\n\x1b"), max_size=12).map(
    lambda text: "\n".join(each.rstrip(" ") for each in text.split("\n"))
)


@st.composite
def sections(draw: st.DrawFn) -> Section:
    count = draw(st.integers(1, 5))
    row = st.tuples(*[CELLS] * count)
    headings = tuple(Heading(f"H{n}", right=draw(st.booleans())) for n in range(count))
    return Section("T", headings, tuple(draw(st.lists(row, max_size=4))), draw(st.none() | row))


def richly(section: Section) -> str:
    drawn = Table(
        box=SIMPLE_HEAD, show_footer=bool(section.footer), pad_edge=False, padding=(0, 1, 0, 0)
    )
    footers = section.footer or ("",) * len(section.headings)
    for heading, footer in zip(section.headings, footers, strict=True):
        drawn.add_column(
            heading.text, Text(safe(footer)), justify="right" if heading.right else "left"
        )
    for row in section.rows:
        drawn.add_row(*(Text(safe(cell)) for cell in row))
    console = Console(file=StringIO(), width=10_000, highlight=False, markup=False, emoji=False)
    with console.capture() as captured:
        console.print(drawn)
    return "".join(f"{each.rstrip()}\n" for each in captured.get().split("\n")[:-1])


@given(sections())
def test_it_draws_what_rich_draws(section):
    assert table(section, RenderOptions()) == richly(section)


@given(sections(), st.integers(1, 60), st.booleans(), st.booleans())
def test_however_narrow_nothing_is_lost(section, width, colour, ascii_alone):
    drawn = table(section, RenderOptions(width=width, colour=colour, ascii=ascii_alone))
    for row in section.rows:
        for cell in row:
            text = ascii_only(safe(cell)) if ascii_alone else safe(cell)
            for character in set(text) - set(" \n"):
                assert character in drawn
    assert drawn.isascii() or not ascii_alone


@given(st.text(st.sampled_from("ab cdéf数"), max_size=80), st.integers(2, 30))
def test_a_line_is_wrapped_between_words(text, width):
    lines = line(text, RenderOptions(width=width)).splitlines()
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(len(each) <= width for each in lines)


@pytest.mark.parametrize("text", ["", "a", "ab cd", "abcdef gh"])
def test_short_lines_stay(text):
    assert line(text, RenderOptions(width=10)) == f"{text}\n"


def test_a_narrow_table_breaks_between_words_before_it_breaks_a_word():
    headings = (Heading("Layer"), Heading("Params", right=True))
    rows = (("encode_the_source", "shared with the other"), ("b", "160,000"))
    drawn = table(Section("T", headings, rows), RenderOptions(width=32))
    assert "encode_the_source" in drawn
    assert "160,000" in drawn
    assert max(map(len, drawn.splitlines())) <= 32
