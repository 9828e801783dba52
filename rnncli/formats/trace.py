"""Trace → text in every format but JSON, which is written piece by piece."""

from __future__ import annotations

from collections.abc import Iterator

from rnncli.formats import csv, markdown
from rnncli.formats.phrases import data_note
from rnncli.formats.render_options import RenderOptions, TraceOptions
from rnncli.formats.sections import trace as sections
from rnncli.formats.sections import trace_sentences as said
from rnncli.formats.text import one_line
from rnncli.report.trace import AttentionTrace, Trace


def render(trace: Trace, format_name: str, options: RenderOptions, chosen: TraceOptions) -> str:
    """Returns the layers one after another, and whether Keras agrees."""
    if format_name == "csv":
        tables = [(layer.key, sections.every_number(layer)) for layer in trace.traces]
        return csv.tables(tables, "layer")
    if format_name == "html":
        from rnncli.formats.trace_html import render as page

        return page(trace, chosen)
    if format_name == "markdown":
        return "\n\n".join(_markdown(trace, chosen)) + "\n"
    from rnncli.formats.trace_terminal import render as drawn

    return drawn(trace, options, chosen)


def _markdown(trace: Trace, chosen: TraceOptions) -> Iterator[str]:
    """Yields the parts: tables of numbers, or of the range of what is too long for one."""
    yield f"## {markdown.escaped(one_line(trace.name))}"
    yield f"`{one_line(trace.source)}` · {said.seed(trace)}"
    if note := data_note(trace):
        yield markdown.escaped(note)
    for layer in sections.shown(trace, chosen.unit):
        if isinstance(layer, AttentionTrace):
            yield f"### {markdown.escaped(said.attention_title(layer))}"
            yield markdown.draw(sections.attention_facts(layer))
            continue
        units = chosen.units(layer)
        yield f"### {markdown.escaped(said.title(layer))}"
        if chosen.values:
            yield markdown.draw(sections.all_values(layer, units))
        elif sections.is_short(layer, chosen.unit):
            yield markdown.draw(sections.numbers(layer, units, 0, True))
        else:
            yield markdown.draw(sections.facts(layer, units))
        yield "\n".join(f"- {markdown.escaped(line)}" for line in said.sentences(layer))
    yield from map(markdown.escaped, said.notes(trace))
