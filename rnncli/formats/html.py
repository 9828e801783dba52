"""Report → one self-contained page: the picture, the tables, the problems."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec.structs import replace

from rnncli.formats import html_parts, phrases
from rnncli.formats.html_parts import problems_of, table, titled
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

# A picture of more layers takes longer to draw, and to show, than anyone looks at it.
_MOST_DRAWN = 1_000
# A model of at most this many layers is shown in time as well.
_FEW_LAYERS = 12


def render_plan(report: Report, options: RenderOptions) -> str:
    """Returns no text: the page is written when the report is complete."""
    return ""


def render_outcome(report: Report, options: RenderOptions) -> str:
    """Returns the page."""
    return html_parts.whole_page(report.name, _content(report))


def fragment(report: Report) -> str:
    """Returns the content of the page alone, for a notebook."""
    return html_parts.fragment(_content(report))


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
    yield from problems_of(report.problems)
    yield from _pictures(report)
    yield from titled(model_sections.layers(report, None, False), sortable=True)
    yield from titled(model_sections.from_the_run(report))
    if report.agreement and not report.agreement.agrees:
        yield from titled(model_sections.differences(report))
    yield from titled(model_sections.states(report, False))
    yield from titled(model_sections.formulas(report, False))
    yield from _layers(report)
    yield from titled(training.parts(report))
    yield from titled(training.activations(report))
    step = decoding.one_step(report)
    yield from titled(step)
    for line in decoding.loop_lines(report):
        yield h.p[safe(line)]
    yield from titled(decoding.steps(report))
    fact = decoding.fact(report)
    if fact:
        yield h.p[safe(fact)]
    if any(model_sections.values(report)):
        from rnncli.formats.table import numbers

        yield h.h2["Values"]
        yield h.pre(tabindex="0")[numbers(report).strip("\n")]


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
    return html_parts.picture(lambda dark: draw(report, replace(options, dark=dark)))


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
        table(weights) if rows else None,
        inner,
    ]
