"""Report → tables for a terminal, or the same text without colour at full width."""

from __future__ import annotations

from typing import Any

from rnncli.formats import phrases
from rnncli.formats.render_options import RenderOptions
from rnncli.formats.sections import changes, decoding, facts, first_page
from rnncli.formats.sections import model as model_sections
from rnncli.formats.sections.section import Section
from rnncli.formats.terminal import BOLD, GREEN, RED, line, table, width_of
from rnncli.formats.text import safe
from rnncli.report.layer import Tensor
from rnncli.report.report import Report


def render_plan(report: Report, options: RenderOptions, before: Report | None = None) -> str:
    """Returns the first page: the layers, then the parts that are short, and the totals.

    What is not as it was in the report ``before`` is marked.
    """
    text = ("" if options.first else "\n") + line(
        phrases.title(report, options.width), options, BOLD
    )
    for note in (phrases.data_note(report), phrases.length_note(report)):
        text += line(note, options) if note else ""
    if first_page.shows_layers(options):
        part = first_page.layer_table(report, options, width_of)
        if before is not None:
            part = changes.marked(first_page.layer_table(before, options, width_of).section, part)
        text += _part(part, options)
    parts, hidden = first_page.other_parts(report, options)
    for part in parts:
        text += line(part.section.title, options, BOLD) + _part(part, options)
    text += "".join(line(total, options) for total in phrases.total_lines(report))
    text += line(hidden, options) if hidden else ""
    step = decoding.one_step(report)
    if step.rows:
        text += "\n" + line(step.title, options, BOLD) + table(step, options)
        text += "".join(line(sentence, options) for sentence in decoding.loop_lines(report))
    return text


def _part(part: first_page.Part, options: RenderOptions) -> str:
    lines = "".join(line(text, options) for text in part.lines)
    return table(part.section, options) + (f"{lines}\n" if lines else "")


def render_outcome(report: Report, options: RenderOptions) -> str:
    """Reports whether Keras agrees, the differences, and the values if they were requested."""
    text = ""
    unplanned = model_sections.from_the_run(report)
    if unplanned.rows:
        text += "\n" + line(unplanned.title, options, BOLD) + table(unplanned, options)
    agreement = phrases.agreement(report)
    if agreement and report.agreement:
        agrees = report.agreement.agrees
        text += line(agreement, options, GREEN if agrees else RED)
        if not agrees:
            text += table(model_sections.differences(report), options)
    steps, fact = decoding.steps(report), decoding.fact(report)
    if steps.rows and fact and report.decoded:
        text += "\n" + line(steps.title, options, BOLD) + table(steps, options)
        text += line(fact, options, GREEN if report.decoded.equal else RED)
    if holds := facts.lines(report):
        text += "\n" + line(facts.TITLE, options, BOLD)
        text += "".join(line(says, options) for says in holds)
    return text + numbers(report)


def page(title: str, lines: list[str], section: Section | None, options: RenderOptions) -> str:
    """Returns a title, a table and lines of text; empty parts are left out."""
    parts = [line(title, options, BOLD)] if title else []
    if section:
        parts.append(table(section, options))
    return "".join([*parts, *(line(text, options) for text in lines)])


def numbers(report: Report) -> str:
    """Returns the values of every tensor as numpy prints them."""
    named_tensors = list(model_sections.values(report))
    if not named_tensors:
        return ""
    lines: list[str] = []
    for name, tensor in named_tensors:
        lines += ["", f"{safe(name)} {phrases.shape(tensor.actual)}", str(_array(tensor))]
    return "\n".join(lines) + "\n"


def _array(tensor: Tensor) -> Any:
    """Returns the values as a numpy array; a dtype that numpy lacks is replaced by one it has."""
    import numpy as np

    if (tensor.dtype or "").startswith("complex"):
        parts = np.asarray(tensor.values, dtype=f"float{int((tensor.dtype or '')[7:]) // 2}")
        return parts[..., 0] + 1j * parts[..., 1]
    try:
        dtype = np.dtype(tensor.dtype)
    except TypeError:
        return np.asarray(tensor.values)
    return np.asarray(tensor.values, dtype=dtype)
