"""Sections and lines → text for a terminal, or the same without colour at full width.

Tables wrap where a terminal is too narrow, and never cut: numbers stay on one line, and so does
any text that fits in its column. Rich, which judges this in the tests, would take a quarter more
of a plan's time to start, and eight seconds for the table of a stack of 20,000 layers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rnncli.formats.render_options import RenderOptions
from rnncli.formats.sections.section import Section
from rnncli.formats.text import ascii_only, safe

BOLD = "1"
HEADING = "1;36"
GREEN = "32"
RED = "1;31"

# No column of text is made narrower than this; a table may then be wider than its terminal.
_NARROW = 8
_GAP = "  "
# From here on a character may be wider than one cell, or none wide.
_MAYBE_WIDE = "\u0300"


def line(text: str, style: RenderOptions, look: str = "") -> str:
    """A line of text, wrapped where the terminal is narrow."""
    wrapped = _wrapped(_spelled(text, style), style.width)
    return "".join(f"{_dressed(each, look, style)}\n" for each in wrapped)


def table(section: Section, style: RenderOptions) -> str:
    """A section as a table, its heading underlined, its footer set apart."""
    rows = [[_spelled(cell, style) for cell in row] for row in section.rows]
    heading = [_spelled(each.text, style) for each in section.headings]
    footer = [_spelled(cell, style) for cell in section.footer or ()]
    right = [each.right for each in section.headings]
    columns = list(zip(heading, *rows, *([footer] if footer else ()), strict=True))
    widths = [max(_width(part) for cell in each for part in cell.split("\n")) for each in columns]
    if style.width is not None:
        words = [
            max((_width(word) for cell in each for word in cell.split()), default=0)
            for each in columns
        ]
        widths = _fitted(widths, words, right, style.width)
    rule = ("-" if style.ascii else "─") * (sum(widths) + len(_GAP) * (len(widths) - 1))
    lines = ["", *_drawn(heading, widths, right, HEADING, style), f" {rule}"]
    for row in rows:
        lines += _drawn(row, widths, right, "", style)
    if footer:
        lines += ["", *_drawn(footer, widths, right, BOLD, style)]
    return "\n".join([*lines, "", ""])


def _spelled(text: str, style: RenderOptions) -> str:
    return ascii_only(safe(text)) if style.ascii else safe(text)


def _dressed(text: str, look: str, style: RenderOptions) -> str:
    return f"\x1b[{look}m{text}\x1b[0m" if look and style.colour and text else text


def _drawn(
    cells: Sequence[str],
    widths: Sequence[int],
    right: Sequence[bool],
    look: str,
    style: RenderOptions,
) -> Iterator[str]:
    """The lines of one row: as many as its highest cell has."""
    parts = [_wrapped(cell, width) for cell, width in zip(cells, widths, strict=True)]
    for number in range(max(map(len, parts))):
        drawn = ""
        for part, width, to_right in zip(parts, widths, right, strict=True):
            text = part[number] if number < len(part) else ""
            blank = " " * (width - _width(text))
            shown = _dressed(text, look, style)
            drawn += f"{blank}{shown}{_GAP}" if to_right else f"{shown}{blank}{_GAP}"
        yield f" {drawn}".rstrip()


def _fitted(
    natural: Sequence[int], words: Sequence[int], right: Sequence[bool], width: int
) -> list[int]:
    """The widths of columns on a narrow terminal: the widest give way first, down to their longest
    word; where that is not enough, words are broken as well, but for numbers."""
    widths = list(natural)
    room = width - 2 - len(_GAP) * (len(widths) - 1)
    broken = [
        each if is_number else min(each, _NARROW)
        for each, is_number in zip(words, right, strict=True)
    ]
    for least in (words, broken):
        while sum(widths) > room:
            wide = [n for n, each in enumerate(widths) if each > least[n]]
            if not wide:
                break
            widths[max(wide, key=widths.__getitem__)] -= 1
    return widths


def _wrapped(text: str, width: int | None) -> list[str]:
    """The lines of a text: broken between words, and inside of one that is wider than a line."""
    lines = text.split("\n")
    if width is None:
        return lines
    return [part for each in lines for part in _folded(each, max(width, 2))]


def _folded(text: str, width: int) -> Iterator[str]:
    if not text:
        yield text
    at = 0
    while at < len(text):
        # One character more than fit, so that nothing is looked at twice.
        piece = text[at : at + width + 1]
        if _width(piece) <= width:
            yield piece
            at += len(piece)
            continue
        end = _fitting(piece, width)
        # The line ends before a space, where it has one behind its indent.
        start = len(piece) - len(piece.lstrip(" "))
        space = piece.rfind(" ", start, end + 1)
        if space > start:
            yield piece[:space].rstrip(" ")
            at += space + 1
        else:
            yield piece[:end]
            at += end


def _fitting(text: str, width: int) -> int:
    """How many characters of a text fit; one at least."""
    end = used = 0
    for each in text:
        used += _width(each)
        if used > width:
            break
        end += 1
    return max(end, 1)


def _width(text: str) -> int:
    """How many cells of a terminal a text takes."""
    if text.isascii() or max(text) < _MAYBE_WIDE:
        return len(text)
    from unicodedata import category, east_asian_width

    return sum(
        0 if category(each) in ("Mn", "Me", "Cf") else 2 if east_asian_width(each) in "WF" else 1
        for each in text
    )
