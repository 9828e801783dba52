"""Finds the layer that a problem is about from its place in the config."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from rnncli.model.graph import KerasObject, Model
from rnncli.problems import Problem


def with_layers(problems: Sequence[Problem], model: Model) -> Iterator[Problem]:
    """The problems, each with the layer whose entry it is in."""
    if not problems:
        return
    layers = [n.layer for n in model.nodes if n.layer.place.source.name == model.source]
    layers.sort(key=_start)
    starts = [_start(layer) for layer in layers]
    for problem in problems:
        place = (problem.line or 0, problem.column or 0)
        before = bisect_right(starts, place)
        layer = layers[before - 1] if before and problem.file == model.source else None
        if problem.layer is None and layer and _is_inside(problem.line or 0, layer):
            yield replace(problem, layer=layer.name)
        else:
            yield problem


def _start(layer: KerasObject) -> tuple[int, int]:
    return layer.place.line, layer.place.column


def _is_inside(line: int, layer: KerasObject) -> bool:
    """Whether a line below a layer's first line belongs to its entry.

    A line that starts further to the left is another entry, or a key of the whole config.
    """
    lines = layer.place.source.lines
    if line == layer.place.line or line > len(lines):
        return line <= len(lines)
    text = lines[line - 1]
    return len(text) - len(text.lstrip(" ")) >= layer.place.column - 1
