"""Report → sections of plain rows, which each format draws in its own way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import msgspec

from rnncli.formats.phrases import NOTHING_RETURNED, UNKNOWN, number, shape, tensors
from rnncli.formats.sections.section import Heading, Section
from rnncli.problems import errors
from rnncli.report.folding import folded, is_fold
from rnncli.report.layer import Layer, Tensor
from rnncli.report.report import Report
from rnncli.report.shapes import is_float

Cell = Callable[[Layer], str]


def _mask(layer: Layer) -> str:
    return layer.mask or ""


def _cudnn(layer: Layer) -> str:
    if layer.cudnn is None:
        return ""
    return "yes" if layer.cudnn.eligible else f"no: {layer.cudnn.why}"


def _wires(layer: Layer) -> str:
    """Returns the tensors that a layer reads, one per line, then its initial states.

    For an attention layer, each tensor has its role before it: ``query embed``.
    """
    roles = layer.roles or ()
    reads = [f"{role} {source}" for role, source in zip(roles, layer.inbound, strict=False)]
    states = [f"state {state}" for state in layer.initial_state]
    return "\n".join([*(reads or layer.inbound), *states])


def _params(layer: Layer) -> str:
    if layer.shared_with:
        return f"shared with {layer.shared_with}"
    return number(layer.params.total if layer.params else None)


def _trainable(layer: Layer) -> str:
    return number(layer.params.trainable if layer.params else None)


def _dtype(layer: Layer) -> str:
    return "\n".join(tensor.dtype or UNKNOWN for tensor in layer.outputs)


# The columns of the layer table; a new column needs one line here.
COLUMNS: Mapping[str, tuple[Heading, Cell]] = {
    "layer": (Heading("Layer"), lambda layer: layer.name),
    "class": (Heading("Class"), lambda layer: layer.cls),
    "from": (Heading("From"), _wires),
    "input": (Heading("Input"), lambda layer: tensors(layer.inputs)),
    "output": (Heading("Output"), lambda layer: tensors(layer.outputs)),
    "dtype": (Heading("Dtype"), _dtype),
    "mask": (Heading("Mask"), _mask),
    "cudnn": (Heading("Fused"), _cudnn),
    "params": (Heading("Params", right=True), _params),
    "trainable": (Heading("Trainable", right=True), _trainable),
    "macs": (Heading("MACs", right=True), lambda layer: number(layer.macs)),
}
_USUAL = ("layer", "class", "output", "params", "macs")


def chosen_columns(report: Report, wanted: tuple[str, ...] | None) -> tuple[str, ...]:
    """Returns the requested columns, or the usual ones and those that add information."""
    if wanted:
        return wanted
    shown = set(_USUAL)
    if any(layer.mask for _, layer in walk(report.layers)):
        shown.add("mask")
    if not _is_chain(report):
        shown.add("from")
    return tuple(name for name in COLUMNS if name in shown)


def layers(report: Report, wanted: tuple[str, ...] | None = None, expand: bool = True) -> Section:
    """Returns a row for every input and layer; inner layers are indented below theirs."""
    names = chosen_columns(report, wanted)
    rows = [
        *(_input_row(tensor, names) for tensor in report.inputs),
        *(_layer_row(depth, layer, names) for depth, layer in walk(report.layers, expand)),
    ]
    totals = {
        "layer": "total",
        "params": number(report.totals.params),
        "trainable": number(report.totals.trainable),
        "macs": number(report.totals.macs),
    }
    footer = tuple(totals.get(name, "") for name in names)
    return Section(
        "Layers",
        tuple(COLUMNS[name][0] for name in names),
        tuple(rows),
        footer if any(name in totals for name in names if name != "layer") else None,
    )


def up_to_fault(report: Report) -> tuple[Layer, ...]:
    """Returns the layers before the first that has an error or an output of unknown shape."""
    at_fault = {problem.layer for problem in errors(report.problems)}
    known = []
    for layer in report.layers:
        if layer.name in at_fault or any(tensor.shape is None for tensor in layer.outputs):
            break
        known.append(layer)
    return tuple(known)


def states(report: Report, expand: bool = True) -> Section:
    """Returns every state of every recurrent layer, returned or not, and what it equals."""
    rows: list[tuple[str, ...]] = []
    for depth, layer in _called(report.layers, expand):
        holds = layer.is_model or is_fold(layer)
        if holds and any(inner.states for _, inner in _called(layer.layers)):
            rows.append((_indented(depth, layer.name), "", "", "", ""))
        for state in layer.states:
            name = _indented(depth, layer.name) if state is layer.states[0] else ""
            returned = "yes" if state.returned else "no"
            equals = state.equals or NOTHING_RETURNED
            rows.append((name, state.name, shape(state.shape), returned, equals))
    headings = ("Layer", "State", "Shape", "Returned", "Equals")
    return Section("States", tuple(map(Heading, headings)), tuple(rows))


def formulas(report: Report, expand: bool = True) -> Section:
    """Returns every layer with weights and the formula of its parameter count."""
    rows = [
        (_indented(depth, layer.name), number(layer.params.total), layer.params.formula or "")
        for depth, layer in _weighted(report, expand)
        if layer.params
    ]
    headings = (Heading("Layer"), Heading("Params", right=True), Heading("Formula", wraps=True))
    return Section("Formulas", headings, tuple(rows))


def weights(report: Report, expand: bool = True) -> Section:
    """Returns every weight of every layer."""
    rows: list[tuple[str, ...]] = []
    for depth, layer in _weighted(report, expand):
        name = _indented(depth, layer.name)
        rows.append((name, "", "", number(layer.params.total if layer.params else None), ""))
        for weight in layer.weights or ():
            notes = [] if is_float(weight.dtype) else [weight.dtype]
            notes += [] if weight.trainable else ["not trainable"]
            words = f"{weight.formula or ''} ({', '.join(notes)})" if notes else weight.formula
            sizes = (words or "").strip()
            rows.append(("", weight.name, shape(weight.shape), number(weight.count), sizes))
    headings = (
        Heading("Layer"),
        Heading("Weight"),
        Heading("Shape"),
        Heading("Count", right=True),
        Heading("Sizes", wraps=True),
    )
    return Section("Weights", headings, tuple(rows))


def _weighted(report: Report, expand: bool) -> Iterator[tuple[int, Layer]]:
    for depth, layer in walk(report.layers, expand):
        if layer.params is not None and layer.params.total:
            yield depth, layer


def from_the_run(report: Report) -> Section:
    """Returns the layers that no rule plans, as the run reports them, and the total with them."""
    rows = tuple(
        (layer.name, layer.cls, tensors(layer.outputs), _params(layer))
        for layer in report.layers
        if layer.macs is None and layer.weights is not None and not _holds_custom(layer)
    )
    headings = (
        Heading("Layer"),
        Heading("Class"),
        Heading("Output"),
        Heading("Params", right=True),
    )
    return Section("From the run", headings, rows, ("total", "", "", number(report.totals.params)))


def _holds_custom(layer: Layer) -> bool:
    """Returns whether a layer is a custom layer, or has one inside: then its plan is all there
    is."""
    return layer.custom is True or any(map(_holds_custom, layer.layers))


def differences(report: Report) -> Section:
    """Returns every fact on which plan, Keras's inference and the run do not all agree, or the
    plan and the model file."""
    disagreements = report.agreement.differences if report.agreement else ()
    if report.agreement and report.agreement.witness == "file":
        return Section(
            "Differences",
            tuple(map(Heading, ("Layer", "What", "Plan", "File"))),
            tuple(
                (
                    difference.layer,
                    difference.what,
                    difference.planned or "–",
                    difference.ran or "–",
                )
                for difference in disagreements
            ),
        )
    rows = tuple(
        (
            difference.layer,
            difference.what,
            difference.planned or "–",
            difference.inferred or "–",
            difference.ran or "–",
        )
        for difference in disagreements
    )
    headings = ("Layer", "What", "Planned", "Keras infers", "The run gives")
    return Section("Differences", tuple(map(Heading, headings)), rows)


def walk(
    layers: tuple[Layer, ...], expand: bool = True, depth: int = 0
) -> Iterator[tuple[int, Layer]]:
    """Yields every layer with its depth: 0 in the model, 1 inside a layer, and so on.

    Equal iterations of a repeated block are one entry unless ``expand`` is set.
    """
    for layer in layers if expand else folded(layers):
        yield depth, layer
        yield from walk(layer.layers, expand, depth + 1)


def _called(
    layers: tuple[Layer, ...], expand: bool = True, depth: int = 0
) -> Iterator[tuple[int, Layer]]:
    """Yields the layers of the model and of nested models, without those inside a wrapper."""
    for layer in layers if expand else folded(layers):
        yield depth, layer
        if layer.is_model or is_fold(layer):
            yield from _called(layer.layers, expand, depth + 1)


def values(report: Report) -> Iterator[tuple[str, Tensor]]:
    """Yields every tensor whose values are known, with its full name."""
    for tensor in report.inputs:
        if tensor.values is not msgspec.UNSET:
            yield tensor.name, tensor
    owners: list[str] = []
    for depth, layer in _called(report.layers):
        owners[depth:] = [layer.name]
        for tensor in (*layer.outputs, *layer.states):
            if tensor.values is not msgspec.UNSET:
                yield f"{'/'.join(owners)}.{tensor.name}", tensor


def _is_chain(report: Report) -> bool:
    """Returns whether every layer reads the main output of the one before it."""
    before = [tensor.name for tensor in report.inputs]
    if len(before) > 1:
        return False
    for layer in report.layers:
        read = (*layer.inbound, *layer.initial_state)
        if layer.shared_with or {source.partition(".")[0] for source in read} != set(before):
            return False
        before = [layer.name]
    return True


def _input_row(tensor: Tensor, names: tuple[str, ...]) -> tuple[str, ...]:
    known = {
        "layer": tensor.name,
        "output": tensors([tensor]),
        "dtype": tensor.dtype or "",
    }
    return tuple(known.get(name, "") for name in names)


def _layer_row(depth: int, layer: Layer, names: tuple[str, ...]) -> tuple[str, ...]:
    cells = {name: COLUMNS[name][1](layer) for name in names}
    if "layer" in cells:
        cells["layer"] = _indented(depth, layer.name)
    return tuple(cells[name] for name in names)


def _indented(depth: int, name: str) -> str:
    return "  " * depth + name
