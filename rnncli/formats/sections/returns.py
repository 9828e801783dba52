"""One recurrent layer, tensor by tensor: what it returns, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rnncli.formats.phrases import NOTHING_RETURNED, number, shape, tensors
from rnncli.formats.sections.section import Heading, Section
from rnncli.report.layer import Layer, State
from rnncli.report.report import Report

_ORDINALS = ("1st", "2nd", "3rd", "4th", "5th", "6th")
_MERGED: Mapping[str | None, str] = {
    "concat": "forward and backward outputs side by side",
    "sum": "the sum of the forward and backward outputs",
    "mul": "the product of the forward and backward outputs",
    "ave": "the mean of the forward and backward outputs",
}
_EXACTLY: Mapping[str | None, str] = {
    "sum": ": exactly forward_h + backward_h",
    "mul": ": exactly forward_h · backward_h",
    "ave": ": exactly (forward_h + backward_h) / 2",
}


def tensors_of(report: Report, merge: str | None) -> Section:
    """Returns the tensors of the report's only layer; ``merge`` is its merge_mode, if any."""
    layer = report.layers[0]
    every_step = len(layer.outputs[0].shape or ()) > 2
    rows = []
    order = iter(_ORDINALS)
    for output in layer.outputs:
        why = _why_output(output.name, merge, every_step)
        rows.append((output.name, shape(output.shape), next(order), "", why))
    for state in layer.states:
        returned = next(order) if state.returned else "no"
        equals = state.equals or NOTHING_RETURNED
        rows.append((state.name, shape(state.shape), returned, equals, _why_state(state)))
    headings = (
        *map(Heading, ("Tensor", "Shape", "Returned", "Equals")),
        Heading("Why", wraps=True),
    )
    return Section("Returns", headings, tuple(rows))


def sentence(report: Report) -> str:
    """Says what the layer returns, in words and in Python."""
    layer = report.layers[0]
    names = [tensor.name for tensor in layer.outputs]
    names += [state.name for state in layer.states if state.returned]
    count = "1 tensor" if len(names) == 1 else f"{len(names)} tensors"
    return f"returns {count}: {', '.join(names)} = layer(x)"


def grid(reports: Sequence[tuple[Report, str | None, bool, bool]]) -> Section:
    """Returns a row for each layer: report, merge mode, return_sequences, return_state."""
    rows = [
        (
            merge or "plain",
            _yes(every_step),
            _yes(states),
            _returned(report.layers[0]),
            number(report.totals.params),
        )
        for report, merge, every_step, states in reports
    ]
    headings = (
        Heading("Layer"),
        Heading("Sequences"),
        Heading("State"),
        Heading("Returns"),
        Heading("Params", right=True),
    )
    return Section("Grid", headings, tuple(rows))


def _returned(layer: Layer) -> str:
    returned_tensors = [*layer.outputs, *(state for state in layer.states if state.returned)]
    return tensors(returned_tensors)


def _yes(flag: bool) -> str:
    return "yes" if flag else "no"


def _why_output(name: str, merge: str | None, every_step: bool) -> str:
    when = "at every time step" if every_step else "at the last time step"
    if merge is None:
        return f"the output {when}"
    if name in ("forward", "backward"):
        which = when if every_step else "after its last step"
        return f"the {name} layer's output {which}"
    exactly = "" if every_step else _EXACTLY.get(merge, "")
    return f"{_MERGED[merge]}{f', {when}' if every_step else ''}{exactly}"


def _why_state(state: State) -> str:
    direction, _, name = state.name.rpartition("_")
    kind = "hidden state" if name == "h" else "cell state"
    if direction == "backward":
        return f"{kind} of the backward layer after its last step, the first of the sequence"
    if direction == "forward":
        return f"{kind} of the forward layer after the last step"
    return f"{kind} after the last step"
