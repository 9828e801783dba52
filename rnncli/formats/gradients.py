"""Gradients → text in every format."""

from __future__ import annotations

from typing import cast

from rnncli.formats import TableFormat, csv, load
from rnncli.formats.json import document
from rnncli.formats.render_options import RenderOptions
from rnncli.formats.sections import gradient_curves
from rnncli.formats.sections import gradients as sections
from rnncli.formats.sections.section import Section
from rnncli.formats.terminal import width_of
from rnncli.formats.text import one_line
from rnncli.report.gradients import Gradients

# The widest curve and the narrowest.
_WIDEST, _NARROWEST = 60, 20


def render(gradients: Gradients, format_name: str, options: RenderOptions) -> str:
    """Returns the gradients as tables, as rows of CSV, as a JSON document, or as a page."""
    if format_name == "json":
        return document(gradients, options)
    if format_name == "csv":
        return csv.tables([(gradients.name, _every_number(gradients))], "model")
    if format_name == "html":
        from rnncli.formats.gradients_html import render as html

        return html(gradients)
    if not gradients.layers:
        return ""
    page = cast(TableFormat, load(format_name)).page
    room = _room(gradients, options)
    curves = gradient_curves.curves(gradients, room, ascii=options.ascii)
    weights = sections.weights(gradients, expand=options.expand)
    name, source = one_line(gradients.name), one_line(gradients.source)
    title = name if source == name else f"{name} · {source}"
    marks = gradient_curves.marks_per_step(gradients, room, ascii=options.ascii)
    # A table ends with an empty line, and a line of text does not.
    gap = "" if format_name == "table" else "\n"
    after = "\n" if marks and format_name == "table" else ""
    ratios = sections.ratios(gradients)
    if options.width is not None and width_of(ratios) > options.width:
        ratios = sections.ratios(gradients, narrow=True)
    parts = [
        page(title, [], ratios, options),
        page(curves.title, marks, curves, options) + after,
    ]  # fmt: skip
    if weights.rows:
        parts.append(page(weights.title, [], weights, options))
    lines = sections.sentences(gradients)
    if not weights.rows:
        lines.append(f"--expand shows the gradients at the {weights.title}.")
    if gradients.check is not None:
        lines.append(sections.verdict(gradients))
    parts.append(page("", lines, None, options))
    return gap.join(parts)


def _room(gradients: Gradients, options: RenderOptions) -> int:
    """How many marks a curve has: as many as the terminal has room for beside the other columns."""
    if options.width is None:
        return _WIDEST
    narrowest = width_of(gradient_curves.curves(gradients, 1, ascii=options.ascii))
    beside = narrowest - len(gradient_curves.curve_heading(gradients))
    return min(max(options.width - beside, _NARROWEST), _WIDEST)


def _every_number(gradients: Gradients) -> Section:
    """Returns a row for each step of each state of each layer."""
    from rnncli.formats.sections.section import Heading

    names = ("layer", "direction", "class", "length", "seed", "state", "step", "norm", "log10_norm")
    rows = [
        (
            layer.name,
            layer.direction or "",
            layer.cls,
            str(layer.length),
            str(layer.seed),
            state,
            str(step + 1),
            "" if norm is None else repr(norm),
            "" if log is None else repr(log),
        )
        for layer in gradients.layers
        for state, norms in layer.norms.items()
        for step, (norm, log) in enumerate(zip(norms, layer.log10_norms[state], strict=True))
    ]
    right = ("length", "seed", "step", "norm", "log10_norm")
    headings = tuple([Heading(name, right=name in right) for name in names])
    return Section("", headings, tuple(rows))
