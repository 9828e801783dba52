"""Which parts of a report a reader sees: the short ones, or those that ``--show`` names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import msgspec

from rnncli.formats.render_options import RenderOptions
from rnncli.formats.sections import model
from rnncli.formats.sections.section import Section
from rnncli.report.report import Report

# How many rows a part has at most on the first page.
_SHORT = 12
# A table of more rows is shortened on a terminal: to so many from either end.
_LONG = 500
_ENDS = 20
# The columns that leave a table which is too wide for its terminal, in this order.
_LEAVING = ("class", "mask", "macs", "from")

_PARTS: Mapping[str, Callable[[Report, bool], Section]] = {
    "states": model.states,
    "formulas": model.formulas,
    "weights": model.weights,
}


class Part(msgspec.Struct, frozen=True):
    """A table of the report, and lines that say what of it is not shown."""

    section: Section
    lines: tuple[str, ...] = ()


def layer_table(
    report: Report, options: RenderOptions, width_of: Callable[[Section], int] | None = None
) -> Part:
    """The layers. Columns leave where ``width_of`` finds the table too wide for the terminal."""
    section = model.layers(report, options.columns, options.expand)
    lines: list[str] = []
    if width_of and options.width and not options.columns:
        names = [*model.chosen_columns(report, None)]
        left: list[str] = []
        for name in _LEAVING:
            if width_of(section) <= options.width:
                break
            if name in names:
                names.remove(name)
                left.append(model.COLUMNS[name][0].text)
                section = model.layers(report, tuple(names), options.expand)
        if left:
            lines.append(f"Not shown for lack of width: {', '.join(left)}.")
    return shortened(section, options, lines)


def other_parts(report: Report, options: RenderOptions) -> Iterator[Part]:
    """The states, the formulas and the weights: those that are short, or that are asked for."""
    for name, part in _PARTS.items():
        if options.show is not None:
            section = part(report, options.expand) if name in options.show else None
        else:
            section = part(report, options.expand) if name != "weights" else None
            if section and len(section.rows) > _SHORT:
                section = None
        if section and section.rows:
            yield shortened(section, options)


def left_out(report: Report, options: RenderOptions) -> str | None:
    """Which parts are too long for the first page, in one line."""
    if options.show is not None:
        return None
    long = []
    for name in ("states", "formulas"):
        rows = _PARTS[name](report, options.expand).rows
        if len(rows) > _SHORT:
            long.append((name, len(rows)))
    if not long:
        return None
    names = ",".join(name for name, _ in long)
    counted = " and ".join(f"{count} rows of {name}" for name, count in long)
    return f"--show {names} shows {counted}."


def shows_layers(options: RenderOptions) -> bool:
    """Whether the layer table is one of the parts."""
    return options.show is None or "layers" in options.show


def shortened(section: Section, options: RenderOptions, lines: list[str] | None = None) -> Part:
    """A table with its first and its last rows alone, where it is too long for a terminal."""
    rows, lines = section.rows, lines or []
    if options.width is None or options.expand or len(rows) <= _LONG:
        return Part(section, tuple(lines))
    blank = tuple("…" if not number else "" for number, _ in enumerate(section.headings))
    lines.append(
        f"{len(rows) - 2 * _ENDS:,} of {len(rows):,} rows are not shown: --expand shows them, and "
        "a pipe, --json and --format csv have them all."
    )
    short = msgspec.structs.replace(section, rows=(*rows[:_ENDS], blank, *rows[-_ENDS:]))
    return Part(short, tuple(lines))
