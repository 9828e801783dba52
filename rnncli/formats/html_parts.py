"""The parts of every page: its frame, its tables, its pictures.

A page loads nothing, and needs no script to be read; a script sorts its tables. It is light or
dark as the reader's system is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.resources import files
from typing import TYPE_CHECKING

from rnncli.formats import diagnostics
from rnncli.formats.sections.section import Section
from rnncli.formats.text import one_line, safe
from rnncli.problems import Problem

if TYPE_CHECKING:
    from htpy import Node

# Nothing of a page may be loaded from elsewhere.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
_PAGE_STYLE = """body { margin: 0; } .rnncli { padding: clamp(.75rem, 4vw, 2rem); }
html { color-scheme: light dark; }
@media screen and (prefers-color-scheme: dark) { html { background: #14181d; } }
"""
# The classes of rows that have a colour.
_CLASSES = {"red": "error", "yellow": "warning", "green": "good"}


def whole_page(title: str, content: Iterable[Node]) -> str:
    """Returns a page with this content."""
    import htpy as h
    from markupsafe import Markup

    page = h.html(lang="en")[
        h.head[
            h.meta(charset="utf-8"),
            h.meta(http_equiv="Content-Security-Policy", content=_POLICY),
            h.meta(name="viewport", content="width=device-width, initial-scale=1"),
            h.title[one_line(title)],
            h.style[_asset("html.css"), Markup(_PAGE_STYLE)],
        ],
        h.body[h.main(".rnncli")[content], h.script[_asset("html.js")]],
    ]
    # In ASCII, as its style and its script are, it is the same in every encoding.
    return f"{page}\n".encode("ascii", "xmlcharrefreplace").decode("ascii")


def fragment(content: Iterable[Node]) -> str:
    """Returns the content of a page alone, for a notebook."""
    import htpy as h

    return str(h.div(".rnncli")[h.style[_asset("html.css")], content])


def _asset(name: str) -> Node:
    """A file beside this module, which is trusted text."""
    from markupsafe import Markup

    return Markup(files("rnncli.formats").joinpath(name).read_text(encoding="utf-8"))


def problems_of(problems: Iterable[Problem]) -> Iterator[Node]:
    """Yields the problems, each with its place and its fix, below a heading."""
    import htpy as h

    for number, problem in enumerate(problems):
        if not number:
            yield h.h2["Problems"]
        yield h.pre(f".{problem.severity}")[diagnostics.render([problem]).rstrip("\n")]


def picture(drawn: Callable[[bool], str]) -> Node:
    """Returns a picture on light and on dark ground; ``drawn`` draws it on dark ground if true."""
    import htpy as h
    from markupsafe import Markup

    # A picture escapes what it shows.
    light, dark = Markup(drawn(False)), Markup(drawn(True))
    return h.div(".picture")[h.div(".light")[light], h.div(".dark")[dark]]


def titled(section: Section, *, sortable: bool = False) -> Iterator[Node]:
    """A table under its title; nothing of a section without rows."""
    import htpy as h

    if section.rows:
        yield h.h2[section.title]
        yield table(section, sortable=sortable)


def table(section: Section, *, sortable: bool = False, title: str = "") -> Node:
    """A section as a table; one that is ``sortable`` has buttons in its headings.

    ``title`` is for screen readers, in place of that of the section.
    """
    import htpy as h

    classes = [_class(heading.right, heading.wraps) for heading in section.headings]
    heads = [
        h.th(class_=name, scope="col")[heading.text] if heading.text else h.td
        for heading, name in zip(section.headings, classes, strict=True)
    ]
    styles = section.styles or ("",) * len(section.rows)
    rows = [
        h.tr(class_=_CLASSES.get(style), data_depth=str(_depth(row)))[_cells(row, classes)]
        for row, style in zip(section.rows, styles, strict=True)
    ]
    footer = h.tfoot[h.tr[_cells(section.footer, classes)]] if section.footer else None
    body = h.table(class_="sortable" if sortable else None)
    # A wide table is scrolled by its keyboard's arrows as well.
    region = h.div(".scroll", role="group", tabindex="0", aria_label=title or section.title)
    return region[body[h.thead[h.tr[heads]], h.tbody[rows], footer]]


def _cells(row: Sequence[str], classes: Sequence[str | None]) -> list[Node]:
    import htpy as h

    return [h.td(class_=name)[safe(cell)] for cell, name in zip(row, classes, strict=True)]


def _class(right: bool, wraps: bool) -> str | None:
    return "right" if right else "wraps" if wraps else None


def _depth(row: Sequence[str]) -> int:
    """How deep a layer is inside others; 0 in the model."""
    return (len(row[0]) - len(row[0].lstrip(" "))) // 2 if row else 0
