"""A layer table beside an earlier one: the rows that are new or changed are marked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from rnncli.formats.sections.first_page import Part
from rnncli.formats.sections.section import Heading, Section

NEW, CHANGED = "+", "~"
# How many changes are written out.
_LISTED = 4

Cells = Mapping[str, str]


def marked(before: Section, after: Part) -> Part:
    """Returns a table with a mark before each row that is new or changed, and lines that say what
    changed."""
    section = after.section
    then = dict(_rows(before))
    now = dict(_rows(section))
    changes = {key: _changes(then.get(key), cells) for key, cells in now.items()}
    marks = [_mark(then, key, changes[key]) for key in now]
    rows = [(mark, *row) for mark, row in zip(marks, section.rows, strict=True)]
    footer = section.footer
    if footer:
        total = _changes(dict(_named(before, before.footer or ())), dict(_named(section, footer)))
        footer = (CHANGED if total else "", *footer)
    return Part(
        replace(
            section,
            headings=(Heading(""), *section.headings),
            rows=tuple(rows),
            footer=footer,
        ),
        (*_lines(then, now, changes), *after.lines),
    )


def _rows(section: Section) -> Iterator[tuple[tuple[str, int], Cells]]:
    """Yields the cells of each row by the name of the layer, and which one of that name it is."""
    seen: dict[str, int] = {}
    for row in section.rows:
        number = seen[row[0]] = seen.get(row[0], 0) + 1
        yield (row[0], number), dict(_named(section, row))


def _named(section: Section, row: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for heading, cell in zip(section.headings, row, strict=False):
        yield heading.text, cell


def _changes(before: Cells | None, now: Cells) -> list[str]:
    """Returns what changed in a row, as ``Output (1, 3) → (1, 4)``."""
    if before is None:
        return []
    return [
        f"{name} {_cell(before[name])} → {_cell(cell)}"
        for name, cell in now.items()
        if name in before and before[name] != cell
    ]


def _cell(text: str) -> str:
    return text.replace("\n", ", ") or "nothing"


def _mark(then: Mapping[tuple[str, int], Cells], key: tuple[str, int], changes: list[str]) -> str:
    if key not in then:
        return NEW
    return CHANGED if changes else ""


def _lines(
    then: Mapping[tuple[str, int], Cells],
    now: Mapping[tuple[str, int], Cells],
    changes: Mapping[tuple[str, int], list[str]],
) -> Iterator[str]:
    """Yields what changed since the last plan, a line for a layer."""
    lines = [f"{key[0].strip()}: {', '.join(parts)}" for key, parts in changes.items() if parts]
    new = [key[0].strip() for key in now if key not in then]
    gone = [key[0].strip() for key in then if key not in now]
    lines += [f"new: {', '.join(new)}"] if new else []
    lines += [f"gone: {', '.join(gone)}"] if gone else []
    if not lines:
        return
    yield "Since the last plan:"
    yield from (f"  {line}" for line in lines[:_LISTED])
    if len(lines) > _LISTED:
        yield f"  … and {len(lines) - _LISTED} more"
