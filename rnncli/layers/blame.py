"""Which layer a problem is about, where it knows only its place in the config."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from rnncli.layers.model import Model, Node
from rnncli.problems import Problem


def with_layers(problems: Iterable[Problem], model: Model) -> Iterator[Problem]:
    """The problems, each with the layer in whose entry it stands."""
    nodes = sorted(
        (node for node in model.nodes if node.layer.place.source.name == model.source),
        key=lambda node: (node.layer.place.line, node.layer.place.column),
    )
    for problem in problems:
        name = None if problem.layer else _layer_at(problem, nodes)
        yield replace(problem, layer=name) if name else problem


def _layer_at(problem: Problem, nodes: Sequence[Node]) -> str | None:
    if problem.line is None or problem.column is None or not nodes:
        return None
    place = nodes[0].layer.place
    if problem.file != place.source.name or problem.line > len(place.source.lines):
        return None
    before = [
        node
        for node in nodes
        if (node.layer.place.line, node.layer.place.column) <= (problem.line, problem.column)
    ]
    if not before:
        return None
    last = before[-1].layer
    text = place.source.lines[problem.line - 1]
    indent = len(text) - len(text.lstrip(" "))
    # What starts further to the left is an entry of its own, or a key of the whole config.
    if problem.line > last.place.line and indent < last.place.column - 1:
        return None
    return last.name
