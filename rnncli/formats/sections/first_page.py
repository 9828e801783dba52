"""Which parts of a report a reader sees: the short ones, or those that ``--show`` names."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec
from msgspec.structs import replace

from rnncli.formats.render_options import RenderOptions
from rnncli.formats.sections import model, training
from rnncli.formats.sections.section import Section
from rnncli.report.report import Report

# The largest number of rows of a part on the first page.
_SHORT = 12
# A table of more rows is shortened on a terminal, to this many rows from either end.
_LONG = 500
_ENDS = 20
# The columns that are removed from a table too wide for its terminal, in this order.
_LEAVING = ("class", "mask", "macs", "from")

_PARTS: Mapping[str, Callable[[Report, bool], Section]] = {
    "states": model.states,
    "formulas": model.formulas,
    "weights": model.weights,
    "training": training.parts,
    "activations": training.activations,
}


class Part(msgspec.Struct, frozen=True):
    """A table of the report, and lines that say which part of it is not shown."""

    section: Section
    lines: tuple[str, ...] = ()


def layer_table(
    report: Report, options: RenderOptions, width_of: Callable[[Section], int] | None = None
) -> Part:
    """Returns the layer table, without some columns if ``width_of`` finds it too wide."""
    part = shortened(model.layers(report, options.columns, options.expand), options)
    if width_of is None or not options.width or options.columns:
        return part
    names = [*model.chosen_columns(report, None)]
    hidden: list[str] = []
    for name in _LEAVING:
        if width_of(part.section) <= options.width:
            break
        if name in names:
            names.remove(name)
            hidden.append(model.COLUMNS[name][0].text)
            part = shortened(model.layers(report, tuple(names), options.expand), options)
    if hidden:
        line = f"Not shown for lack of width: {', '.join(hidden)}."
        part = replace(part, lines=(line, *part.lines))
    return part


def other_parts(report: Report, options: RenderOptions) -> tuple[list[Part], str | None]:
    """Returns the tables of states, formulas, weights and training that are short or requested, and
    a line that names those that are too long."""
    names = options.show if options.show is not None else ("states", "formulas", "activations")
    parts: list[Part] = []
    long: dict[str, int] = {}
    for name, section_of in _PARTS.items():
        # The memory of training is there where it was asked for.
        if name not in names and name != "training":
            continue
        section = section_of(report, options.expand)
        if options.show is None and len(section.rows) > _SHORT:
            long[name] = len(section.rows)
        elif section.rows:
            parts.append(shortened(section, options))
    if not long:
        return parts, None
    counted = " and ".join(f"{count} rows of {name}" for name, count in long.items())
    return parts, f"--show {','.join(long)} shows {counted}."


def shows_layers(options: RenderOptions) -> bool:
    """Returns whether the layer table is one of the parts."""
    return options.show is None or "layers" in options.show


def shortened(section: Section, options: RenderOptions) -> Part:
    """Keeps only the first and last rows of a table that is too long for a terminal."""
    rows = section.rows
    if options.width is None or options.expand or len(rows) <= _LONG:
        return Part(section)
    blank = tuple("…" if not number else "" for number, _ in enumerate(section.headings))
    line = (
        f"{len(rows) - 2 * _ENDS:,} of {len(rows):,} rows are not shown: --expand shows them, and "
        "a pipe, --json and --format csv have them all."
    )
    return Part(replace(section, rows=(*rows[:_ENDS], blank, *rows[-_ENDS:])), (line,))
