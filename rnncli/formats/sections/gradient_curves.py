"""The norms of gradients step by step, as rows of marks."""

from __future__ import annotations

from itertools import pairwise

from rnncli.formats.sections.gradients import (
    NOTHING,
    is_comparison,
    layer_groups,
    lengths_of,
    power,
    states_of,
)
from rnncli.formats.sections.section import Heading, Section
from rnncli.report.gradients import Gradients, Steps

# The marks of a curve from the lowest norm to the highest: on a terminal, and in ASCII.
_MARKS, _ASCII_MARKS = "▁▂▃▄▅▆▇█", "12345678"
_UNCONNECTED_MARK, _ZERO_MARK = "·", "0"
_ASCII_UNCONNECTED_MARK = "."


def curves(gradients: Gradients, room: int, *, ascii: bool) -> Section:
    """Returns the norms at each step as a row of ``room`` marks at most, on a log scale."""
    longest = max(lengths_of(gradients))
    compares = is_comparison(gradients)
    rows = []
    for group in layer_groups(gradients):
        layer = group.at(longest)[0]
        for state in states_of(layer):
            norms, logs = layer.norms[state], layer.log10_norms[state]
            known = [log for log in logs if log is not None]
            span = f"{power(min(known))} … {power(max(known))}" if known else NOTHING
            name = f"{group.label} {layer.cls}" if compares else group.label
            rows.append(
                (
                    name if state == layer.state else "",
                    state,
                    _curve(norms, logs, room, ascii),
                    span,
                )
            )
    headings = (
        Heading("Layer"),
        Heading("State"),
        Heading(curve_heading(gradients)),
        Heading("Lowest to highest"),
    )
    return Section("The norm step by step, on a log scale", headings, tuple(rows))


def curve_heading(gradients: Gradients) -> str:
    """Says which way the curves go, and over how many steps of the input."""
    return f"First to last step, T={max(lengths_of(gradients))}"


def _curve(norms: Steps, logs: Steps, room: int, ascii: bool) -> str:
    """Draws a curve; several steps share a mark where there is no room for each."""
    marks = _ASCII_MARKS if ascii else _MARKS
    known = [log for log in logs if log is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    count = min(room, len(logs))
    bounds = [len(logs) * number // count for number in range(count + 1)]
    text = ""
    for start, end in pairwise(bounds):
        inside = [log for log in logs[start:end] if log is not None]
        if inside:
            height = (sum(inside) / len(inside) - low) / (high - low) if high > low else 0.5
            text += marks[min(int(height * len(marks)), len(marks) - 1)]
        elif 0.0 in norms[start:end]:
            text += _ZERO_MARK
        else:
            text += _ASCII_UNCONNECTED_MARK if ascii else _UNCONNECTED_MARK
    return text


def marks_per_step(gradients: Gradients, room: int, *, ascii: bool) -> list[str]:
    """Explains the marks of the curves where they do not explain themselves."""
    longest = max(layer.steps for layer in gradients.layers)
    lines = []
    if longest > room:
        lines.append(f"A mark is the mean of {longest / room:.3g} steps.")
    logs = [
        (log, norm)
        for layer in gradients.layers
        for state in layer.norms
        for log, norm in zip(layer.log10_norms[state], layer.norms[state], strict=True)
    ]
    if any(log is None and norm is None for log, norm in logs):
        mark = _ASCII_UNCONNECTED_MARK if ascii else _UNCONNECTED_MARK
        lines.append(f"{mark} is not connected: the loss does not depend on the state there.")
    if any(norm == 0.0 for _, norm in logs):
        lines.append(f"{_ZERO_MARK} is exactly 0 in float64.")
    return lines
