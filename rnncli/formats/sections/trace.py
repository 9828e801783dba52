"""What happens inside a layer: its numbers as tables, its facts as sentences."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from rnncli.formats.sections.section import Heading, Section
from rnncli.formats.text import one_line
from rnncli.report.trace import Arithmetic, AttentionTrace, LayerTrace, Trace

# A table has numbers up to so many steps and units; more are drawn.
_STEPS, _UNITS = 8, 4
_SHADES = " ░▒▓█"
_MEANINGS = {
    "i": "input",
    "f": "forget",
    "g": "new",
    "o": "output",
    "c": "cell",
    "h": "hidden",
    "z": "update",
    "r": "reset",
}


def is_short(layer: LayerTrace, unit: int | None) -> bool:
    """Whether the numbers of a layer fit a table."""
    return layer.steps <= _STEPS and (layer.units <= _UNITS or unit is not None)


def title(layer: LayerTrace) -> str:
    """``lstm  LSTM(3) over 5 steps, forward``."""
    steps = "1 step" if layer.steps == 1 else f"{layer.steps:,} steps"
    what = f"{layer.recurrent}({layer.units})"
    if layer.recurrent == "RNN":
        what = f"RNN of {', '.join(layer.cells)}, {layer.units} units,"
    if layer.cls != layer.recurrent:
        what = f"{layer.cls} {what}"
    return f"{_name(layer)}  {what} over {steps}, {layer.direction}"


def attention_title(layer: AttentionTrace) -> str:
    """``attention  MultiHeadAttention, 2 heads: 5 queries by 7 keys``."""
    heads, queries, keys = _shape(layer.scores)
    several = f", {heads} heads" if heads > 1 else ""
    return f"{_name(layer)}  {layer.cls}{several}: {queries:,} queries by {keys:,} keys"


def _shape(scores: Any) -> tuple[int, int, int]:
    return len(scores), len(scores[0]), len(scores[0][0]) if len(scores[0]) else 0


def _name(layer: LayerTrace | AttentionTrace) -> str:
    inside = "".join(f", step {step + 1} of the TimeDistributed" for step in layer.time_steps)
    return one_line(layer.name) + inside


def meaning(quantity: str) -> str:
    """``f forget``; a quantity of a stacked cell has its number: ``f_1 forget``."""
    known = _MEANINGS.get(quantity.partition("_")[0], "")
    return f"{quantity}  {known}" if known else quantity


def is_masked(layer: LayerTrace, step: int) -> bool:
    """Whether a step, counted from 0, is masked."""
    return layer.mask is not None and not layer.mask[step]


def short(value: float | None, signed: bool = True) -> str:
    """``.46``, ``+.39``, ``−.05``: a number in as few characters as it needs."""
    if value is None or math.isnan(value):
        return "nan"
    sign = "−" if value < 0 else "+" if signed else ""
    size = abs(value)
    if 0 < size < 0.005:
        return sign + f"{size:.0e}".replace("e-0", "e-")
    if size < 0.995:
        return sign + f"{size:.2f}"[1:]
    return sign + (f"{size:.2f}" if size < 10 else f"{size:.3g}" if size < 1e4 else f"{size:.1e}")


def numbers(layer: LayerTrace, units: Sequence[int], shades: int, with_formulas: bool) -> Section:
    """The quantities of a few units at a few steps; ``shades`` is how wide the shade beside a
    number is. Without shades, the headings of the steps are short as well."""
    headings = [Heading("Quantity"), Heading("Unit")]
    step = "step " if shades else ""
    headings += [Heading(f"{step}{number}") for number in range(1, layer.steps + 1)]
    has_gates = bool(layer.gate_names)
    headings += [Heading("<.1", right=True), Heading(">.9", right=True)] if has_gates else []
    headings += [Heading("")] if with_formulas else []
    rows = []
    for name, values in layer.quantities.items():
        signed = name not in layer.gate_names
        for unit in units:
            column = [_number(row[unit]) for row in values]
            cells = [
                _cell(value, signed, shades, is_masked(layer, step), name in layer.state_names)
                for step, value in enumerate(column)
            ]
            shares = _shares(layer, column) if not signed else ("", "")
            first = unit == units[0]
            formula = layer.formulas.get(name) if first else None
            rows.append(
                (
                    meaning(name) if first else "",
                    str(unit),
                    *cells,
                    *(shares if has_gates else ()),
                    *((f"= {formula}" if formula else "",) if with_formulas else ()),
                )
            )
    return Section("", tuple(headings), tuple(rows))


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _exact(value: float, masked: bool) -> str:
    return "═" if masked and math.isnan(value) else f"{value:.7g}"


def _cell(value: float, signed: bool, shades: int, masked: bool, is_state: bool) -> str:
    if masked:
        return f"{short(value)} ═" if is_state else "═"
    text = short(value, signed)
    if signed or not shades or value < 0:
        return text
    place = min(int(value * 5), 4)
    return f"{text} {_SHADES[place] * shades}".rstrip()


def _shares(layer: LayerTrace, column: Sequence[float]) -> tuple[str, str]:
    read = [value for step, value in enumerate(column) if not is_masked(layer, step)]
    if not read:
        return "", ""
    low = sum(value < 0.1 for value in read) / len(read)
    high = sum(value > 0.9 for value in read) / len(read)
    return f"{low:.0%}", f"{high:.0%}"


def all_values(layer: LayerTrace, units: Iterable[int]) -> Section:
    """Every number: a row for each step and unit."""
    headings = (
        Heading("Step", right=True),
        Heading("Unit", right=True),
        *(Heading(name, right=True) for name in layer.quantities),
        Heading("h is"),
    )
    units = list(units)
    rows = tuple(
        (
            str(step + 1),
            str(unit),
            *(
                _exact(_number(values[step][unit]), is_masked(layer, step))
                for values in layer.quantities.values()
            ),
            layer.becomes[step] or "",
        )
        for step in range(layer.steps)
        for unit in units
    )
    return Section("", headings, rows)


def formulas(layer: LayerTrace) -> str:
    """How the states follow from the gates: ``c = f·c + i·g, h = o·tanh(c).``"""
    return ", ".join(f"{name} = {formula}" for name, formula in layer.formulas.items()) + "."


def sentences(layer: LayerTrace) -> list[str]:
    """Where h goes, what is masked, and the arithmetic of one step."""
    lines = [_output(layer)]
    masked = layer.mask.count(False) if layer.mask is not None else 0
    if masked:
        lines.append(
            f"{masked:,} of {layer.steps:,} steps {'is' if masked == 1 else 'are'} masked (═): the "
            "state stands still."
        )
    if layer.arithmetic is not None:
        lines.append(_arithmetic(layer, layer.arithmetic))
    return [line for line in lines if line]


def _output(layer: LayerTrace) -> str:
    """Where the h of the steps is in the output."""
    known = [(step, part) for step, part in enumerate(layer.becomes, 1) if part is not None]
    last_read = 1 if layer.direction == "backward" else layer.steps
    text = f"It reads step {layer.steps:,} first. " if layer.direction == "backward" else ""
    h = layer.state_names[-1 if layer.cells[-1] != "LSTMCell" else -2] if layer.state_names else "h"
    if not known:
        return text + f"No {h} is returned."
    ends = [known[0]] if len(known) == 1 else [known[0], known[-1]]
    text += ", ".join(f"{h} of step {step:,} is {part}" for step, part in ends)
    if len(known) > 2:
        text = text.replace(
            f", {h} of step {ends[-1][0]:,} is", f", … {h} of step {ends[-1][0]:,} is"
        )
    state = f"{layer.direction}_{h}" if layer.cls == "Bidirectional" else h
    if layer.mask is not None and not all(layer.mask):
        return text + "."
    return text + f"; the state {state} is that of step {last_read:,}."


def _arithmetic(layer: LayerTrace, arithmetic: Arithmetic) -> str:
    terms = arithmetic.terms
    state = arithmetic.state
    start = f"Step {arithmetic.step:,}, unit {arithmetic.unit}: "
    after = f"{state} {_moves(terms)} to {short(terms['after'])}."
    if "f" in terms:
        return (
            f"{start}keeps {short(terms['f'], False)} of {state} = {short(terms['before'])}, adds "
            f"{short(terms['i'], False)} × {short(terms['g'])}, so {after}"
        )
    if "z" in terms:
        z = terms["z"]
        rest = None if z is None else 1 - z
        return (
            f"{start}keeps {short(z, False)} of {state} = {short(terms['before'])}, adds "
            f"{short(rest, False)} × {short(terms['candidate'])}, so {after}"
        )
    total = f"{short(terms['input'])} {short(terms['recurrent'])} {short(terms['bias'])}"
    applied = "" if arithmetic.activation == "linear" else f"{arithmetic.activation} of "
    return f"{start}{applied}x·W + h·U + b = {total} is {short(terms['after'])}, so {after}"


def _moves(terms: dict[str, float | None]) -> str:
    before, after = terms["before"], terms["after"]
    if before is None or after is None or before == after:
        return "goes"
    return "rises" if after > before else "falls"


def verdict(trace: Trace) -> str:
    """Whether Keras computes the same, in one line."""
    agreement = trace.agreement
    assert agreement is not None
    keras = f"Keras {trace.versions.keras}"
    largest = agreement.largest_difference
    size = "not a number" if largest is None else f"{largest:.1e}".replace("0.0e+00", "0")
    if agreement.agrees:
        return (
            f"Replayed from the weights; {keras} gives the same: the largest difference is {size}."
        )
    return (
        f"Replayed from the weights; {keras} gives other numbers: the largest difference is {size}."
    )
