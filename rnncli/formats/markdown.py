"""Report → Markdown tables, for notes and pull requests."""

from __future__ import annotations

from rnncli.formats import phrases
from rnncli.formats.render_options import RenderOptions
from rnncli.formats.sections import decoding, facts, first_page
from rnncli.formats.sections import model as model_sections
from rnncli.formats.sections.section import Section
from rnncli.formats.text import one_line, safe
from rnncli.report.report import Report


def render_plan(report: Report, options: RenderOptions) -> str:
    """Returns the tables of layers, states and parameters, and the totals."""
    parts = [f"## {escaped(one_line(report.name))}", f"`{one_line(report.source)}`"]
    notes = (phrases.data_note(report), phrases.length_note(report))
    parts += [escaped(note) for note in notes if note]
    if first_page.shows_layers(options):
        parts.append(draw(first_page.layer_table(report, options).section))
    shown, hidden = first_page.other_parts(report, options)
    for part in shown:
        parts += [f"### {part.section.title}", draw(part.section)]
    lines = [*phrases.total_lines(report), *([hidden] if hidden else [])]
    parts += ["\n".join(f"- {line}" for line in lines)]
    step = decoding.one_step(report)
    if step.rows:
        lines = [f"- {escaped(line)}" for line in decoding.loop_lines(report)]
        parts += [f"### {step.title}", draw(step), "\n".join(lines)]
    return ("" if options.first else "\n") + "\n\n".join(parts) + "\n"


def render_outcome(report: Report, options: RenderOptions) -> str:
    """Reports whether Keras agrees, the differences, and the values if they were requested."""
    parts: list[str] = []
    unplanned = model_sections.from_the_run(report)
    if unplanned.rows:
        parts += [f"### {unplanned.title}", draw(unplanned)]
    agreement = phrases.agreement(report)
    if agreement:
        parts.append(agreement)
    if report.agreement and not report.agreement.agrees:
        parts += ["### Differences", draw(model_sections.differences(report))]
    steps, fact = decoding.steps(report), decoding.fact(report)
    if steps.rows and fact:
        parts += [f"### {steps.title}", draw(steps), escaped(fact)]
    if holds := facts.lines(report):
        parts += [f"### {facts.TITLE}", "\n".join(f"- {escaped(says)}" for says in holds)]
    if any(model_sections.values(report)):
        from rnncli.formats.table import numbers

        parts += ["### Values", f"```text{numbers(report)}```"]
    return "".join(f"\n{part}\n" for part in parts)


def page(title: str, lines: list[str], section: Section | None, options: RenderOptions) -> str:
    """Returns a title, a table and lines of text; empty parts are left out."""
    parts = [f"`{title}`"] if title else []
    if section:
        parts.append(draw(section))
    return "\n\n".join([*parts, *lines]) + "\n"


def draw(section: Section) -> str:
    """A section as a Markdown table."""
    rule = ["---:" if heading.right else "---" for heading in section.headings]
    rows = [[heading.text for heading in section.headings], rule]
    rows += [[escaped(cell) for cell in row] for row in section.rows]
    if section.footer:
        rows.append([f"**{cell}**" if cell else "" for cell in section.footer])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def escaped(cell: str) -> str:
    """Escapes Markdown's special characters; the indent of an inner layer is kept."""
    text = safe(cell).replace("&", "&amp;")
    depth = len(text) - len(text.lstrip(" "))
    for mark in "\\|*_`<>[":
        text = text.replace(mark, "\\" + mark)
    return "&nbsp;" * depth + text.lstrip(" ").replace("\n", "<br>")
