"""Tables are whole: nothing of a cell is lost or broken, however narrow the terminal is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from rnncli.formats.render_options import RenderOptions
from rnncli.formats.sections.section import Heading, Section
from rnncli.formats.terminal import line, table, width_of
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


@given(sections())
def test_every_cell_is_whole_where_no_terminal_is_narrow(section):
    """Each line of a cell is in its row, whole, and no line of the table is wider than its rule."""
    lines = table(section, RenderOptions()).splitlines()
    for row in (*section.rows, *((section.footer,) if section.footer else ())):
        for cell in row:
            for part in safe(cell).split("\n"):
                assert any(part in line for line in lines)
    assert max(map(cell_len, lines)) <= cell_len(lines[2]) == width_of(section) - 1


@given(sections())
def test_numbers_end_in_one_column(section):
    numbers = Section("T", (Heading("N", right=True),), tuple((row[0],) for row in section.rows))
    lines = table(numbers, RenderOptions()).splitlines()[3:]
    parts = [part for row in numbers.rows for part in safe(row[0]).split("\n")]
    widest = max([1, *map(cell_len, parts)])
    expected = [f" {' ' * (widest - cell_len(part))}{part}".rstrip() for part in parts]
    assert lines[: len(parts)] == expected


@given(sections(), st.integers(1, 60), st.booleans(), st.booleans())
def test_however_narrow_nothing_is_lost(section, width, colour, ascii_alone):
    drawn = table(section, RenderOptions(width=width, colour=colour, ascii=ascii_alone))
    for row in section.rows:
        for cell in row:
            text = ascii_only(safe(cell)) if ascii_alone else safe(cell)
            for character in set(text) - set(" \n"):
                assert character in drawn
    assert drawn.isascii() or not ascii_alone


@given(st.text(st.sampled_from("ab cdéf"), max_size=80), st.integers(2, 30))
def test_a_line_is_wrapped_between_words(text, width):
    lines = line(text, RenderOptions(width=width)).splitlines()
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(len(part) <= width or " " not in part.strip() for part in lines)


@pytest.mark.parametrize("text", ["", "a", "ab cd", "abcdef gh"])
def test_short_lines_stay(text):
    assert line(text, RenderOptions(width=10)) == f"{text}\n"


def test_a_name_a_shape_and_a_number_are_never_broken():
    headings = (Heading("Layer"), Heading("Output"), Heading("Params", right=True))
    rows = (("encode_the_source", "(1, 5, 8)", "shared with b"), ("b", "(1, 8)", "160,000"))
    drawn = table(Section("T", headings, rows), RenderOptions(width=20))
    assert " encode_the_source  (1, 5, 8)  shared with b\n" in drawn
    assert " b                  (1, 8)           160,000\n" in drawn


def test_a_sentence_wraps_between_words():
    headings = (Heading("Params"), Heading("Formula", wraps=True))
    rows = (("shared with lstm", "4·(units·(features + units) + units) = 4·(3·(8 + 3) + 3)"),)
    drawn = table(Section("T", headings, rows), RenderOptions(width=50))
    assert max(map(len, drawn.splitlines())) <= 50
    assert " shared with lstm  4·" in drawn
    assert " ".join(part[19:].strip() for part in drawn.splitlines()[3:-1]) == rows[0][1]
