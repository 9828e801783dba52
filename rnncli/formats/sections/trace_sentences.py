"""What happens inside a layer: titles, and facts as sentences."""

from __future__ import annotations

from typing import Any

from rnncli.formats.sections.trace import short
from rnncli.formats.text import one_line
from rnncli.report.trace import Arithmetic, AttentionTrace, LayerTrace, Trace


def seed(trace: Trace) -> str:
    """``sequence 1 of 3, seed 0``."""
    of = f"sequence {trace.sequence} of {trace.batch}, " if trace.batch > 1 else ""
    return f"{of}seed {trace.seed}"


def notes(trace: Trace) -> list[str]:
    """What is not shown."""
    lines = [] if trace.traces else ["Attention over several axes is not drawn."]
    calls: dict[str, set[tuple[int, ...]]] = {}
    for layer in trace.traces:
        if any(layer.time_steps):
            calls.setdefault(layer.name, set()).add(layer.time_steps)
    for name, hidden in calls.items():
        times = "time" if len(hidden) == 1 else "times"
        lines.append(
            f"{one_line(name)} is called {len(hidden):,} more {times} by the TimeDistributed "
            "around it: --json and --output FILE.npz have them all."
        )
    return lines


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
