"""The variants of a model: a row for each, with bars, and sentences below them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from rnncli.config.writing import flow
from rnncli.formats.phrases import memory, number
from rnncli.formats.sections.section import Heading, Section
from rnncli.formats.text import one_line
from rnncli.report.sweep import Growth, Sweep, Variant

_BAR = 20
_NOUNS = {"params": "the parameters", "macs": "the MACs"}
# The totals of a variant, and the bars.
COLUMNS: Mapping[str, Heading] = {
    "params": Heading("Params", right=True),
    "macs": Heading("MACs", right=True),
    "weight_bytes": Heading("Weights", right=True),
    "activation_bytes": Heading("Outputs", right=True),
    "bars": Heading(""),
}
_LIMITED = {
    "params": "parameters",
    "macs": "MACs",
    "weight_bytes": "weights",
    "activation_bytes": "outputs",
}


def variants(sweep: Sweep, without: Collection[str] = ()) -> Section:
    """Returns a row for each variant, ``without`` some of the columns of ``COLUMNS``.

    The bars are those of the parameters.
    """
    largest = max((variant.params or 0 for variant in sweep.variants), default=0)
    columns = [name for name in COLUMNS if name not in without]
    if len(sweep.variants) < 2 or not largest:
        columns = [name for name in columns if name != "bars"]
    has_notes = any(variant.over_budget or variant.problems for variant in sweep.variants)
    headings = [Heading(axis.path, right=True) for axis in sweep.axes]
    headings += [COLUMNS[name] for name in columns] + [Heading("", wraps=True)] * has_notes
    rows = []
    for variant in sweep.variants:
        row = [_value(variant.settings[axis.path]) for axis in sweep.axes]
        row += [_cell(name, variant, largest) for name in columns]
        row += [_note(variant)] * has_notes
        rows.append(tuple(row))
    styles = tuple([_style(variant) for variant in sweep.variants]) if has_notes else ()
    return Section("Variants", tuple(headings), tuple(rows), styles=styles)


def _cell(name: str, variant: Variant, largest: int) -> str:
    """Formats a total of a variant; one in error has none."""
    if variant.problems:
        return ""
    if name == "bars":
        return _bar(variant.params or 0, largest)
    count = getattr(variant, name)
    return memory(count) if name.endswith("bytes") else number(count)


def records(sweep: Sweep) -> Section:
    """Returns a row for each variant with exact numbers, for a spreadsheet."""
    totals = ("params", "macs", "weight_bytes", "activation_bytes")
    axes = (*sweep.axes, *sweep.constants)
    headings = (
        *[Heading(axis.path) for axis in axes],
        *[Heading(name, right=True) for name in totals],
        Heading("over_budget"),
        Heading("error"),
    )
    rows = [
        (
            *[_value(variant.settings[axis.path]) for axis in axes],
            *["" if (count := getattr(variant, name)) is None else str(count) for name in totals],
            " ".join(variant.over_budget),
            variant.problems[0].message if variant.problems else "",
        )
        for variant in sweep.variants
    ]
    return Section("Variants", headings, tuple(rows))


def _value(value: Any) -> str:
    """Formats a value as a config writes it."""
    return one_line(value if isinstance(value, str) else flow(value))


def _bar(count: int, largest: int) -> str:
    """Draws a bar of half blocks; what is not nothing has at least one half."""
    halves = max(round(2 * _BAR * count / largest), 1 if count else 0)
    return "█" * (halves // 2) + "▌" * (halves % 2)


def _note(variant: Variant) -> str:
    if variant.problems:
        return f"error: {variant.problems[0].code}"
    over = [_LIMITED[name] for name in variant.over_budget]
    return f"over budget: {', '.join(over)}" if over else ""


def _style(variant: Variant) -> str:
    return "red" if variant.problems else "yellow" if variant.over_budget else ""


def sentences(sweep: Sweep) -> list[str]:
    """Says how many variants were planned, what they have in common, and how the totals grow."""
    count = len(sweep.variants)
    failed = sum(bool(variant.problems) for variant in sweep.variants)
    over = sum(bool(variant.over_budget) for variant in sweep.variants)
    parts = [f"{count:,} planned, none run"]
    parts += [f"{failed:,} in error"] if failed else []
    parts += [f"{over:,} over budget"] if over else []
    lines = [f"{'; '.join(parts)}."]
    if sweep.constants:
        settings = ", ".join(f"{axis.path} = {axis.values[0]}" for axis in sweep.constants)
        lines.append(f"All have {one_line(settings)}.")
    for axis in sweep.axes:
        factors = [_factor(growth) for growth in sweep.growth if growth.path == axis.path]
        if factors:
            grows = f"multiplies {' and '.join(factors)} here"
            lines.append(f"Doubling {one_line(axis.path)} {grows}.")
    return lines


def _factor(growth: Growth) -> str:
    least, most = f"{growth.least:.3g}", f"{growth.most:.3g}"
    factor = most if least == most else f"{least} to {most}"
    return f"{_NOUNS[growth.total]} by {factor}"
