"""Trace → text for a terminal, or the same without colour: tables of numbers, or heat maps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rnncli.formats import phrases
from rnncli.formats.binning import binned, groups, means
from rnncli.formats.heat_map import HeatMap, Scale, legend
from rnncli.formats.render_options import RenderOptions, TraceOptions
from rnncli.formats.sections import trace as sections
from rnncli.formats.sections import trace_sentences as said
from rnncli.formats.sections.section import Section
from rnncli.formats.terminal import BOLD, GREEN, HEADING, RED, drawn, line, table, width_of
from rnncli.formats.text import one_line
from rnncli.report.trace import AttentionTrace, LayerTrace, Trace

# The largest map: further columns and rows are put together, each by its mean.
_COLUMNS, _ROWS = 60, 16
_WIDTH = 80


def render(trace: Trace, options: RenderOptions, chosen: TraceOptions) -> str:
    """Returns the layers one after another, and whether Keras agrees."""
    source = "" if trace.source == trace.name else f" · {one_line(trace.source)}"
    text = line(f"{one_line(trace.name)}{source} · {said.seed(trace)}", options, BOLD)
    note = phrases.data_note(trace)
    text += line(note, options) if note else ""
    signs: set[bool] = set()
    for layer in sections.shown(trace, chosen.unit):
        if isinstance(layer, AttentionTrace):
            text += "\n" + _attention(layer, options)
            signs.add(False)
        else:
            text += "\n" + _layer(layer, options, chosen)
            if not chosen.values and not sections.is_short(layer, chosen.unit):
                signs |= {True, not layer.gate_names}
    text += "\n"
    if signs:
        legends = [legend(signed, options.colour, options.ascii) for signed in sorted(signs)]
        text += line(f"Shades: {'; '.join(legends)}.", options)
    text += "".join(line(note, options) for note in said.notes(trace))
    if trace.agreement is None:
        return text
    return text + line(said.verdict(trace), options, GREEN if trace.agreement.agrees else RED)


def _layer(layer: LayerTrace, options: RenderOptions, chosen: TraceOptions) -> str:
    text = line(said.title(layer), options, HEADING)
    units = chosen.units(layer)
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
        text += line(said.formulas(layer), options)
    return text + "".join(line(sentence, options) for sentence in said.sentences(layer))


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
    columns = groups(layer.steps, _room(options, margin))
    wide = _wide(len(columns), options, margin)
    length = margin + 4 + wide * len(columns) + max(map(len, facts.values()))
    behind = len(units) == 1 and length <= (options.width or _WIDTH)
    masked = [all(sections.is_masked(layer, step) for step in group) for group in columns]
    most = _ROWS * (2 if options.colour else 1)
    rows = [[units[place] for place in group] for group in groups(len(units), most)]
    for name in names:
        numbers = means(layer.quantities[name], rows, columns)
        scale = Scale.of(numbers, name in layer.gate_names)
        labels = [f"{group[0]:>{margin}}" for group in rows]
        if behind:
            labels = [f"{sections.meaning(name):<{margin}}"]
        else:
            yield line(f"{sections.meaning(name)}  {facts[name]}", options, BOLD)
        shown = HeatMap(numbers, labels, masked, scale, wide, options.colour, options.ascii)
        yield drawn(shown, options, f"  {facts[name]}" if behind else "")
    yield line(_axis(layer, columns, rows, options), options)


def _room(options: RenderOptions, width: int) -> int:
    """How many columns fit beside labels of a width."""
    return max(min(_COLUMNS, (options.width or _WIDTH) - width - 3), 8)


def _wide(columns: int, options: RenderOptions, width: int) -> int:
    """How many characters a column takes: short maps are drawn wider."""
    return 2 if 2 * columns <= min(_COLUMNS, _room(options, width)) else 1


def _facts(layer: LayerTrace, name: str, units: Sequence[int]) -> str:
    """The range of a quantity, how it follows from others, and how much of it is saturated."""
    known = sections.numbers_of(layer, name, units)
    if not known.size:
        return "no numbers"
    signed = name not in layer.gate_names
    low, high = float(known.min()), float(known.max())
    text = f"{sections.short(low, signed)} to {sections.short(high, signed)}"
    if name in layer.gate_names:
        low_share, high_share = sections.saturated(known)
        text += f"; <.1 {low_share}, >.9 {high_share}"
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
    text += binned(columns, rows, ("steps", "units"))
    two = options.colour and len(rows) > 1 and max(map(len, rows)) == 1
    return f"{text}{'; a row is two units' if two else ''}."


def _attention(layer: AttentionTrace, options: RenderOptions) -> str:
    """A heat map of query by key for each head."""
    import numpy as np

    text = line(said.attention_title(layer), options, HEADING)
    columns: list[range] = []
    rows: list[range] = []
    for head, scores in enumerate(layer.scores):
        array = np.asarray(scores, dtype="float64")
        if not array.size:
            continue
        columns = groups(array.shape[1], _room(options, 5))
        rows = groups(array.shape[0], _ROWS * (2 if options.colour else 1))
        numbers = means(array.T, rows, columns)
        labels = [str(group[0] + 1) for group in rows]
        scale = Scale(0.0, max(max(row) for row in numbers), signed=False)
        if len(layer.scores) > 1:
            text += line(f"head {head}  0 to {sections.short(scale.high, False)}", options, BOLD)
        shown = HeatMap(
            numbers, [f"{label:>5}" for label in labels], [False] * len(columns), scale,
            _wide(len(columns), options, 5), options.colour, options.ascii,
        )  # fmt: skip
        text += drawn(shown, options)
    note = binned(columns, rows, ("keys", "queries"))
    return text + line(f"Keys from left to right, queries down{note}.", options)
