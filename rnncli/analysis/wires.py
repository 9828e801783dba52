"""What the layers of two models read → what is wired in another way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rnncli.report.diff import Change
from rnncli.report.layer import Layer


class Wires:
    """The wires of two models whose layers are matched; names are those of B where it has one.

    ``renamed`` are inputs of A that have another name in B.
    """

    def __init__(
        self,
        a: Sequence[Layer],
        b: Sequence[Layer],
        pairs: Mapping[int, int],
        renamed: Mapping[str, str],
    ) -> None:
        self._a = {layer.name: layer for layer in a}
        self._b = {layer.name: layer for layer in b}
        self._names = {**renamed, **{a[i].name: b[j].name for i, j in pairs.items()}}
        matched = {*pairs}, {*pairs.values()}
        self._removed = {layer.name for place, layer in enumerate(a) if place not in matched[0]}
        self._added = {layer.name for place, layer in enumerate(b) if place not in matched[1]}

    def source(self, reference: str) -> str:
        """The layer or the input of B that a reference such as ``encoder.h`` is to."""
        return _source(reference, self._b)

    def changes(self, a: Layer, b: Layer) -> tuple[tuple[Change, ...], tuple[str, ...]]:
        """What a layer reads in another way, and the layers that make it read another.

        A layer that is added to a chain changes what the one after it reads, which follows from it.
        """
        changes: list[Change] = []
        causes: list[str] = []
        if tuple(a.roles or ()) != tuple(b.roles or ()):
            changes.append(
                Change(what="roles", before=[*(a.roles or ())], after=[*(b.roles or ())])
            )
        for what, ours, theirs in (
            ("from", a.inbound, b.inbound),
            ("initial_state", a.initial_state, b.initial_state),
        ):
            if [*map(self._renamed, ours)] == [*theirs]:
                continue
            before = [self._past(reference, self._a, self._removed) for reference in ours]
            after = [self._past(reference, self._b, self._added) for reference in theirs]
            if [self._renamed(reference) for reference, _ in before] == [
                reference for reference, _ in after
            ]:
                causes += [name for _, names in (*after, *before) for name in names]
            else:
                changes.append(Change(what=what, before=[*ours], after=[*theirs]))
        return tuple(changes), tuple(dict.fromkeys(causes))

    def _renamed(self, reference: str) -> str:
        """A reference of A with the name that its layer has in B."""
        source = _source(reference, self._a)
        return self._names.get(source, source) + reference[len(source) :]

    def _past(
        self, reference: str, layers: Mapping[str, Layer], skipped: set[str]
    ) -> tuple[str, list[str]]:
        """The reference before layers that the other model has not, and their names."""
        names: list[str] = []
        while True:
            name = _source(reference, layers)
            if name not in skipped or len(layers[name].inbound) != 1 or name in names:
                return reference, names
            names.append(name)
            reference = layers[name].inbound[0]


def _source(reference: str, layers: Mapping[str, Layer]) -> str:
    """The name of the layer or the input in a reference; names may have dots themselves."""
    name = reference
    while name not in layers and "." in name:
        name = name.rpartition(".")[0]
    return name if name in layers else reference.partition(".")[0]
