"""How far gradients reach back in time: ratios and half-lives, norms at the weights."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

import msgspec

from rnncli.formats.phrases import data_note, shape
from rnncli.formats.sections.section import Heading, Section
from rnncli.report.gradients import EXPLODES, VANISHES, Gradients, LayerGradients
from rnncli.suggestions import listed

NOT_CONNECTED = "not connected"
NOTHING = "—"
# A longer list of weights is left out unless it is asked for.
_SHORT = 12


class LayerGroup(msgspec.Struct, frozen=True):
    """A layer, or one direction of it, as one class: with all lengths and all seeds."""

    label: str
    members: tuple[LayerGradients, ...]

    @property
    def first(self) -> LayerGradients:
        """The layer with the first length and the first seed."""
        return self.members[0]

    def at(self, length: int) -> list[LayerGradients]:
        """The layer with all seeds."""
        return [layer for layer in self.members if layer.length == length]


def ratios(gradients: Gradients, *, narrow: bool = False) -> Section:
    """Returns the ratio of first to last and the half-life of each layer.

    A ``narrow`` table has neither the classes nor the norms that the ratios are made of.
    """
    lengths = lengths_of(gradients)
    if len(lengths) > 1:
        return _by_length(gradients, lengths)
    several = len(gradients.seeds) > 1
    wide = not narrow
    compares = is_comparison(gradients)
    headings = [
        Heading("Layer"),
        *([Heading("As")] if compares else [Heading("Class")] if wide else []),
        Heading("State"),
        *(Heading(text, right=True) for text in (("Steps", "First", "Last") if wide else ())),
        Heading("Ratio", right=True),
        *([Heading("Spread")] if several else []),
        Heading("Half-life", right=True),
        Heading("Verdict"),
    ]
    rows = []
    for group in layer_groups(gradients):
        layer = group.first
        shown = states_of(layer) if wide and not compares else [layer.state]
        for state in shown:
            is_main = state == layer.state
            norms = [_norm(layer, state, 0), _norm(layer, state, -1)] if wide else []
            cells = [
                group.label,
                *([layer.cls] if compares or wide else []),
                state,
                *([f"{layer.steps:,}", *norms] if wide else []),
                _ratio(group.members),
                *([_spread(group.members)] if several else []),
                _half_life(group.members),
                _verdict(group.members),
            ]
            of_state = [
                is_main or heading.text in ("State", "First", "Last") for heading in headings
            ]
            pairs = zip(cells, of_state, strict=True)
            rows.append(tuple(cell if is_shown else "" for cell, is_shown in pairs))
    return Section("", tuple(headings), tuple(rows))


def _by_length(gradients: Gradients, lengths: Sequence[int]) -> Section:
    """Returns a column of ratios for each length; the half-life is that at the longest."""
    compares = is_comparison(gradients)
    headings = [
        Heading("Layer"),
        *([Heading("As")] if compares else []),
        Heading("State"),
        *(Heading(f"T={length}", right=True) for length in lengths),
        Heading("Half-life", right=True),
        Heading("Verdict"),
    ]
    rows = [
        (
            group.label,
            *([group.first.cls] if compares else []),
            group.first.state,
            *(_ratio(group.at(length)) for length in lengths),
            _half_life(group.at(max(lengths))),
            _verdict(group.at(max(lengths))),
        )
        for group in layer_groups(gradients)
    ]
    return Section("", tuple(headings), tuple(rows))


def weights(gradients: Gradients, *, expand: bool) -> Section:
    """Returns the norm of the gradient at each weight, of the longest length and the first seed;
    no rows where they are too many."""
    longest = max(lengths_of(gradients))
    shown = [
        weight
        for weight in gradients.weights
        if weight.length == longest and weight.seed == gradients.seeds[0]
    ]
    compares = is_comparison(gradients)
    if len(shown) > _SHORT and not expand:
        return Section(f"{len(shown)} weights", (), ())
    rows = []
    for weight in shown:
        norm = _number(weight.norm, weight.log10_norm)
        as_class = [weight.compared_as or ""] if compares else []
        rows.append((weight.layer, *as_class, weight.name, shape(weight.shape), norm))
    headings = [Heading("Layer"), *([Heading("As")] if compares else []), Heading("Weight"),
                Heading("Shape"), Heading("Norm", right=True)]  # fmt: skip
    return Section("Gradients at the weights", tuple(headings), tuple(rows))


def sentences(gradients: Gradients) -> list[str]:
    """Explains the numbers: the loss, the rule of the verdict, the check, the weights."""
    where = {
        "last": "at their last step; --loss all is at every step",
        "all": "at every step; --loss last is at the last one alone",
    }[gradients.loss]
    lines = [
        f"Loss: the sum of the outputs, each number times a random one, {where}.",
        "Ratio: |dL/dh| at the first step to that at the last.",
        f"Verdict: holds: half-life > T; vanishes: ratio < 10^{VANISHES}; explodes: ratio > "
        f"10^{EXPLODES}; fades: in between.",
    ]
    if called := {layer.name: None for layer in gradients.layers if layer.calls > 1}:
        is_called = "is called" if len(called) == 1 else "are called"
        lines.append(
            f"{listed(called)} {is_called} at each step of a TimeDistributed: the norms are those "
            "of all calls together."
        )
    lengths = lengths_of(gradients)
    if len(lengths) > 1:
        lines.append(f"Half-life and verdict are those at T={max(lengths)}.")
    if any(layer.padded for layer in gradients.layers):
        lines.append("Padded steps do not count: the gradient passes them unchanged.")
    if len(gradients.seeds) > 1:
        lines.append(f"Medians over the seeds {gradients.seeds[0]} to {gradients.seeds[-1]}.")
    if data := data_note(gradients):
        lines.append(data)
    if gradients.weights_from is None:
        hints = [] if is_comparison(gradients) else ["--weights FILE takes those of a file"]
        hints += [] if len(gradients.seeds) > 1 else ["--seeds 5 shows the spread"]
        lines.append("; ".join(["Random weights: training changes this", *hints]) + ".")
    return lines


def verdict(gradients: Gradients) -> str:
    """Says whether the two methods agree."""
    check = gradients.check
    if check is None:
        return ""
    agree = "agree" if check.agrees else "do not agree"
    return (
        f"Two methods {agree}: {check.compared:,} norms compared, the largest relative difference "
        f"is {check.largest_difference:.1e}.".replace("0.0e+00", "0")
    )


def layer_groups(gradients: Gradients) -> list[LayerGroup]:
    """The layers and directions, as each class."""
    groups: dict[tuple[str, str], list[LayerGradients]] = {}
    keys = dict.fromkeys(layer.key for layer in gradients.layers)
    for key in keys:
        for layer in gradients.layers:
            if layer.key == key:
                groups.setdefault((key, layer.compared_as or ""), []).append(layer)
    return [
        LayerGroup(" ".join(filter(None, [members[0].name, members[0].direction])), tuple(members))
        for members in groups.values()
    ]


def states_of(layer: LayerGradients) -> list[str]:
    """The states of a layer, with its output first."""
    return [layer.state, *(name for name in layer.norms if name != layer.state)]


def lengths_of(gradients: Gradients) -> list[int]:
    """The lengths that are measured."""
    return [*dict.fromkeys(layer.length for layer in gradients.layers)]


def is_comparison(gradients: Gradients) -> bool:
    """Whether the layers run as several classes."""
    return any(layer.compared_as for layer in gradients.layers)


def _ratio(layers: Sequence[LayerGradients]) -> str:
    known = [layer.log10_ratio for layer in layers if layer.log10_ratio is not None]
    return power(median(known)) if known else NOTHING


def _spread(layers: Sequence[LayerGradients]) -> str:
    known = [layer.log10_ratio for layer in layers if layer.log10_ratio is not None]
    return f"{power(min(known))} … {power(max(known))}" if known else NOTHING


def _half_life(layers: Sequence[LayerGradients]) -> str:
    """``3.1 steps``; of several seeds, the median and the range."""
    known = [layer.half_life for layer in layers if layer.half_life is not None]
    if not known:
        return NOTHING
    middle = f"{_count(median(known))} steps"
    if len(layers) == 1:
        return middle
    highest = _count(max(known)) if len(known) == len(layers) else "none"
    return f"{middle} ({_count(min(known))} … {highest})"


def _verdict(layers: Sequence[LayerGradients]) -> str:
    verdicts = [layer.verdict.replace("-", " ") for layer in layers]
    most = max(verdicts, key=verdicts.count)
    count = verdicts.count(most)
    return most if count == len(verdicts) else f"{most} ({count} of {len(verdicts)})"


def _norm(layer: LayerGradients, state: str, step: int) -> str:
    return _number(layer.norms[state][step], layer.log10_norms[state][step])


def _number(norm: float | None, log: float | None) -> str:
    if log is None:
        return NOT_CONNECTED if norm is None else "0"
    return f"{norm:.2g}" if -4 < log < 4 else power(log)


def power(log: float) -> str:
    """``10^-5.6``, or ``10^-93`` where a digit more says nothing."""
    digits = f"{log:.1f}" if abs(log) < 10 else f"{log:,.0f}"
    return f"10^{digits}".replace("^-0.0", "^0.0")


def _count(steps: float) -> str:
    return f"{steps:.1f}" if steps < 10 else f"{steps:,.0f}"
