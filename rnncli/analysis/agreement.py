"""Two Reports, a plan and a run → what differs, and one report of both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from rnncli.report.agreement import Agreement, Compared, Difference
from rnncli.report.layer import Layer, Params, Shape, State, Tensor, Weight
from rnncli.report.report import Report, Totals


def compare(planned: Report, built: Report) -> Agreement:
    """Where plan, Keras's inference and the run agree, and every fact on which they do not.

    What the plan does not know is not compared.
    """
    pairs = list(_pairs(planned.layers, built.layers))
    found = [each for ours, theirs in pairs for each in _compare_layer(ours, theirs)]
    differences = tuple(each.difference for each in found if each.difference)
    return Agreement(
        agrees=not differences,
        compared=Compared(
            outputs=sum(each.kind == "output" for each in found),
            states=sum(each.kind == "state" for each in found),
            weights=sum(each.kind == "weight" for each in found),
        ),
        differences=differences,
    )


def merge_run_into_plan(planned: Report, built: Report) -> Report:
    """The run's facts with the plan's explanations: formulas, MACs, masks."""
    layers = tuple(_combine_layer(*pair) for pair in zip(planned.layers, built.layers, strict=True))
    return msgspec.structs.replace(
        built,
        inputs=_lettered(planned.inputs, built.inputs),
        layers=layers,
        totals=_totals(planned.totals, built.totals),
        length=planned.length,
        lengths=planned.lengths,
        decode=planned.decode,
        problems=planned.problems,
        agreement=compare(planned, built),
    )


def merge_agreements(reports: Sequence[Report]) -> Report:
    """The first report with the agreement of them all."""
    found = [each.agreement for each in reports if each.agreement]
    if not found:
        return reports[0]
    agreement = Agreement(
        agrees=all(each.agrees for each in found),
        compared=Compared(
            outputs=sum(each.compared.outputs for each in found),
            states=sum(each.compared.states for each in found),
            weights=sum(each.compared.weights for each in found),
        ),
        differences=tuple(each for one in found for each in one.differences),
    )
    return msgspec.structs.replace(reports[0], agreement=agreement)


class _Comparison(msgspec.Struct, frozen=True):
    """One thing that was compared, and how it came out."""

    kind: str
    difference: Difference | None


def _pairs(ours: Sequence[Layer], theirs: Sequence[Layer]) -> Iterator[tuple[Layer, Layer]]:
    """Every layer of both, with those that they hold."""
    for mine, other in zip(ours, theirs, strict=False):
        yield mine, other
        yield from _pairs(mine.layers, other.layers)


def _compare_layer(ours: Layer, theirs: Layer) -> Iterator[_Comparison]:
    if ours.weights is None:
        return
    # What a layer inside another one gives cannot be seen from outside.
    if theirs.outputs:
        yield from _compare_tensors("output", ours, ours.outputs, theirs.outputs)
        yield from _compare_tensors("state", ours, ours.states, theirs.states)
        if ours.mask != theirs.mask:
            yield _Comparison("mask", _fact(ours, "mask", ours.mask, theirs.mask))
    yield from _compare_weights(ours, theirs)


def _compare_tensors(
    kind: str, layer: Layer, ours: Sequence[Tensor], theirs: Sequence[Tensor]
) -> Iterator[_Comparison]:
    mine = {each.name: each for each in ours}
    others = {each.name: each for each in theirs}
    for name in [*mine, *(name for name in others if name not in mine)]:
        what = name if kind == "output" else f"state {name}"
        difference = _differs(layer, what, mine.get(name), others.get(name))
        yield _Comparison(kind, difference)


def _differs(
    layer: Layer, what: str, ours: Tensor | None, theirs: Tensor | None
) -> Difference | None:
    if ours is None or theirs is None:
        given = _written(ours.shape if ours else None), _written(theirs.shape if theirs else None)
        return Difference(
            layer=layer.name,
            what=what,
            planned=given[0],
            inferred=given[1],
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
    """Whether what came out has the planned shape, as far as that is known."""
    if planned is None or ran is None or len(planned) != len(ran):
        return planned == ran
    return all(mine in (None, real) for mine, real in zip(planned, ran, strict=True))


def _compare_weights(ours: Layer, theirs: Layer) -> Iterator[_Comparison]:
    planned, made = list(ours.weights or ()), list(theirs.weights or ())
    for number in range(max(len(planned), len(made))):
        mine = planned[number] if number < len(planned) else None
        other = made[number] if number < len(made) else None
        difference = None
        if _identity(mine) != _identity(other):
            difference = _fact(ours, "weight", _shown(mine), _shown(other))
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
    if shape is None:
        return None
    axes = ", ".join("T" if axis is None else str(axis) for axis in shape)
    return f"({axes},)" if len(shape) == 1 else f"({axes})"


def _combine_layer(ours: Layer, theirs: Layer) -> Layer:
    formulas = {each.name: each.formula for each in ours.weights or ()}
    weights = tuple(
        msgspec.structs.replace(each, formula=formulas.get(each.name))
        for each in theirs.weights or ()
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
        outputs=_lettered(ours.outputs, [_as_it_ran(each) for each in theirs.outputs])
        or ours.outputs,
        states=tuple(_combine_states(ours.states, theirs.states)) or ours.states,
        weights=weights,
        params=_params(ours.params, theirs.params),
        layers=inner,
    )


def _combine_states(ours: Sequence[State], theirs: Sequence[State]) -> Iterator[State]:
    """The run's states. What a rule does not say of them held for this batch alone."""
    planned = {state.name: state.equals for state in ours}
    for state in theirs:
        chance = state.name in planned and planned[state.name] is None
        yield msgspec.structs.replace(state, equals=None) if chance else state


def _lettered(planned: Sequence[Tensor], ran: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """What ran, with what the plan says of axes whose size Keras does not infer either."""
    letters = {each.name: (each.shape, each.letters) for each in planned if each.letters}
    return tuple(
        msgspec.structs.replace(each, letters=letters[each.name][1])
        if each.name in letters and letters[each.name][0] == each.shape
        else each
        for each in ran
    )


def _as_it_ran(tensor: Tensor) -> Tensor:
    """Where Keras's inference is not what came out, what came out."""
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


def _totals(planned: Totals, built: Totals) -> Totals:
    return msgspec.structs.replace(built, macs=planned.macs)
