"""Gradients → one self-contained page: ratios, curves of norms on a log scale, norms of weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import fmean, median
from typing import TYPE_CHECKING

from rnncli.formats import html_parts
from rnncli.formats.binning import binned, groups
from rnncli.formats.sections import gradients as sections
from rnncli.formats.sections.gradients import LayerGroup
from rnncli.formats.sections.section import Heading, Section
from rnncli.formats.svg_curves import Curve, SvgCurves, sample
from rnncli.formats.svg_heat_map import Axis
from rnncli.formats.text import one_line
from rnncli.report.gradients import Gradients

if TYPE_CHECKING:
    from htpy import Node

_COLUMNS, _ROWS = 60, 16
# The curves of further layers are left out.
_MOST_CHARTS = 24


def render(gradients: Gradients) -> str:
    """Returns the page."""
    return html_parts.whole_page(gradients.name, content(gradients))


def content(gradients: Gradients) -> Iterator[Node]:
    """The content of the page."""
    import htpy as h

    yield h.h1[one_line(gradients.name)]
    yield h.p(".muted")[one_line(gradients.source)]
    if gradients.check is not None:
        yield h.p(".good" if gradients.check.agrees else ".bad")[sections.verdict(gradients)]
    yield from html_parts.problems_of(gradients.problems)
    if not gradients.layers:
        return
    yield h.h2["How far the gradient reaches"]
    yield html_parts.table(sections.ratios(gradients), title="Ratios")
    for sentence in sections.sentences(gradients):
        yield h.p[sentence]
    yield h.h2[f"The norm step by step, T={max(sections.lengths_of(gradients)):,}"]
    by_layer: dict[str, list[LayerGroup]] = {}
    for group in sections.layer_groups(gradients):
        by_layer.setdefault(group.label, []).append(group)
    for label, of_layer in [*by_layer.items()][:_MOST_CHARTS]:
        yield from _chart(gradients, label, of_layer)
    if len(by_layer) > _MOST_CHARTS:
        yield h.p[f"Curves of more than {_MOST_CHARTS} layers are left out: --json has them."]
    weights = sections.weights(gradients, expand=True)
    if weights.rows:
        yield h.h2[weights.title]
        yield html_parts.table(weights, sortable=True)


def _chart(gradients: Gradients, label: str, of_layer: Sequence[LayerGroup]) -> Iterator[Node]:
    """The curves of a layer, and their numbers as a table."""
    import htpy as h

    longest = max(sections.lengths_of(gradients))
    layer = of_layer[0].at(longest)[0]
    columns = groups(layer.steps, _COLUMNS)
    curves = [*_curves(gradients, of_layer, columns)]
    axis = Axis("step", columns, 1)
    about = f"{one_line(label)}: norms of the gradient from the first to the last step, log scale"
    keys = [h.span[sample(number), f" {curve.name} "] for number, curve in enumerate(curves)]
    yield h.figure[
        h.figcaption[one_line(label), " ", h.span(".muted")[keys]],
        SvgCurves(curves, axis, about).node(),
    ]
    yield h.p(".muted")[
        f"Steps 1 to {layer.steps:,} in the order in which the layer takes them"
        f"{binned(columns, [], ('steps', 'units'))}."
    ]
    rows = Axis("step", groups(layer.steps, _ROWS), 1)
    of_rows = [*_curves(gradients, of_layer, rows.places)]
    table = Section(
        f"Norms of {one_line(label)}",
        (Heading("Steps"), *[Heading(curve.name, right=True) for curve in of_rows]),
        tuple(
            [
                (rows.label(place), *[curve.says[place] for curve in of_rows])
                for place in range(len(rows.places))
            ]
        ),
    )
    yield h.details[h.summary["Numbers"], html_parts.table(table)]


def _curves(
    gradients: Gradients, of_layer: Sequence[LayerGroup], columns: Sequence[Sequence[int]]
) -> Iterator[Curve]:
    """A curve for each state, or for the output as each class."""
    longest = max(sections.lengths_of(gradients))
    compares = sections.is_comparison(gradients)
    for group in of_layer:
        layers = group.at(longest)
        states = [group.first.state] if compares else sections.states_of(group.first)
        for state in states:
            # The powers of ten of every seed in each column, and whether one is connected.
            powers = [
                [_mean([layer.log10_norms[state][step] for step in steps]) for layer in layers]
                for steps in columns
            ]
            known = [[power for power in of_seeds if power is not None] for of_seeds in powers]
            zero = [
                any(layer.norms[state][step] == 0 for layer in layers for step in steps)
                for steps in columns
            ]
            several = len(layers) > 1
            yield Curve(
                name=group.first.cls if compares else state,
                values=[median(seeds) if seeds else None for seeds in known],
                says=[
                    _text(seeds, is_zero=is_zero)
                    for seeds, is_zero in zip(known, zero, strict=True)
                ],
                lowest=[min(seeds, default=None) for seeds in known] if several else (),
                highest=[max(seeds, default=None) for seeds in known] if several else (),
            )


def _mean(powers: Sequence[float | None]) -> float | None:
    known = [power for power in powers if power is not None]
    return fmean(known) if known else None


def _text(powers: Sequence[float], *, is_zero: bool) -> str:
    """``10^-2.3``; of several seeds, the median and the range."""
    if not powers:
        return "0" if is_zero else sections.NOT_CONNECTED
    middle = sections.power(median(powers))
    if len(powers) == 1:
        return middle
    return f"{middle} ({sections.power(min(powers))} to {sections.power(max(powers))})"
