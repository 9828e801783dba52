"""A report → its picture: what to draw, and how."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from rnncli.pictures.canvas import Canvas
from rnncli.pictures.palette import DARK, LIGHT
from rnncli.report.layer import Layer
from rnncli.report.report import Report

Kind = Literal["unrolled", "cell", "graph"]
# A model of one recurrent layer and at most this many layers is drawn in time.
_FEW_LAYERS = 8


class CannotDraw(ValueError):
    """There is no such layer, or it has no such picture; ``names`` are those that there are."""

    def __init__(self, message: str, names: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.names = names


class PictureOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What to draw of a report, and how.

    Without a ``kind``, a recurrent layer or a small model with one is drawn in time, and all else
    as a graph. ``layer`` is a name, or a path of names in models inside: ``sentence/lstm``.
    ``steps`` is how many time steps to show at most.
    """

    kind: Kind | None = None
    layer: str | None = None
    steps: int | None = None
    dark: bool = False
    transparent: bool = False


def draw(report: Report, options: PictureOptions) -> str:
    """Returns the picture as the text of an SVG file; the same report gives the same text.

    Raises:
        CannotDraw: there is no such layer, or it cannot be drawn in this way.
    """
    from rnncli.pictures.svg import render

    layer, kind = _what(report, options)
    what = report.name if layer is None else f"{report.name}: {layer.name} ({layer.cls})"
    return render(
        _canvas(report, layer, kind, options.steps),
        DARK if options.dark else LIGHT,
        what,
        f"{what}, {_ABOUT[kind]}",
        transparent=options.transparent,
    )


def canvas_of(report: Report, options: PictureOptions) -> Canvas:
    """Returns the shapes and the texts of a picture, before they are written.

    Raises:
        CannotDraw: as for ``draw``.
    """
    layer, kind = _what(report, options)
    return _canvas(report, layer, kind, options.steps)


def _what(report: Report, options: PictureOptions) -> tuple[Layer | None, Kind]:
    layer = None if options.layer is None else _named(report, options.layer)
    return layer, options.kind or usual_kind(report, layer)


_ABOUT: dict[Kind, str] = {
    "unrolled": "unrolled in time: time runs right, data runs up",
    "cell": "one step of its cell: gates, states and formulas",
    "graph": "the graph of its layers: data runs down",
}


def _canvas(report: Report, layer: Layer | None, kind: Kind, steps: int | None) -> Canvas:
    if kind == "graph":
        from rnncli.pictures.graph import draw_graph

        return draw_graph(report, layer)
    if kind == "cell":
        from rnncli.pictures.cell import draw_cell

        if layer is not None and not layer.recurrence:
            raise CannotDraw(f"{layer.name} ({layer.cls}) has no cell", _recurrent_names(report))
        return draw_cell(_cell_of(report, layer or _only_recurrent(report)))
    from rnncli.pictures.unrolled import draw_unrolled

    if layer is None:
        if not any(layer.states for layer in report.layers):
            raise CannotDraw("the model has no recurrent layer to unroll", _recurrent_names(report))
    elif not layer.states:
        raise CannotDraw(f"{layer.name} ({layer.cls}) has no states", _recurrent_names(report))
    return draw_unrolled(report, None if layer is None else (layer,), steps)


def usual_kind(report: Report, layer: Layer | None = None) -> Kind:
    """What suits a model, or a layer of it, where no kind is named."""
    if layer is not None:
        return "unrolled" if layer.states else "graph"
    recurrent = [layer for layer in report.layers if layer.states]
    few = len(recurrent) == 1 and len(report.layers) <= _FEW_LAYERS and len(report.inputs) == 1
    return "unrolled" if few else "graph"


def _named(report: Report, name: str) -> Layer:
    """The layer of a name or a path.

    Raises:
        CannotDraw: there is none.
    """
    paths = dict(_paths(report.layers))
    if name in paths:
        return paths[name]
    ends = [layer for path, layer in paths.items() if path.endswith(f"/{name}")]
    if len(ends) == 1:
        return ends[0]
    there = "is more than one layer" if ends else "is no layer"
    raise CannotDraw(f"there {there} {name}", tuple(paths))


def _paths(layers: Iterable[Layer], before: str = "") -> Iterator[tuple[str, Layer]]:
    for layer in layers:
        path = f"{before}{layer.name}"
        yield path, layer
        yield from _paths(layer.layers, f"{path}/")


def _recurrent_names(report: Report) -> tuple[str, ...]:
    return tuple([path for path, layer in _paths(report.layers) if layer.states])


def _only_recurrent(report: Report) -> Layer:
    """The recurrent layer of a model that has one.

    Raises:
        CannotDraw: there is none, or more than one.
    """
    recurrent = [layer for layer in report.layers if layer.states]
    if len(recurrent) == 1:
        return recurrent[0]
    names = _recurrent_names(report)
    if recurrent:
        raise CannotDraw("there are several recurrent layers", names)
    raise CannotDraw("the model has no recurrent layer at its top", names)


def _cell_of(report: Report, layer: Layer) -> Layer:
    """The layer or the cell that has the weights of a step: of several, the first."""
    if layer.shared_with:
        layer = _named(report, layer.shared_with)
    while layer.layers and not layer.weights:
        layer = layer.layers[0]
    return layer
