"""Diff → text: a table for a terminal, Markdown for a pull request, a page, or CSV."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rnncli.formats import csv, markdown, table
from rnncli.formats.render_options import RenderOptions
from rnncli.formats.sections import diff as sections
from rnncli.formats.sections.section import Heading, Section
from rnncli.formats.terminal import narrowest
from rnncli.report.diff import Diff

if TYPE_CHECKING:
    from htpy import Node


def as_table(diff: Diff, options: RenderOptions) -> str:
    """Returns a page for a terminal."""
    lines = sections.sentences(diff)
    if diff.equal:
        return table.page(sections.title(diff), lines, None, options)
    section = sections.differences(diff)
    if options.width and narrowest(section) > options.width:
        section = sections.differences(diff, with_change=False)
    return table.page(sections.title(diff), lines, section, options)


def as_markdown(diff: Diff) -> str:
    """Returns a table and a list, for a comment on a pull request."""
    section = None if diff.equal else sections.differences(diff)
    lines = [markdown.escaped(line) for line in sections.sentences(diff)]
    return markdown.page(sections.title(diff), lines, section, RenderOptions())


def as_html(diff: Diff) -> str:
    """Returns a page."""
    from rnncli.formats import html_parts

    return html_parts.whole_page(sections.title(diff), _content(diff))


def _content(diff: Diff) -> Iterator[Node]:
    import htpy as h

    from rnncli.formats import html_parts

    yield h.h1[sections.title(diff)]
    for line in sections.sentences(diff):
        yield h.p[line]
    yield from html_parts.problems_of(diff.problems)
    if not diff.equal:
        yield from html_parts.titled(sections.differences(diff))


def as_csv(diff: Diff) -> str:
    """Returns a row for each fact that differs; numbers have no commas."""
    headings = ("kind", "layer", "class", "what", "a", "b", "change", "why")
    rows = [
        (fact.kind, fact.subject, fact.cls, fact.what, _number(fact.before), _number(fact.after),
         fact.change, fact.why)
        for fact in sections.facts(diff)
    ]  # fmt: skip
    section = Section("", tuple(map(Heading, headings)), tuple(rows))
    return csv.tables([(sections.title(diff), section)], "models")


def _number(text: str) -> str:
    return text.replace(",", "") if text.replace(",", "").isdecimal() else text
