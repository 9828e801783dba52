"""Trace → one self-contained page: heat maps of gates and scores, ranges, sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from rnncli.formats import html_parts, phrases
from rnncli.formats.binning import binned, groups, means
from rnncli.formats.heat_map import Scale
from rnncli.formats.render_options import TraceOptions
from rnncli.formats.sections import trace as sections
from rnncli.formats.sections import trace_sentences as said
from rnncli.formats.svg_heat_map import (
    CELL_BYTES,
    COLUMN_BYTES,
    MAP_BYTES,
    SHADES,
    Axis,
    SvgHeatMap,
)
from rnncli.formats.text import one_line
from rnncli.report.trace import AttentionTrace, LayerTrace, Trace

if TYPE_CHECKING:
    from htpy import Node

# How many rows and columns a map has at most: the largest with which the page stays small.
_SIZES = ((16, 60), (16, 40), (8, 40), (8, 24), (4, 24), (4, 12), (2, 12))
_MOST_BYTES = 200_000
# The maps of further layers are left out.
_MOST_MAPS = 100


def render(trace: Trace, chosen: TraceOptions) -> str:
    """Returns the page."""
    return html_parts.whole_page(trace.name, content(trace, chosen))


def content(trace: Trace, chosen: TraceOptions) -> Iterator[Node]:
    """The content of the page."""
    import htpy as h

    yield h.h1[one_line(trace.name)]
    yield h.p(".muted")[f"{one_line(trace.source)} · {said.seed(trace)}"]
    if note := phrases.data_note(trace):
        yield h.p[note]
    if trace.agreement is not None:
        yield h.p(".good" if trace.agreement.agrees else ".bad")[said.verdict(trace)]
    yield from html_parts.problems_of(trace.problems)
    layers = sections.shown(trace, chosen.unit)
    if layers:
        yield _legend()
    maps = 0
    size = _size(layers, chosen)
    for layer in layers:
        maps += _count(layer)
        has_maps = maps <= _MOST_MAPS
        if isinstance(layer, AttentionTrace):
            yield h.h2[said.attention_title(layer)]
            yield h.div(".maps")[_attention(layer, size)] if has_maps else None
            yield html_parts.table(sections.attention_facts(layer))
        else:
            yield h.h2[said.title(layer)]
            yield h.div(".maps")[_layer(layer, chosen, size)] if has_maps else None
            yield from _tables(layer, chosen)
    if maps > _MOST_MAPS:
        yield h.p[f"Maps beyond {_MOST_MAPS} are left out: --layer NAME shows those of a layer."]
    for note in said.notes(trace):
        yield h.p[note]


def _count(layer: LayerTrace | AttentionTrace) -> int:
    return len(layer.scores if isinstance(layer, AttentionTrace) else layer.quantities)


def _size(layers: Sequence[LayerTrace | AttentionTrace], chosen: TraceOptions) -> tuple[int, int]:
    """The largest number of rows and columns of a map with which the page stays small."""
    maps = []
    for layer in layers:
        if isinstance(layer, AttentionTrace):
            shape = len(layer.scores[0]), len(layer.scores[0][0]) if len(layer.scores[0]) else 0
        else:
            shape = len(chosen.units(layer)), layer.steps
        maps += [shape] * _count(layer)
    for rows, columns in _SIZES:
        sizes = [(min(deep, rows), min(wide, columns)) for deep, wide in maps[:_MOST_MAPS]]
        columns_bytes = [wide * (COLUMN_BYTES + deep * CELL_BYTES) for deep, wide in sizes]
        written = sum(columns_bytes) + MAP_BYTES * len(sizes)
        if written <= _MOST_BYTES:
            break
    return rows, columns


def _layer(layer: LayerTrace, chosen: TraceOptions, size: tuple[int, int]) -> Iterator[Node]:
    import htpy as h

    units = chosen.units(layer)
    columns = groups(layer.steps, size[1])
    rows = [[units[place] for place in group] for group in groups(len(units), size[0])]
    masked = [all(sections.is_masked(layer, step) for step in group) for group in columns]
    for name in layer.quantities:
        numbers = means(layer.quantities[name], rows, columns)
        scale = Scale.of(numbers, name in layer.gate_names)
        yield _figure(
            sections.meaning(name),
            SvgHeatMap(
                numbers, masked, scale, Axis("step", columns, 1), Axis("unit", rows, 0),
                f"{sections.meaning(name)} of {one_line(layer.name)}, units down, steps from left "
                "to right",
            ),
        )  # fmt: skip
    note = binned(columns, rows, ("steps", "units"))
    yield h.p(".muted")[f"Steps 1 to {layer.steps:,} from left to right, units down{note}."]


def _tables(layer: LayerTrace, chosen: TraceOptions) -> Iterator[Node]:
    """The numbers of a short layer, or else their ranges; and the sentences."""
    import htpy as h

    units = chosen.units(layer)
    is_short = sections.is_short(layer, chosen.unit)
    shown = sections.numbers(layer, units, 0, True) if is_short else sections.facts(layer, units)
    yield html_parts.table(shown, title=f"Numbers of {one_line(layer.name)}")
    for sentence in said.sentences(layer):
        yield h.p[sentence]
    if chosen.values:
        every = html_parts.table(
            sections.all_values(layer, units), title=f"Values of {one_line(layer.name)}"
        )
        yield h.details[h.summary["Every number"], every]


def _attention(layer: AttentionTrace, size: tuple[int, int]) -> Iterator[Node]:
    import htpy as h
    import numpy as np

    note = ""
    for head, scores in enumerate(layer.scores):
        array: Any = np.asarray(scores, dtype="float64")
        if not array.size:
            continue
        columns, rows = groups(array.shape[1], size[1]), groups(array.shape[0], size[0])
        numbers = means(array.T, rows, columns)
        scale = Scale.of(numbers, False)
        name = f"head {head}" if len(layer.scores) > 1 else "scores"
        yield _figure(
            name,
            SvgHeatMap(
                numbers, [False] * len(columns), scale, Axis("key", columns, 1),
                Axis("query", rows, 1),
                f"{name} of {one_line(layer.name)}, queries down, keys from left to right",
            ),
        )  # fmt: skip
        note = binned(columns, rows, ("keys", "queries"))
    yield h.p(".muted")[f"Keys from left to right, queries down{note}."]


def _figure(name: str, heat_map: SvgHeatMap) -> Node:
    import htpy as h

    scale = heat_map.scale
    low, high = (sections.short(end, scale.signed) for end in (scale.low, scale.high))
    caption = h.figcaption[name, " ", h.span(".muted")[f"{low} to {high}"]]
    return h.figure[caption, heat_map.node()]


def _legend() -> Node:
    """What the shades mean."""
    import htpy as h

    def shades(*classes: str) -> Node:
        cells = [
            h.Element("rect")(class_=name, x=str(16 * place), width="16", height="16")
            for place, name in enumerate(classes)
        ]
        return h.Element("svg")(
            class_="map", width=str(16 * len(classes)), height="16", aria_hidden="true"
        )[cells]

    steps = range(0, SHADES + 1, 2)
    signed = [f"n k{step}" for step in reversed(steps[1:])] + ["frame"]
    signed += [f"p k{step}" for step in steps[1:]]
    return h.p(".legend")[
        h.span["0 ", shades("frame", *[f"s k{step}" for step in steps[1:]]), " highest"],
        h.span["negative ", shades(*signed), " positive"],
        h.span[shades("masked"), " masked: the state stands still"],
        h.span["A pointer over a column shows its numbers."],
    ]
