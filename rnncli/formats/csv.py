"""Report → CSV, a row for every layer, for spreadsheets; unknown values are empty."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from io import StringIO

from rnncli.formats import phrases
from rnncli.formats.render_options import RenderOptions
from rnncli.formats.sections import model as model_sections
from rnncli.formats.sections.section import Heading, Section
from rnncli.formats.text import one_line
from rnncli.report.layer import Layer
from rnncli.report.report import Report

HEADINGS = (
    "model", "layer", "class", "depth", "from", "initial_state", "output", "dtype", "states",
    "params", "trainable", "non_trainable", "shared_with", "macs", "mask",
)  # fmt: skip


def render_plan(report: Report, options: RenderOptions) -> str:
    """Returns no text: rows are written when the report is complete."""
    return ""


def render_outcome(report: Report, options: RenderOptions) -> str:
    """Returns the rows; only the first report has the headings above them."""
    text = StringIO()
    writer = csv.DictWriter(text, _columns(options), extrasaction="ignore", lineterminator="\n")
    if options.first:
        writer.writeheader()
    for depth, layer in model_sections.walk(report.layers):
        writer.writerow(_row(report, depth, layer))
    return text.getvalue()


def tables(sections: Sequence[tuple[str, Section]], title: str) -> str:
    """Returns several tables as one, with the columns of all of them.

    Their names are its first column, headed by ``title``.
    """
    columns = {_snake(heading.text): "" for _, section in sections for heading in section.headings}
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([title, *columns])
    for name, section in sections:
        for row in section.rows:
            cells = {
                _snake(heading.text): _cell(cell, heading)
                for cell, heading in zip(row, section.headings, strict=True)
            }
            writer.writerow([_text(name), *(columns | cells).values()])
    return text.getvalue()


def _snake(heading: str) -> str:
    return heading.lower().replace(" ", "_")


def _cell(cell: str, heading: Heading) -> str:
    """Returns a cell for a spreadsheet: a number without commas, or nothing if it is unknown."""
    if heading.right:
        return "" if cell == phrases.UNKNOWN else cell.replace(",", "")
    return "" if cell == phrases.NOTHING_RETURNED else _text(cell.replace("\n", " "))


def _columns(options: RenderOptions) -> tuple[str, ...]:
    columns = options.columns
    return tuple(name for name in HEADINGS if not columns or name in (*columns, "model"))


def _row(report: Report, depth: int, layer: Layer) -> dict[str, object]:
    params = layer.params
    return {
        "model": _text(report.name),
        "layer": _text(layer.name),
        "class": _text(layer.cls),
        "depth": depth,
        "from": _text(" ".join(layer.inbound)),
        "initial_state": _text(" ".join(layer.initial_state)),
        "output": " ".join(
            phrases.shape(tensor.shape, tensor.letters) for tensor in layer.outputs if tensor.shape
        ),
        "dtype": " ".join(tensor.dtype for tensor in layer.outputs if tensor.dtype),
        "states": " ".join(f"{state.name} {phrases.shape(state.shape)}" for state in layer.states),
        "params": params.total if params else None,
        "trainable": params.trainable if params else None,
        "non_trainable": params.non_trainable if params else None,
        "shared_with": _text(layer.shared_with or ""),
        "macs": layer.macs,
        "mask": layer.mask,
    }


def _text(value: str) -> str:
    """Returns text that no spreadsheet reads as a formula."""
    text = one_line(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text
