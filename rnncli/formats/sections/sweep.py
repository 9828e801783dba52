"""The variants of a model: a row for each, with bars, and sentences below them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from rnncli.config.writing import flow
from rnncli.formats.phrases import memory, number, seconds
from rnncli.formats.sections.section import Heading, Section
from rnncli.formats.text import one_line
from rnncli.report.sweep import Growth, Measured, Sweep, Variant

_BAR = 20
_NONE = "not installed"
_NOUNS = {"params": "the parameters", "macs": "the MACs"}
# The totals of a variant, what a run measures, and the bars.
COLUMNS: Mapping[str, Heading] = {
    "params": Heading("Params", right=True),
    "macs": Heading("MACs", right=True),
    "weight_bytes": Heading("Weights", right=True),
    "activation_bytes": Heading("Outputs", right=True),
    "agrees": Heading("Keras"),
    "min_seconds": Heading("Time, min", right=True),
    "median_seconds": Heading("Time, median", right=True),
    "peak_bytes": Heading("Peak", right=True),
    "half_life": Heading("Half-life", right=True),
    "bars": Heading(""),
}
_MEASURED = ("agrees", "min_seconds", "median_seconds", "peak_bytes", "half_life")
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
    columns = [name for name in COLUMNS if name not in (*without, *_not_measured(sweep))]
    if len(sweep.variants) < 2 or not largest:
        columns = [name for name in columns if name != "bars"]
    has_notes = any(map(note, sweep.variants))
    headings = [Heading(axis.path, right=True) for axis in sweep.axes]
    headings += [COLUMNS[name] for name in columns] + [Heading("Note", wraps=True)] * has_notes
    rows = []
    for variant in sweep.variants:
        row = [written(variant.settings[axis.path]) for axis in sweep.axes]
        row += [_cell(name, variant, largest) for name in columns]
        row += [note(variant)] * has_notes
        rows.append(tuple(row))
    styles = tuple([_style(variant) for variant in sweep.variants]) if has_notes else ()
    return Section("Variants", tuple(headings), tuple(rows), styles=styles)


def _not_measured(sweep: Sweep) -> tuple[str, ...]:
    """The columns of what was measured in no variant."""
    measured = [variant.measured for variant in sweep.variants if variant.measured]
    if any(one.half_lives for one in measured):
        return ()
    return ("half_life",) if measured else _MEASURED


def _cell(name: str, variant: Variant, largest: int) -> str:
    """Formats a total of a variant, or what was measured; one that is no model has none."""
    if name in _MEASURED:
        return _measured_cell(name, variant.measured) if variant.measured else ""
    if variant.params is None and variant.problems:
        return ""
    if name == "bars":
        return _bar(variant.params or 0, largest)
    count = getattr(variant, name)
    return memory(count) if name.endswith("bytes") else number(count)


def _measured_cell(name: str, measured: Measured) -> str:
    value = getattr(measured, name)
    if name == "agrees":
        return "agrees" if value else "differs"
    if name == "half_life":
        return "" if value is None else f"{value:.3g}"
    return memory(value) if name == "peak_bytes" else seconds(value)


def records(sweep: Sweep) -> Section:
    """Returns a row for each variant with exact numbers, for a spreadsheet."""
    totals = ("params", "macs", "weight_bytes", "activation_bytes")
    axes = (*sweep.axes, *sweep.constants)
    measured = [name for name in _MEASURED[:-1] if name not in _not_measured(sweep)]
    layers = [*dict.fromkeys(name for one in sweep.variants for name in _half_lives(one))]
    headings = (
        *[Heading(axis.path) for axis in axes],
        *[Heading(name, right=True) for name in (*totals, *measured)],
        *[Heading(f"half_life.{name}", right=True) for name in layers],
        Heading("over_budget"),
        Heading("error"),
    )
    rows = [
        (
            *[written(variant.settings[axis.path]) for axis in axes],
            *[_exact(getattr(variant, name)) for name in totals],
            *[_exact(getattr(variant.measured, name, None)) for name in measured],
            *[_exact(_half_lives(variant).get(name)) for name in layers],
            " ".join(variant.over_budget),
            variant.problems[0].message if variant.problems else "",
        )
        for variant in sweep.variants
    ]
    return Section("Variants", headings, tuple(rows))


def _half_lives(variant: Variant) -> dict[str, float | None]:
    half_lives = (variant.measured and variant.measured.half_lives) or {}
    return {name: half_life.steps for name, half_life in half_lives.items()}


def _exact(value: float | None) -> str:
    return "" if value is None else flow(value)


def written(value: Any) -> str:
    """Formats a value as a config writes it."""
    return one_line(value if isinstance(value, str) else flow(value))


def _bar(count: int, largest: int) -> str:
    """Draws a bar of half blocks; what is not nothing has at least one half."""
    halves = max(round(2 * _BAR * count / largest), 1 if count else 0)
    return "█" * (halves // 2) + "▌" * (halves % 2)


def note(variant: Variant) -> str:
    """Says what is wrong with a variant: an error, a difference, a budget; empty if it is fine."""
    notes = [f"error: {problem.code}" for problem in variant.problems[:1]]
    if variant.measured and not variant.measured.agrees:
        first = variant.measured.differences[0]
        notes.append(f"differs: {one_line(f'{first.layer} {first.what}')}")
    over = [_LIMITED[name] for name in variant.over_budget if not variant.problems]
    notes += [f"over budget: {', '.join(over)}"] if over else []
    return "; ".join(notes)


def _style(variant: Variant) -> str:
    is_wrong = variant.problems or (variant.measured and not variant.measured.agrees)
    return "red" if is_wrong else "yellow" if variant.over_budget else ""


def in_short(variant: Variant) -> str:
    """Says on a line what the run of a variant showed."""
    settings = ", ".join(f"{path} = {written(value)}" for path, value in variant.settings.items())
    measured = variant.measured
    shown = [_measured_cell(name, measured) for name in _MEASURED] if measured else []
    if measured and shown[-1]:
        shown[-1] = f"half-life {shown[-1]} steps"
    notes = note(variant) if variant.problems else ""
    return f"{one_line(settings)}: {', '.join(filter(None, (*shown, notes)))}"


def sentences(sweep: Sweep) -> list[str]:
    """Says how many variants were planned, what they have in common, and how the totals grow."""
    count = len(sweep.variants)
    measured = [variant.measured for variant in sweep.variants if variant.measured]
    failed = sum(bool(variant.problems) for variant in sweep.variants)
    over = sum(bool(variant.over_budget) for variant in sweep.variants)
    parts = [f"{count:,} planned, {f'{len(measured):,}' if measured else 'none'} run"]
    parts += [f"{failed:,} in error"] if failed else []
    parts += [f"{over:,} over budget"] if over else []
    lines = [f"{'; '.join(parts)}.", *_of_the_runs(measured)]
    if sweep.constants:
        settings = ", ".join(f"{axis.path} = {axis.values[0]}" for axis in sweep.constants)
        lines.append(f"All have {one_line(settings)}.")
    for axis in sweep.axes:
        factors = [_factor(growth) for growth in sweep.growth if growth.path == axis.path]
        if factors:
            grows = f"multiplies {' and '.join(factors)} here"
            lines.append(f"Doubling {one_line(axis.path)} {grows}.")
    return lines


def _of_the_runs(measured: Sequence[Measured]) -> Iterator[str]:
    """Says whether Keras agrees, and what the numbers are."""
    if not measured:
        return
    one = measured[0]
    differing = sum(not other.agrees for other in measured)
    agrees = f"does not agree with {differing:,} of the plans" if differing else "agrees with all"
    yield f"Keras {one.versions.keras} {agrees}."
    yield (
        f"Time is that of a traced forward pass at batch {one.batch}: the least and the median of "
        f"{one.runs}. Peak is the memory of the whole process."
    )
    if any(other.half_lives for other in measured):
        yield "Half-life is the shortest of the layers, in steps of time."


def _factor(growth: Growth) -> str:
    least, most = f"{growth.least:.3g}", f"{growth.most:.3g}"
    factor = most if least == most else f"{least} to {most}"
    return f"{_NOUNS[growth.total]} by {factor}"


def versions(here: Mapping[str, str], there: Mapping[str, Mapping[str, str]]) -> Section:
    """Returns a row for each version of a worker that is not that of this process."""
    rows = [
        (one_line(worker), package, installed or _NONE, here[package] or _NONE)
        for worker, packages in there.items()
        for package, installed in packages.items()
        if installed != here[package]
    ]
    headings = ("Worker", "Package", "There", "Here")
    return Section("Versions", tuple(map(Heading, headings)), tuple(rows))
