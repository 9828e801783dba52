"""Trace → text for a terminal, or the same without colour: tables of numbers, or heat maps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import msgspec

from rnncli.formats import phrases
from rnncli.formats.heat_map import HeatMap, Scale, legend
from rnncli.formats.render_options import RenderOptions
from rnncli.formats.sections import trace as sections
from rnncli.formats.sections.section import Section
from rnncli.formats.terminal import BOLD, GREEN, HEADING, RED, drawn, line, table, width_of
from rnncli.formats.text import one_line
from rnncli.report.trace import AttentionTrace, LayerTrace, Trace

# The largest map: further columns and rows are put together, each by its mean.
_COLUMNS, _ROWS = 60, 16
_WIDTH = 80


class TraceOptions(msgspec.Struct, frozen=True):
    """What of a trace is drawn: one unit or all, and every number or only short layers'."""

    unit: int | None = None
    values: bool = False


def render(trace: Trace, options: RenderOptions, chosen: TraceOptions) -> str:
    """Returns the layers one after another, and whether Keras agrees."""
    source = "" if trace.source == trace.name else f" · {one_line(trace.source)}"
    of = f"sequence {trace.sequence} of {trace.batch}, " if trace.batch > 1 else ""
    seed = f"{of}seed {trace.seed}"
    text = line(f"{one_line(trace.name)}{source} · {seed}", options, BOLD)
    note = phrases.data_note(trace)
    text += line(note, options) if note else ""
    hidden: dict[str, set[tuple[int, ...]]] = {}
    drawn: set[bool] = set()
    for layer in trace.traces:
        if any(layer.time_steps):
            # Of the calls of a TimeDistributed, the first is shown.
            hidden.setdefault(layer.name, set()).add(layer.time_steps)
        elif isinstance(layer, AttentionTrace):
            text += "\n" + _attention(layer, options)
            drawn.add(False)
        elif chosen.unit is None or chosen.unit < layer.units:
            text += "\n" + _layer(layer, options, chosen)
            if not chosen.values and not sections.is_short(layer, chosen.unit):
                drawn |= {True, not layer.gate_names}
    if not trace.traces:
        text += "\n" + line("Attention over several axes is not drawn.", options)
    text += "\n"
    if drawn:
        legends = [legend(signed, options.colour, options.ascii) for signed in sorted(drawn)]
        text += line(f"Shades: {'; '.join(legends)}.", options)
    for name, calls in hidden.items():
        times = "time" if len(calls) == 1 else "times"
        text += line(
            f"{name} is called {len(calls):,} more {times} by the TimeDistributed around it: "
            "--json and --output FILE.npz have them all.",
            options,
        )
    if trace.agreement is None:
        return text
    return text + line(sections.verdict(trace), options, GREEN if trace.agreement.agrees else RED)


def _layer(layer: LayerTrace, options: RenderOptions, chosen: TraceOptions) -> str:
    text = line(sections.title(layer), options, HEADING)
    units = list(range(layer.units)) if chosen.unit is None else [chosen.unit]
    formulas = False
    if chosen.values:
        text += table(sections.all_values(layer, units), options)
    elif sections.is_short(layer, chosen.unit):
        section, formulas = _fitting(layer, units, options)
        text += table(section, options)
    else:
        text += "".join(_maps(layer, units, options))
        formulas = len(units) > 1
    if layer.formulas and not formulas:
        text += line(sections.formulas(layer), options)
    return text + "".join(line(sentence, options) for sentence in sections.sentences(layer))


def _fitting(
    layer: LayerTrace, units: Sequence[int], options: RenderOptions
) -> tuple[Section, bool]:
    """The widest table of numbers that fits the terminal, or the narrowest; and whether it has the
    formulas."""
    widest = [(2, True), (2, False), (1, False), (0, False)]
    tables = [(sections.numbers(layer, units, *extras), extras[1]) for extras in widest]
    room = options.width or _WIDTH
    return next((made for made in tables if width_of(made[0]) <= room), tables[-1])


def _maps(layer: LayerTrace, units: Sequence[int], options: RenderOptions) -> Iterator[str]:
    """A heat map for each quantity; of a single unit, a row for each."""
    names = list(layer.quantities)
    facts = {name: _facts(layer, name, units) for name in names}
    # The facts of a single unit stand behind its row, if there is room for them.
    margin = max(len(sections.meaning(name)) for name in names) if len(units) == 1 else 5
    columns = _groups(layer.steps, _room(options, margin))
    wide = _wide(len(columns), options, margin)
    length = margin + 4 + wide * len(columns) + max(map(len, facts.values()))
    behind = len(units) == 1 and length <= (options.width or _WIDTH)
    masked = [all(sections.is_masked(layer, step) for step in group) for group in columns]
    most = _ROWS * (2 if options.colour else 1)
    rows = [[units[place] for place in group] for group in _groups(len(units), most)]
    for name in names:
        means = _means(layer.quantities[name], rows, columns)
        scale = Scale.of(means, name in layer.gate_names)
        labels = [f"{group[0]:>{margin}}" for group in rows]
        if behind:
            labels = [f"{sections.meaning(name):<{margin}}"]
        else:
            yield line(f"{sections.meaning(name)}  {facts[name]}", options, BOLD)
        shown = HeatMap(means, labels, masked, scale, wide, options.colour, options.ascii)
        yield drawn(shown, options, f"  {facts[name]}" if behind else "")
    yield line(_axis(layer, columns, rows, options), options)


def _room(options: RenderOptions, width: int) -> int:
    """How many columns fit beside labels of a width."""
    return max(min(_COLUMNS, (options.width or _WIDTH) - width - 3), 8)


def _wide(columns: int, options: RenderOptions, width: int) -> int:
    """How many characters a column takes: short maps are drawn wider."""
    return 2 if 2 * columns <= min(_COLUMNS, _room(options, width)) else 1


def _groups(count: int, most: int) -> list[range]:
    """Divides places into at most so many groups of nearly one size."""
    groups = min(count, most)
    ends = [count * group // groups for group in range(groups + 1)] if groups else []
    return [range(start, end) for start, end in pairwise(ends)]


def _means(
    numbers: Any, rows: Sequence[Sequence[int]], columns: Sequence[range]
) -> list[list[float]]:
    """The mean of each group of units and steps; masked steps are left out of it."""
    import numpy as np

    array = np.asarray(numbers, dtype="float64")
    result = []
    for units in rows:
        means = array[:, list(units)].mean(axis=1)
        row = []
        for steps in columns:
            part = means[steps.start : steps.stop]
            known = part[~np.isnan(part)]
            row.append(float(known.mean()) if known.size else float("nan"))
        result.append(row)
    return result


def _facts(layer: LayerTrace, name: str, units: Sequence[int]) -> str:
    """The range of a quantity, how it follows from others, and how much of it is saturated."""
    import numpy as np

    array = np.asarray(layer.quantities[name], dtype="float64")[:, list(units)]
    known = array[np.isfinite(array)]
    if not known.size:
        return "no numbers"
    signed = name not in layer.gate_names
    low, high = float(known.min()), float(known.max())
    text = f"{sections.short(low, signed)} to {sections.short(high, signed)}"
    if name in layer.gate_names:
        text += f"; <.1 {np.mean(known < 0.1):.0%}, >.9 {np.mean(known > 0.9):.0%}"
    elif name in layer.formulas and len(units) > 1:
        text += f"; = {layer.formulas[name]}"
    return text


def _axis(
    layer: LayerTrace,
    columns: Sequence[range],
    rows: Sequence[Sequence[int]],
    options: RenderOptions,
) -> str:
    text = f"Steps 1 to {layer.steps:,} from left to right"
    size = max(map(len, columns), default=1)
    if size > 1:
        text += f", binned: a column is the mean of up to {size:,} steps"
    deep = max(map(len, rows), default=1)
    if deep > 1:
        text += f"; a row is the mean of {deep} units"
    elif options.colour and len(rows) > 1:
        text += "; a row is two units"
    return f"{text}."


def _attention(layer: AttentionTrace, options: RenderOptions) -> str:
    """A heat map of query by key for each head."""
    import numpy as np

    text = line(sections.attention_title(layer), options, HEADING)
    columns: list[range] = []
    rows: list[range] = []
    for head, scores in enumerate(layer.scores):
        array = np.asarray(scores, dtype="float64")
        if not array.size:
            continue
        columns = _groups(array.shape[1], _room(options, 5))
        rows = _groups(array.shape[0], _ROWS * (2 if options.colour else 1))
        means = _means(array.T, rows, columns)
        labels = [str(group[0] + 1) for group in rows]
        scale = Scale(0.0, max(max(row) for row in means), signed=False)
        if len(layer.scores) > 1:
            text += line(f"head {head}  0 to {sections.short(scale.high, False)}", options, BOLD)
        shown = HeatMap(
            means, [f"{label:>5}" for label in labels], [False] * len(columns), scale,
            _wide(len(columns), options, 5), options.colour, options.ascii,
        )  # fmt: skip
        text += drawn(shown, options)
    size = max(map(len, columns), default=1)
    binned = f", binned: a column is the mean of up to {size} keys" if size > 1 else ""
    deep = max(map(len, rows), default=1)
    binned += f"; a row is the mean of up to {deep} queries" if deep > 1 else ""
    return text + line(f"Keys from left to right, queries down{binned}.", options)
