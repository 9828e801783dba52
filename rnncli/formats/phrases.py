"""Facts of a report as a reader sees them: shapes, counts, sizes, sentences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rnncli.formats.text import one_line
from rnncli.report.agreement import Agreement
from rnncli.report.gradients import Gradients
from rnncli.report.layer import Shape, Tensor
from rnncli.report.memory import bytes_in_words
from rnncli.report.report import DEFAULT_LENGTH, Report, Totals, Versions
from rnncli.report.trace import Trace

UNKNOWN = "unknown"
NOTHING_RETURNED = "—"
# How many layers a line names.
_NAMED = 5


def shape(value: Shape | None, letters: Iterable[str] = ()) -> str:
    """Formats a shape such as ``(1, T, 8)``; T is an unknown length, and several lengths have a
    letter each."""
    if value is None:
        return UNKNOWN
    named = iter(letters)
    axes = ", ".join(next(named, "T") if axis is None else str(axis) for axis in value)
    return f"({axes},)" if len(value) == 1 else f"({axes})"


def number(value: int | None) -> str:
    """``2,044,426``."""
    return UNKNOWN if value is None else f"{value:,}"


def tensors(values: Iterable[Tensor]) -> str:
    """Formats the shapes of tensors, one per line, with names if there are several."""
    values = list(values)
    if len(values) == 1:
        return shape(values[0].shape, values[0].letters)
    return "\n".join(f"{tensor.name} {shape(tensor.shape, tensor.letters)}" for tensor in values)


def memory(count: int | None) -> str:
    """``8.2 MB``, or ``736 bytes``; ``unknown`` if it is not known."""
    return UNKNOWN if count is None else bytes_in_words(count)


def seconds(value: float | None) -> str:
    """``12.3 µs``, ``0.891 ms`` or ``2.5 s``; empty if it was not measured."""
    if value is None:
        return ""
    size, sign = abs(value), "−" if value < 0 else ""
    if size < 1e-4:
        return f"{sign}{size * 1e6:.3g} µs"
    return f"{sign}{size:.3g} s" if size >= 1 else f"{sign}{1000 * size:.3g} ms"


def title(report: Report, width: int | None = None) -> str:
    """Returns the name and the source of the model, and what wrote it, on two lines if one is too
    short."""
    name, source = one_line(report.name), one_line(report.source)
    if source == name:
        return name
    if report.written_by:
        source = f"{source}, {one_line(report.written_by)}"
    too_long = width is not None and len(name) + len(source) + 3 > width
    return f"{name}\n{source}" if too_long else f"{name} · {source}"


def length_note(report: Report) -> str | None:
    """Explains the letters of the unknown lengths; None if there are none."""
    if not report.lengths:
        return None
    if len(report.lengths) == 1:
        length = report.lengths[0]
        why = ", the smallest that fits" if length.chosen and length.size != DEFAULT_LENGTH else ""
        return f"T is a length that is not known; the run and the MACs take {length.size}{why}."
    named = ", ".join(
        f"{length.letter} of {' and '.join(length.inputs)}" for length in report.lengths
    )
    sizes = ", ".join(f"{length.letter} = {length.size}" for length in report.lengths)
    chosen = any(length.chosen and length.size != DEFAULT_LENGTH for length in report.lengths)
    why = ", which fit" if chosen else ""
    return f"Lengths that are not known: {named}; the run and the MACs take {sizes}{why}."


def data_note(report: Report | Trace | Gradients) -> str | None:
    """Says what the run reads; None if it reads random numbers."""
    if not report.data:
        return None
    return f"The run reads {one_line(report.data)}: {_several(report.batch, 'sequence')}."


def total_lines(report: Report) -> list[str]:
    """Returns the totals in two lines."""
    totals: Totals = report.totals
    trainable = "all trainable"
    if totals.non_trainable:
        trainable = f"{number(totals.trainable)} trainable, {number(totals.non_trainable)} not"
    params = f"{number(totals.params)} parameters" + (f", {trainable}" if totals.params else "")
    return [
        f"{params}; {memory(totals.weight_bytes)} of weights, "
        f"{memory(totals.activation_bytes)} of outputs",
        macs(report),
    ]


def macs(report: Report) -> str:
    """Returns the multiply-accumulates of the model."""
    return f"{number(report.totals.macs)} MACs (multiply-accumulates) at batch {report.batch}"


def agreement(report: Report) -> str | None:
    """Reports in one line whether Keras agrees with the plan; None if they were not compared."""
    comparison = report.agreement
    if comparison is None:
        return None
    if comparison.witness == "file":
        return _file_agreement(comparison)
    counts = comparison.compared
    compared = (
        f"{_several(counts.outputs, 'output')}, {_several(counts.states, 'state')} and "
        f"{_several(counts.weights, 'weight')} compared"
    )
    keras = f"Keras {report.versions.keras}{_engine(report.versions)}"
    if comparison.not_run:
        compared = f"{compared}; {_not_run(comparison.not_run)}"
        if not counts.outputs:
            return f"{keras} runs no layer of it: they are custom layers, or depend on one."
    if not counts.outputs:
        return f"{keras} builds and runs it; the plan knows nothing to compare."
    if comparison.agrees:
        return f"{keras} agrees with the plan: {compared}."
    differences = _several(len(comparison.differences), "difference")
    return f"{keras} does not agree with the plan: {differences}, {compared}."


def _file_agreement(comparison: Agreement) -> str:
    """Reports in one line whether the model file agrees with the plan."""
    counts = comparison.compared
    shapes = counts.outputs + counts.states
    if not counts.weights and not shapes:
        return "The file records neither weights nor shapes to compare the plan with."
    compared = f"{_several(counts.weights, 'weight')} and {_several(shapes, 'shape')} compared"
    if not counts.weights:
        compared = f"{_several(shapes, 'shape')} compared; it holds no weights"
    elif not shapes:
        compared = f"{_several(counts.weights, 'weight')} compared; it records no shapes"
    if comparison.agrees:
        return f"The file agrees with the plan: {compared}."
    differences = _several(len(comparison.differences), "difference")
    return f"The file does not agree with the plan: {differences}, {compared}."


def _engine(versions: Versions) -> str:
    """Returns the engine that Keras computed on, unless it is TensorFlow."""
    name = versions.engine
    return "" if name is None or name == "tensorflow" else f" on {name} {getattr(versions, name)}"


def named(names: Sequence[str]) -> str:
    """``lstm, lstm_1 and dense``; of many names, the first ones and the number of the others."""
    shown = [one_line(name) for name in names[:_NAMED]]
    if len(names) > _NAMED:
        return f"{', '.join(shown)} and {len(names) - _NAMED:,} more"
    return " and ".join([*([", ".join(shown[:-1])] if shown[1:] else []), *shown[-1:]])


def _not_run(names: tuple[str, ...]) -> str:
    """Returns which layers did not run, or how many if they are many."""
    named = ", ".join(names) if len(names) <= _NAMED else _several(len(names), "layer")
    return f"{named} not run"


def _several(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
