"""Columns of a config and of the protocol, for every encoding and every kind of line end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol.types import Position

from rnncli.lsp.lines import MovedLines
from rnncli.lsp.positions import Positions
from rnncli.problems import Source

TEXTS = st.text("aé𝄞 \n\r\u2028\x85", max_size=30)
ENCODINGS = ("utf-8", "utf-16", "utf-32")


@given(TEXTS, st.sampled_from(ENCODINGS))
def test_there_and_back(text, encoding):
    positions = Positions(text, encoding)
    for offset in range(len(text) + 1):
        if text[offset - 1 : offset + 1] == "\r\n":
            continue
        mark = positions.mark_at(offset)
        assert positions.offset(mark) == offset
        position = positions.position_at(offset)
        assert positions.offset_at(position) == offset
        line = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")[position.line]
        units = line.encode({"utf-16": "utf-16-le", "utf-32": "utf-32-le"}.get(encoding, encoding))
        width = {"utf-8": 1, "utf-16": 2, "utf-32": 4}[encoding]
        assert position.character * width <= len(units)


@given(TEXTS)
def test_lines_are_those_of_a_source(text):
    assert tuple(Positions(text).yaml_lines) == Source("", text).lines


@pytest.mark.parametrize(
    ("position", "offset"), [((0, 99), 1), ((99, 0), 4), ((1, 1), 3), ((1, 2), 3)]
)
def test_positions_beyond_a_line_or_within_a_character_are_at_its_end(position, offset):
    assert Positions("a\n𝄞b", "utf-16").offset_at(Position(*position)) == offset


@given(st.lists(st.sampled_from("abc")), st.lists(st.sampled_from("abc")))
def test_moved_lines_lead_to_the_same_words(before, now):
    moved = MovedLines(Positions("\n".join(before)), Positions("\n".join(now)))
    for number in range(1, len(before) + 1):
        there = moved.now(number)
        if there is not None:
            assert now[there - 1 : there] == before[number - 1 : number]
            assert moved.before(there) == number
