"""What happens inside a layer: its numbers as tables."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from rnncli.formats.sections.section import Heading, Section
from rnncli.report.trace import AttentionTrace, LayerTrace, Trace

# A table has numbers up to so many steps and units; more are drawn.
_STEPS, _UNITS = 8, 4
_MASKED = "═"
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


def shown(trace: Trace, unit: int | None) -> list[LayerTrace | AttentionTrace]:
    """The layers that have a unit; of the calls of a TimeDistributed, the first."""
    return [
        layer
        for layer in trace.traces
        if not any(layer.time_steps)
        and (isinstance(layer, AttentionTrace) or unit is None or unit < layer.units)
    ]


def is_short(layer: LayerTrace, unit: int | None) -> bool:
    """Whether the numbers of a layer fit a table."""
    return layer.steps <= _STEPS and (layer.units <= _UNITS or unit is not None)


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
    return _MASKED if masked and math.isnan(value) else f"{value:.7g}"


def _cell(value: float, signed: bool, shades: int, masked: bool, is_state: bool) -> str:
    if masked:
        return f"{short(value)} {_MASKED}" if is_state else _MASKED
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


def every_number(layer: LayerTrace | AttentionTrace) -> Section:
    """Every number for a spreadsheet: a row for each step and unit, or each score."""
    if isinstance(layer, AttentionTrace):
        names = ("head", "query", "key", "score")
        rows = [
            (str(head), str(query + 1), str(key + 1), f"{value:.7g}")
            for head, scores in enumerate(layer.scores)
            for query, keys in enumerate(scores)
            for key, value in enumerate(map(_number, keys))
        ]
        return Section("", tuple([Heading(name, right=True) for name in names]), tuple(rows))
    section = all_values(layer, range(layer.units))
    cells = [tuple("" if cell == _MASKED else cell for cell in row) for row in section.rows]
    return msgspec.structs.replace(section, rows=tuple(cells))


def facts(layer: LayerTrace, units: Sequence[int]) -> Section:
    """The range of each quantity, how much of it is saturated, and how it follows from others."""
    rows = []
    for name in layer.quantities:
        signed = name not in layer.gate_names
        known = numbers_of(layer, name, units)
        ends = (
            [short(float(end), signed) for end in (known.min(), known.max())] if known.size else []
        )
        shares = saturated(known) if name in layer.gate_names and known.size else ("", "")
        formula = f"= {layer.formulas[name]}" if name in layer.formulas else ""
        rows.append((meaning(name), *(ends or ["", ""]), *shares, formula))
    heads = [Heading(text, right=True) for text in ("Lowest", "Highest", "<.1", ">.9")]
    return Section("Range", (Heading("Quantity"), *heads, Heading("Formula")), tuple(rows))


def attention_facts(layer: AttentionTrace) -> Section:
    """The range of the scores of each head, and where the highest is."""
    import numpy as np

    rows = []
    for head, scores in enumerate(layer.scores):
        array = np.asarray(scores, dtype="float64")
        if array.size:
            low, high = float(np.nanmin(array)), float(np.nanmax(array))
            query, key = np.unravel_index(int(np.nanargmax(array)), array.shape)
            rows.append(
                (str(head), short(low, False), short(high, False), str(query + 1), str(key + 1))
            )
    names = ("Head", "Lowest", "Highest", "of query", "at key")
    return Section("Scores", tuple([Heading(name, right=True) for name in names]), tuple(rows))


def numbers_of(layer: LayerTrace, name: str, units: Sequence[int]) -> Any:
    """The finite numbers of a quantity, as one row."""
    import numpy as np

    array = np.asarray(layer.quantities[name], dtype="float64")[:, list(units)]
    return array[np.isfinite(array)]


def saturated(values: Any) -> tuple[str, str]:
    """The shares of values below 0.1 and above 0.9."""
    return f"{(values < 0.1).mean():.0%}", f"{(values > 0.9).mean():.0%}"
