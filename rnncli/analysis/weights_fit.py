"""The layers of two models → which weights of a checkpoint of A fit B."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rnncli.analysis.matching import match
from rnncli.report.diff import WeightsFit
from rnncli.report.layer import Layer, Shape


def weights_fit(a: Sequence[Layer], b: Sequence[Layer]) -> WeightsFit:
    """Compares the shapes of the weights, layer by layer."""
    pairs = [*_pairs(a, b)]
    return WeightsFit(
        fit=tuple([path for path, ours, theirs, _ in pairs if ours and ours == theirs]),
        misfit=tuple([path for path, ours, theirs, _ in pairs if ours and ours != theirs]),
        new=tuple([path for _, ours, theirs, path in pairs if not ours and theirs]),
    )


Shapes = tuple[Shape | None, ...]


def _pairs(
    a: Sequence[Layer], b: Sequence[Layer], outer: tuple[str, str] = ("", "")
) -> Iterator[tuple[str, Shapes, Shapes, str]]:
    """The shapes of a layer's weights in both models, between its paths in A and in B."""
    places = match(a, b)
    for place, layer in enumerate(a):
        ours, path = _shapes(layer), outer[0] + layer.name
        if place not in places:
            yield path, ours, (), ""
            continue
        other = b[places[place]]
        if layer.is_model and other.is_model:
            inner = f"{path}/", f"{outer[1]}{other.name}/"
            yield from _pairs(layer.layers, other.layers, inner)
        else:
            yield path, ours, _shapes(other), outer[1] + other.name
    taken = {*places.values()}
    for place, layer in enumerate(b):
        if place not in taken:
            yield "", (), _shapes(layer), outer[1] + layer.name


def _shapes(layer: Layer) -> Shapes:
    """The shapes of the weights of a layer and of the layers inside; None for those not known."""
    own: Shapes = (None,) if layer.weights is None else tuple(w.shape for w in layer.weights)
    return own + tuple(shape for inner in layer.layers for shape in _shapes(inner))
