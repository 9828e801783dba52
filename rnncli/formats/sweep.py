"""Sweep → text: a table, Markdown, CSV, a page, or a line of JSON for each variant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rnncli.formats import csv, json, markdown, table
from rnncli.formats.render_options import RenderOptions
from rnncli.formats.sections import sweep as sections
from rnncli.formats.sections.first_page import shortened
from rnncli.formats.terminal import narrowest
from rnncli.formats.text import one_line
from rnncli.report.sweep import Sweep

if TYPE_CHECKING:
    from htpy import Node

# The columns that are removed from a table too wide for its terminal, in this order.
_LEAVING = ("activation_bytes", "weight_bytes", "bars", "macs", "min_seconds", "agrees")


def as_table(sweep: Sweep, options: RenderOptions) -> str:
    """Returns a page for a terminal: of a long table the ends, of a wide one fewer columns."""
    part = shortened(sections.variants(sweep), options)
    without: list[str] = []
    for name in _LEAVING:
        if not options.width or narrowest(part.section) <= options.width:
            break
        without.append(name)
        part = shortened(sections.variants(sweep, without), options)
    hidden = ", ".join(filter(None, (sections.COLUMNS[name].text for name in without)))
    lines = [f"Not shown for lack of width: {hidden}."] if hidden else []
    lines += [*part.lines, *sections.sentences(sweep)]
    return table.page(_title(sweep), lines, part.section, options)


def as_markdown(sweep: Sweep) -> str:
    """Returns a table and a list, for notes and pull requests."""
    lines = [markdown.escaped(line) for line in sections.sentences(sweep)]
    section = sections.variants(sweep, ["bars"])
    return markdown.page(_title(sweep), lines, section, RenderOptions())


def as_html(sweep: Sweep) -> str:
    """Returns a page: plots, and a table that can be sorted."""
    from rnncli.formats import html_parts

    return html_parts.whole_page(sweep.name, _content(sweep))


def _content(sweep: Sweep) -> Iterator[Node]:
    import htpy as h

    from rnncli.formats import html_parts
    from rnncli.formats.sweep_plots import as_svg, too_many

    yield h.h1[one_line(sweep.name)]
    yield h.p(".muted")[one_line(sweep.source)]
    for line in sections.sentences(sweep):
        yield h.p[line]
    many = too_many(sweep)
    yield h.p(".muted")[many] if many else html_parts.picture(lambda dark: as_svg(sweep, dark=dark))
    yield from html_parts.titled(sections.variants(sweep, ["bars"]), sortable=True)
    # Many variants may have one error.
    told = {problem.message: problem for one in sweep.variants for problem in one.problems}
    yield from html_parts.problems_of(told.values())


def as_csv(sweep: Sweep) -> str:
    """Returns a row for each variant, with exact numbers."""
    return csv.tables([(sweep.name, sections.records(sweep))], "model")


def as_json_lines(sweep: Sweep, options: RenderOptions) -> str:
    """Returns a document on a line for each variant."""
    return "".join(json.line(variant, options) for variant in sweep.variants)


def _title(sweep: Sweep) -> str:
    name, source = one_line(sweep.name), one_line(sweep.source)
    return name if name == source else f"{name} · {source}"
