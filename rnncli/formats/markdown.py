"""Report → Markdown tables, for notes and pull requests."""

from __future__ import annotations

from rnncli.formats import decoding, sections, words
from rnncli.formats.sections import Section
from rnncli.formats.style import Style
from rnncli.report import Report


def opening(report: Report, style: Style) -> str:
    """The tables: layers, states, parameters, and the sums."""
    parts = [f"## {_escaped(words.one_line(report.name))}", f"`{words.one_line(report.source)}`"]
    note = words.length_note(report)
    if note:
        parts.append(note)
    parts.append(draw(sections.layers(report, style.columns)))
    for section in (sections.states(report), sections.parameters(report)):
        if section.rows:
            parts += [f"### {section.title}", draw(section)]
    parts += ["\n".join(f"- {line}" for line in words.total_lines(report))]
    step = decoding.one_step(report)
    if step.rows:
        lines = [f"- {_escaped(line)}" for line in decoding.loop_lines(report)]
        parts += [f"### {step.title}", draw(step), "\n".join(lines)]
    return ("" if style.first else "\n") + "\n\n".join(parts) + "\n"


def closing(report: Report, style: Style) -> str:
    """Whether Keras agrees, where not, and the numbers where they were asked for."""
    parts: list[str] = []
    unplanned = sections.from_the_run(report)
    if unplanned.rows:
        parts += [f"### {unplanned.title}", draw(unplanned)]
    agreement = words.agreement(report)
    if agreement:
        parts.append(agreement)
    if report.agreement and not report.agreement.agrees:
        parts += ["### Differences", draw(sections.differences(report))]
    steps, fact = decoding.steps(report), decoding.fact(report)
    if steps.rows and fact:
        parts += [f"### {steps.title}", draw(steps), fact]
    if any(sections.values(report)):
        from rnncli.formats.table import numbers

        parts += ["### Values", f"```text{numbers(report)}```"]
    return "".join(f"\n{part}\n" for part in parts)


def page(title: str, lines: list[str], section: Section | None, style: Style) -> str:
    """A title, a table and lines of text; what is not given is left out."""
    parts = [f"`{title}`"] if title else []
    if section:
        parts.append(draw(section))
    return "\n\n".join([*parts, *lines]) + "\n"


def draw(section: Section) -> str:
    """A section as a Markdown table."""
    rule = ["---:" if heading.right else "---" for heading in section.headings]
    rows = [[heading.text for heading in section.headings], rule]
    rows += [[_escaped(cell) for cell in row] for row in section.rows]
    if section.footer:
        rows.append([f"**{cell}**" if cell else "" for cell in section.footer])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _escaped(cell: str) -> str:
    """Text that Markdown reads as text; the indent of an inner layer is kept."""
    text = words.safe(cell)
    depth = len(text) - len(text.lstrip(" "))
    for mark in "\\|*_`<>[":
        text = text.replace(mark, "\\" + mark)
    return "&nbsp;" * depth + text.lstrip(" ").replace("\n", "<br>")
