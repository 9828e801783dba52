"""Report → one self-contained page: the picture, the tables, the problems.

The page loads nothing, and needs no script to be read; a script sorts its tables. It is light or
dark as the reader's system is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.resources import files
from typing import TYPE_CHECKING

from rnncli.formats import diagnostics, phrases
from rnncli.formats.render_options import RenderOptions
from rnncli.formats.sections import decoding, training
from rnncli.formats.sections import model as model_sections
from rnncli.formats.sections.section import Heading, Section
from rnncli.formats.text import one_line, safe
from rnncli.pictures.picture import PictureOptions, draw, usual_kind
from rnncli.report.layer import Layer
from rnncli.report.report import Report

if TYPE_CHECKING:
    from htpy import Node

# Nothing of a page may be loaded from elsewhere.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
_PAGE_STYLE = """body { margin: 0; } .rnncli { padding: clamp(.75rem, 4vw, 2rem); }
html { color-scheme: light dark; }
@media screen and (prefers-color-scheme: dark) { html { background: #14181d; } }
"""
# A picture of more layers takes longer to draw, and to show, than anyone looks at it.
_MOST_DRAWN = 1_000
# A model of at most this many layers is shown in time as well.
_FEW_LAYERS = 12


def render_plan(report: Report, options: RenderOptions) -> str:
    """Returns no text: the page is written when the report is complete."""
    return ""


def render_outcome(report: Report, options: RenderOptions) -> str:
    """Returns the page."""
    import htpy as h
    from markupsafe import Markup

    page = h.html(lang="en")[
        h.head[
            h.meta(charset="utf-8"),
            h.meta(http_equiv="Content-Security-Policy", content=_POLICY),
            h.meta(name="viewport", content="width=device-width, initial-scale=1"),
            h.title[one_line(report.name)],
            h.style[_asset("html.css"), Markup(_PAGE_STYLE)],
        ],
        h.body[h.main(".rnncli")[_content(report)], h.script[_asset("html.js")]],
    ]
    # In ASCII, as its style and its script are, it is the same in every encoding.
    return f"{page}\n".encode("ascii", "xmlcharrefreplace").decode("ascii")


def fragment(report: Report) -> str:
    """Returns the content of the page alone, for a notebook."""
    import htpy as h

    return str(h.div(".rnncli")[h.style[_asset("html.css")], _content(report)])


def _asset(name: str) -> Node:
    """A file beside this module, which is trusted text."""
    from markupsafe import Markup

    return Markup(files("rnncli.formats").joinpath(name).read_text(encoding="utf-8"))


def _content(report: Report) -> Iterator[Node]:
    import htpy as h

    yield h.h1[one_line(report.name)]
    yield h.p(".muted")[one_line(report.source)]
    agreement = phrases.agreement(report)
    if agreement and report.agreement:
        yield h.p(".good" if report.agreement.agrees else ".bad")[agreement]
    for line in phrases.total_lines(report):
        yield h.p[line]
    note = phrases.length_note(report)
    if note:
        yield h.p(".muted")[note]
    yield from _problems(report)
    yield from _pictures(report)
    yield from _titled(model_sections.layers(report, None, False), sortable=True)
    yield from _titled(model_sections.from_the_run(report))
    if report.agreement and not report.agreement.agrees:
        yield from _titled(model_sections.differences(report))
    yield from _titled(model_sections.states(report, False))
    yield from _titled(model_sections.formulas(report, False))
    yield from _layers(report)
    yield from _titled(training.parts(report))
    yield from _titled(training.activations(report))
    step = decoding.one_step(report)
    yield from _titled(step)
    for line in decoding.loop_lines(report):
        yield h.p[safe(line)]
    yield from _titled(decoding.steps(report))
    fact = decoding.fact(report)
    if fact:
        yield h.p[safe(fact)]
    if any(model_sections.values(report)):
        from rnncli.formats.table import numbers

        yield h.h2["Values"]
        yield h.pre(tabindex="0")[numbers(report).strip("\n")]


def _problems(report: Report) -> Iterator[Node]:
    import htpy as h

    if report.problems:
        yield h.h2["Problems"]
    for problem in report.problems:
        yield h.pre(f".{problem.severity}")[diagnostics.render([problem]).rstrip("\n")]


def _pictures(report: Report) -> Iterator[Node]:
    import htpy as h

    yield h.h2["Picture"]
    if len(report.layers) > _MOST_DRAWN:
        yield h.p[
            f"Pictures of more than {_MOST_DRAWN:,} layers are left out; rnncli draw makes one."
        ]
        return
    yield _picture(report, PictureOptions())
    if usual_kind(report) != "graph":
        graph = _picture(report, PictureOptions(kind="graph"))
        yield h.details[h.summary["The graph of the layers"], graph]
    elif len(report.layers) <= _FEW_LAYERS and any(layer.states for layer in report.layers):
        unrolled = _picture(report, PictureOptions(kind="unrolled"))
        yield h.details[h.summary["In time"], unrolled]


def _picture(report: Report, options: PictureOptions) -> Node:
    import htpy as h
    from markupsafe import Markup
    from msgspec.structs import replace

    # A picture escapes what it shows.
    light, dark = (draw(report, replace(options, dark=dark)) for dark in (False, True))
    return h.div(".picture")[h.div(".light")[Markup(light)], h.div(".dark")[Markup(dark)]]


def _layers(report: Report) -> Iterator[Node]:
    """Each layer that has weights, to unfold."""
    import htpy as h

    weighted = [layer for layer in report.layers if layer.params and layer.params.total]
    if weighted:
        yield h.h2["Weights"]
    for layer in weighted:
        yield _layer(layer)


def _layer(layer: Layer) -> Node:
    import htpy as h

    total = phrases.number(layer.params.total if layer.params else None)
    inner = [_layer(inner) for inner in layer.layers if inner.params and inner.params.total]
    rows = [
        (
            weight.name,
            phrases.shape(weight.shape),
            phrases.number(weight.count),
            weight.formula or "",
        )
        for weight in layer.weights or ()
    ]
    headings = (
        Heading("Weight"),
        Heading("Shape"),
        Heading("Count", right=True),
        Heading("Sizes"),
    )
    weights = Section(f"Weights of {one_line(layer.name)}", headings, tuple(rows))
    return h.details[
        h.summary[f"{one_line(layer.name)} ({one_line(layer.cls)}), {total} parameters"],
        _table(weights, False) if rows else None,
        inner,
    ]


def _titled(section: Section, *, sortable: bool = False) -> Iterator[Node]:
    import htpy as h

    if section.rows:
        yield h.h2[section.title]
        yield _table(section, sortable)


def _table(section: Section, sortable: bool) -> Node:
    import htpy as h

    classes = [_class(heading.right, heading.wraps) for heading in section.headings]
    heads = [
        h.th(class_=name, scope="col")[heading.text]
        for heading, name in zip(section.headings, classes, strict=True)
    ]
    rows = [h.tr(data_depth=str(_depth(row)))[_cells(row, classes)] for row in section.rows]
    footer = h.tfoot[h.tr[_cells(section.footer, classes)]] if section.footer else None
    table = h.table(class_="sortable" if sortable else None)
    # A wide table is scrolled by its keyboard's arrows as well.
    region = h.div(".scroll", role="group", tabindex="0", aria_label=section.title)
    return region[table[h.thead[h.tr[heads]], h.tbody[rows], footer]]


def _cells(row: Sequence[str], classes: Sequence[str | None]) -> list[Node]:
    import htpy as h

    return [h.td(class_=name)[safe(cell)] for cell, name in zip(row, classes, strict=True)]


def _class(right: bool, wraps: bool) -> str | None:
    return "right" if right else "wraps" if wraps else None


def _depth(row: Sequence[str]) -> int:
    """How deep a layer is inside others; 0 in the model."""
    return (len(row[0]) - len(row[0].lstrip(" "))) // 2 if row else 0
