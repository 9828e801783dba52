"""Two Reports, a plan and a run → their differences, and one report of both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from rnncli.report.agreement import Agreement, Compared, Difference
from rnncli.report.layer import Layer, Params, Shape, State, Tensor, Weight
from rnncli.report.report import Report
from rnncli.report.shapes import shown
from rnncli.report.totals import totals


def compare(planned: Report, built: Report) -> Agreement:
    """Compares the plan with Keras's inference and with the run, and lists all differences.

    Facts that the plan does not know are not compared, and neither are layers that did not run.
    """
    ran = {layer.name for layer in built.layers}
    ours = [layer for layer in planned.layers if layer.name in ran]
    pairs = list(_pairs(ours, built.layers))
    comparisons = [
        comparison for ours, theirs in pairs for comparison in _compare_layer(ours, theirs)
    ]
    differences = tuple(
        comparison.difference for comparison in comparisons if comparison.difference
    )
    return Agreement(
        agrees=not differences,
        compared=Compared(
            outputs=sum(comparison.kind == "output" for comparison in comparisons),
            states=sum(comparison.kind == "state" for comparison in comparisons),
            weights=sum(comparison.kind == "weight" for comparison in comparisons),
        ),
        differences=differences,
        not_run=tuple([layer.name for layer in planned.layers if layer.name not in ran])
        or msgspec.UNSET,
    )


def merge_run_into_plan(planned: Report, built: Report) -> Report:
    """The run's facts with the plan's explanations: formulas, MACs, masks.

    A layer that did not run has what the plan says.
    """
    ran = {layer.name: layer for layer in built.layers}
    layers = tuple(
        _combine_layer(layer, ran[layer.name]) if layer.name in ran else layer
        for layer in planned.layers
    )
    return msgspec.structs.replace(
        built,
        inputs=_lettered(planned.inputs, built.inputs),
        layers=layers,
        totals=msgspec.structs.replace(totals(layers), macs=planned.totals.macs),
        length=planned.length,
        lengths=planned.lengths,
        decode=planned.decode,
        problems=planned.problems,
        agreement=compare(planned, built),
        format=planned.format,
        written_by=planned.written_by,
        data=planned.data,
    )


def merge_agreements(reports: Sequence[Report]) -> Report:
    """The first report, with the agreement of all reports."""
    agreements = [report.agreement for report in reports if report.agreement]
    if not agreements:
        return reports[0]
    merged = Agreement(
        agrees=all(agreement.agrees for agreement in agreements),
        compared=Compared(
            outputs=sum(agreement.compared.outputs for agreement in agreements),
            states=sum(agreement.compared.states for agreement in agreements),
            weights=sum(agreement.compared.weights for agreement in agreements),
        ),
        differences=tuple(
            difference for agreement in agreements for difference in agreement.differences
        ),
    )
    return msgspec.structs.replace(reports[0], agreement=merged)


class _Comparison(msgspec.Struct, frozen=True):
    """One thing that was compared; ``difference`` is None if plan and run agree."""

    kind: str
    difference: Difference | None


def _pairs(ours: Sequence[Layer], theirs: Sequence[Layer]) -> Iterator[tuple[Layer, Layer]]:
    """Pairs of layers of both reports, with the layers inside them."""
    for our_layer, their_layer in zip(ours, theirs, strict=False):
        yield our_layer, their_layer
        yield from _pairs(our_layer.layers, their_layer.layers)


def _compare_layer(ours: Layer, theirs: Layer) -> Iterator[_Comparison]:
    if ours.weights is None:
        return
    # The outputs of a layer inside another layer are not visible in the run.
    if theirs.outputs:
        yield from _compare_tensors("output", ours, ours.outputs, theirs.outputs)
        yield from _compare_tensors("state", ours, ours.states, theirs.states)
        if ours.mask != theirs.mask:
            yield _Comparison("mask", _fact(ours, "mask", ours.mask, theirs.mask))
    yield from _compare_weights(ours, theirs)


def _compare_tensors(
    kind: str, layer: Layer, ours: Sequence[Tensor], theirs: Sequence[Tensor]
) -> Iterator[_Comparison]:
    our_tensors = {tensor.name: tensor for tensor in ours}
    their_tensors = {tensor.name: tensor for tensor in theirs}
    for name in [*our_tensors, *(name for name in their_tensors if name not in our_tensors)]:
        what = name if kind == "output" else f"state {name}"
        difference = _differs(layer, what, our_tensors.get(name), their_tensors.get(name))
        yield _Comparison(kind, difference)


def _differs(
    layer: Layer, what: str, ours: Tensor | None, theirs: Tensor | None
) -> Difference | None:
    if ours is None or theirs is None:
        shapes = _written(ours.shape if ours else None), _written(theirs.shape if theirs else None)
        return Difference(
            layer=layer.name,
            what=what,
            planned=shapes[0],
            inferred=shapes[1],
            ran=_written(theirs.actual if theirs else None),
        )
    if not _fits(ours.actual, theirs.actual) or ours.shape != theirs.shape:
        return Difference(
            layer=layer.name,
            what=what,
            planned=_written(ours.shape),
            inferred=_written(theirs.shape),
            ran=_written(theirs.actual),
        )
    if ours.dtype != theirs.dtype:
        return _fact(layer, f"dtype of {what}", ours.dtype, theirs.dtype)
    if isinstance(ours, State) and isinstance(theirs, State):
        if ours.returned != theirs.returned:
            return _fact(layer, f"{what} returned", str(ours.returned), str(theirs.returned))
        if ours.equals and ours.equals != theirs.equals:
            return _fact(layer, f"{what} equals", ours.equals, theirs.equals)
    return None


def _fits(planned: Shape | None, ran: Shape | None) -> bool:
    """Whether the run's shape is the planned shape, as far as that is known."""
    if planned is None or ran is None or len(planned) != len(ran):
        return planned == ran
    return all(size in (None, real) for size, real in zip(planned, ran, strict=True))


def _compare_weights(ours: Layer, theirs: Layer) -> Iterator[_Comparison]:
    planned, built = list(ours.weights or ()), list(theirs.weights or ())
    for number in range(max(len(planned), len(built))):
        weight = planned[number] if number < len(planned) else None
        other = built[number] if number < len(built) else None
        difference = None
        if _identity(weight) != _identity(other):
            difference = _fact(ours, "weight", _shown(weight), _shown(other))
        yield _Comparison("weight", difference)


def _identity(weight: Weight | None) -> tuple[object, ...] | None:
    if weight is None:
        return None
    return (weight.name, weight.shape, weight.dtype, weight.trainable)


def _shown(weight: Weight | None) -> str | None:
    if weight is None:
        return None
    trainable = "" if weight.trainable else ", not trainable"
    return f"{weight.name} {_written(weight.shape)} {weight.dtype}{trainable}"


def _fact(layer: Layer, what: str, planned: str | None, ran: str | None) -> Difference:
    return Difference(layer=layer.name, what=what, planned=planned, inferred=None, ran=ran)


def _written(shape: Shape | None) -> str | None:
    return None if shape is None else shown(shape)


def _combine_layer(ours: Layer, theirs: Layer) -> Layer:
    formulas = {weight.name: weight.formula for weight in ours.weights or ()}
    weights = tuple(
        msgspec.structs.replace(weight, formula=formulas.get(weight.name))
        for weight in theirs.weights or ()
    )
    inner = (
        ours.layers
        if not theirs.layers
        else tuple(
            _combine_layer(*pair)
            for pair in zip(ours.layers or theirs.layers, theirs.layers, strict=True)
        )
    )
    return msgspec.structs.replace(
        ours,
        outputs=_lettered(ours.outputs, [_as_it_ran(tensor) for tensor in theirs.outputs])
        or ours.outputs,
        states=tuple(_combine_states(ours.states, theirs.states)) or ours.states,
        weights=weights,
        params=_params(ours.params, theirs.params),
        layers=inner,
    )


def _combine_states(ours: Sequence[State], theirs: Sequence[State]) -> Iterator[State]:
    """The run's states; an equality that no rule states was chance, and is left out."""
    planned = {state.name: state.equals for state in ours}
    for state in theirs:
        chance = state.name in planned and planned[state.name] is None
        yield msgspec.structs.replace(state, equals=None) if chance else state


def _lettered(planned: Sequence[Tensor], ran: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """The run's tensors, with the plan's letters for axes whose size Keras does not infer."""
    letters = {tensor.name: (tensor.shape, tensor.letters) for tensor in planned if tensor.letters}
    return tuple(
        msgspec.structs.replace(tensor, letters=letters[tensor.name][1])
        if tensor.name in letters and letters[tensor.name][0] == tensor.shape
        else tensor
        for tensor in ran
    )


def _as_it_ran(tensor: Tensor) -> Tensor:
    """The tensor, with the shape of the run if Keras inferred a different one."""
    real = tensor.actual
    fits = (
        tensor.shape is not None
        and real is not None
        and len(real) == len(tensor.shape)
        and all(axis in (None, size) for axis, size in zip(tensor.shape, real, strict=True))
    )
    return tensor if fits else msgspec.structs.replace(tensor, shape=real, filled=None)


def _params(ours: Params | None, theirs: Params | None) -> Params | None:
    if ours is None or theirs is None or ours.total != theirs.total:
        return theirs
    return msgspec.structs.replace(theirs, formula=ours.formula)
