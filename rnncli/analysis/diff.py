"""Two Reports, A and B → what differs between them, cause and consequence apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from rnncli.analysis.changes import (
    argument_changes,
    count,
    macs_of,
    params_of,
    tensor_changes,
)
from rnncli.analysis.matching import match, moved
from rnncli.analysis.weights_fit import weights_fit
from rnncli.analysis.wires import Wires
from rnncli.problems import Problem
from rnncli.report.diff import Change, Diff, Kind, LayerDiff, Side, TotalCounts
from rnncli.report.layer import Layer, Tensor
from rnncli.report.report import Report

# Where a config has its layers: their places by name, ``encoder/lstm`` in a nested model.
Places = Mapping[str, str]


def diff(a: Report, b: Report, a_places: Places, b_places: Places) -> Diff:
    """What differs between two models.

    Problems are those of both models.
    """
    settings = tuple(_settings(a, b))
    names = {setting.what for setting in settings}
    roots = tuple([name for name in ("batch", "length") if name in names])
    entering = {
        tensor.name: (tensor.name,)
        for tensor in b.inputs
        if any(setting.what == f"input {tensor.name}" for setting in settings)
    }
    models = _Models(
        _Side(a.layers, a_places),
        _Side(b.layers, b_places),
        entering,
        roots,
        _renamed_inputs(a.inputs, b.inputs),
    )
    layers = tuple(models.layers())
    totals = TotalCounts(
        params=count(a.totals.params, b.totals.params),
        trainable=count(a.totals.trainable, b.totals.trainable),
        macs=count(a.totals.macs, b.totals.macs),
        weight_bytes=count(a.totals.weight_bytes, b.totals.weight_bytes),
        activation_bytes=count(a.totals.activation_bytes, b.totals.activation_bytes),
    )
    return Diff(
        a=Side(name=a.name, source=a.source),
        b=Side(name=b.name, source=b.source),
        equal=not settings and not any(layer.differs for layer in layers),
        settings=settings,
        layers=layers,
        totals=totals,
        weights=weights_fit(a.layers, b.layers),
        problems=_problems(a, b),
    )


def _problems(a: Report, b: Report) -> tuple[Problem, ...]:
    return tuple(dict.fromkeys((*a.problems, *b.problems)))


def _settings(a: Report, b: Report) -> Iterator[Change]:
    """The changes of the models as a whole."""
    if a.batch != b.batch:
        yield Change(what="batch", before=a.batch, after=b.batch)
    lengths = [[free.size for free in report.lengths] for report in (a, b)]
    if lengths[0] != lengths[1] and all(lengths):
        yield Change(what="length", before=lengths[0], after=lengths[1])
    renamed = _renamed_inputs(a.inputs, b.inputs)
    before = {renamed.get(tensor.name, tensor.name): tensor for tensor in a.inputs}
    after = {tensor.name: tensor for tensor in b.inputs}
    for name in dict.fromkeys((*after, *before)):
        ours, theirs = (_without_batch(side.get(name)) for side in (before, after))
        if ours != theirs:
            yield Change(what=f"input {name}", before=ours, after=theirs)
    if len(a.outputs) != len(b.outputs) or a.output_names != b.output_names:
        yield Change(what="outputs", before=_outputs(a), after=_outputs(b))


def _outputs(report: Report) -> list[str]:
    return [*(report.output_names or report.outputs)]


def _without_batch(tensor: Tensor | None) -> object:
    """The shape of an input without the batch axis, and its dtype, as a config has them."""
    if tensor is None:
        return msgspec.UNSET
    shape = None if tensor.shape is None else [*tensor.shape[1:]]
    return {"shape": shape, "dtype": tensor.dtype}


def _renamed_inputs(a: Sequence[Tensor], b: Sequence[Tensor]) -> dict[str, str]:
    """The name in B of the only input of A, where it has another."""
    if len(a) == len(b) == 1 and a[0].name != b[0].name:
        return {a[0].name: b[0].name}
    return {}


class _Side(msgspec.Struct, frozen=True):
    """The layers of one model, and their places in its config; ``path`` leads to a nested model."""

    layers: Sequence[Layer]
    places: Places
    path: str = ""

    def place(self, layer: Layer) -> str | None:
        """Where the config has a layer."""
        return self.places.get(self.path + layer.name)

    def inside(self, layer: Layer) -> _Side:
        """The layers of a nested model."""
        return _Side(layer.layers, self.places, f"{self.path}{layer.name}/")


class _Models:
    """The layers of two models, or of two nested models, and what follows from what.

    ``entering`` are the inputs that differ, each with what that follows from; ``settings`` are the
    settings that the whole models differ in. ``renamed`` are inputs of A with their names in B.
    """

    def __init__(
        self,
        a: _Side,
        b: _Side,
        entering: Mapping[str, tuple[str, ...]],
        settings: tuple[str, ...],
        renamed: Mapping[str, str],
    ) -> None:
        self.a, self.b = a, b
        self.settings = settings
        self.pairs = match(a.layers, b.layers)
        self.moved = moved(self.pairs)
        self.wires = Wires(a.layers, b.layers, self.pairs, renamed)
        # What the changed outputs of inputs and layers of B follow from.
        self.roots: dict[str, tuple[str, ...]] = dict(entering)

    def layers(self) -> Iterator[LayerDiff]:
        """Every layer of B in order, with the layers of A that are removed between them."""
        before = {after: place for place, after in self.pairs.items()}
        removed = self._removed_after()
        yield from map(self._removed, removed.get(None, ()))
        for place, layer in enumerate(self.b.layers):
            if place in before:
                yield self._pair(self.a.layers[before[place]], layer, place in self.moved)
            else:
                yield self._added(layer)
            yield from map(self._removed, removed.get(place, ()))

    def _removed_after(self) -> dict[int | None, list[Layer]]:
        """The layers that are removed, by the place in B of the layer that they followed."""
        removed: dict[int | None, list[Layer]] = {}
        last = None
        for place, layer in enumerate(self.a.layers):
            last = self.pairs.get(place, last)
            if place not in self.pairs:
                removed.setdefault(last, []).append(layer)
        return removed

    def _added(self, layer: Layer) -> LayerDiff:
        keeps_shape = [x.shape for x in layer.inputs] == [x.shape for x in layer.outputs]
        self.roots[layer.name] = (keeps_shape and self._upstream(layer)) or (layer.name,)
        return LayerDiff(
            kind="added",
            before=None,
            after=layer.name,
            cls=layer.cls,
            place=self.b.place(layer),
            arguments=argument_changes(None, layer),
            outputs=tensor_changes((), layer.outputs),
            params=params_of(None, layer),
            macs=macs_of(None, layer),
        )

    def _removed(self, layer: Layer) -> LayerDiff:
        return LayerDiff(
            kind="removed",
            before=layer.name,
            after=None,
            cls=layer.cls,
            place=self.a.place(layer),
            arguments=argument_changes(layer, None),
            outputs=tensor_changes(layer.outputs, ()),
            params=params_of(layer, None),
            macs=macs_of(layer, None),
        )

    def _pair(self, a: Layer, b: Layer, is_moved: bool) -> LayerDiff:
        """A layer of both models."""
        inputs = tensor_changes(a.inputs, b.inputs, by_place=True)
        outputs = tensor_changes(a.outputs, b.outputs)
        arguments = argument_changes(a, b)
        wiring, rewired_by = self.wires.changes(a, b)
        upstream = self._upstream(b) if inputs else ()
        inner = self._inside(a, b, upstream) if a.is_model or b.is_model else ()
        params, macs = params_of(a, b), macs_of(a, b)
        own = arguments or wiring or any(layer.kind != "follows" for layer in inner)
        has_consequences = inputs or outputs or params.differs or macs.differs or inner
        follows = tuple(dict.fromkeys((*upstream, *rewired_by))) if has_consequences else ()
        if has_consequences and not own and not follows:
            follows = self.settings
        kind: Kind = "changed" if own else "follows" if follows else "unchanged"
        if has_consequences and kind == "unchanged":
            # The reports do not say why, such as those of two versions of rnncli.
            kind = "changed"
        if outputs:
            self.roots[b.name] = (b.name,) if kind == "changed" else follows
        return LayerDiff(
            kind=kind,
            before=a.name,
            after=b.name,
            cls=b.cls,
            place=self.b.place(b),
            # Branches may stand in any order: only what reads another layer has moved.
            moved=is_moved and bool(wiring or rewired_by),
            arguments=arguments,
            wiring=wiring,
            inputs=inputs,
            outputs=outputs,
            params=params,
            macs=macs,
            follows_from=follows,
            layers=inner,
        )

    def _upstream(self, layer: Layer) -> tuple[str, ...]:
        """What the changes of the tensors that a layer reads follow from."""
        sources = map(self.wires.source, (*layer.inbound, *layer.initial_state))
        return tuple(dict.fromkeys(root for name in sources for root in self.roots.get(name, ())))

    def _inside(self, a: Layer, b: Layer, upstream: tuple[str, ...]) -> tuple[LayerDiff, ...]:
        """The layers inside a nested model that differ."""
        names = {layer.name for layer in b.layers}
        entering = {
            name: upstream for layer in b.layers for name in layer.inbound if name not in names
        }
        inside = _Models(
            self.a.inside(a), self.b.inside(b), entering if upstream else {}, self.settings, {}
        )
        return tuple([layer for layer in inside.layers() if layer.differs])
