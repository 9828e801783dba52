"""Report → tables for a terminal, or the same text without colour at full width."""

from __future__ import annotations

from collections.abc import Iterable
from io import StringIO

from rich.box import SIMPLE_HEAD
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from rnncli.formats import decoding, sections, words
from rnncli.formats.sections import Section
from rnncli.formats.style import Style
from rnncli.report import Report

# Wide enough for anything: a piped table is as wide as its widest row.
_ENDLESS = 100_000


def opening(report: Report, style: Style) -> str:
    """The tables: layers, states, parameters, and the sums."""
    parts: list[RenderableType] = [Text(words.safe(words.title(report)), style="bold")]
    note = words.length_note(report)
    if note:
        parts.append(Text(note))
    parts.append(draw(sections.layers(report, style.columns)))
    for section in (sections.states(report), sections.parameters(report)):
        if section.rows:
            parts += [Text(section.title, style="bold"), draw(section)]
    parts += [Text(line) for line in words.total_lines(report)]
    step = decoding.one_step(report)
    if step.rows:
        parts += ["", Text(step.title, style="bold"), draw(step)]
        parts += [Text(words.safe(line)) for line in decoding.loop_lines(report)]
    before = "" if style.first else "\n"
    return before + render(parts, style)


def closing(report: Report, style: Style) -> str:
    """Whether Keras agrees, where not, and the numbers themselves where they were asked for."""
    parts: list[RenderableType] = []
    unplanned = sections.from_the_run(report)
    if unplanned.rows:
        parts += ["", Text(unplanned.title, style="bold"), draw(unplanned)]
    agreement = words.agreement(report)
    if agreement and report.agreement:
        parts.append(Text(agreement, style="green" if report.agreement.agrees else "bold red"))
        if not report.agreement.agrees:
            parts.append(draw(sections.differences(report)))
    steps, fact = decoding.steps(report), decoding.fact(report)
    if steps.rows and fact and report.decoded:
        parts += ["", Text(steps.title, style="bold"), draw(steps)]
        parts.append(Text(fact, style="green" if report.decoded.equal else "bold red"))
    return render(parts, style) + numbers(report)


def page(title: str, lines: list[str], section: Section | None, style: Style) -> str:
    """A title, a table and lines of text; what is not given is left out."""
    parts: list[RenderableType] = [Text(title, style="bold")] if title else []
    if section:
        parts.append(draw(section))
    return render([*parts, *map(Text, lines)], style)


def numbers(report: Report) -> str:
    """Every tensor's values, as numpy writes them."""
    found = list(sections.values(report))
    if not found:
        return ""
    import numpy as np

    lines: list[str] = []
    for name, tensor in found:
        dtype = None if tensor.dtype in (None, "bfloat16") else tensor.dtype
        array = np.asarray(tensor.values, dtype=dtype)
        lines += ["", f"{words.safe(name)} {words.shape(tensor.actual)}", str(array)]
    return "\n".join(lines) + "\n"


def draw(section: Section) -> Table:
    """A section as a table that wraps where it must, and never cuts."""
    table = Table(
        box=SIMPLE_HEAD, show_footer=bool(section.footer), pad_edge=False, padding=(0, 1, 0, 0)
    )
    footers = section.footer or ("",) * len(section.headings)
    for heading, footer in zip(section.headings, footers, strict=True):
        table.add_column(
            heading.text,
            footer=Text(footer, style="bold"),
            justify="right" if heading.right else "left",
            overflow="fold",
            header_style="bold cyan",
        )
    for row in section.rows:
        table.add_row(*(Text(words.safe(cell)) for cell in row))
    return table


def render(parts: Iterable[RenderableType], style: Style) -> str:
    """What the parts look like on a terminal of this width, or anywhere."""
    console = Console(
        file=StringIO(),
        width=style.width or _ENDLESS,
        force_terminal=style.colour,
        no_color=not style.colour,
        color_system="standard" if style.colour else None,
        legacy_windows=False,
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=False,
    )
    with console.capture() as captured:
        for part in parts:
            console.print(part)
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())
