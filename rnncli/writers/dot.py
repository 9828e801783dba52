"""A model as a graph of Graphviz: ``dot -Tsvg model.dot -o model.svg`` draws it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rnncli.formats.text import one_line
from rnncli.writers.drawing import Arrow, Box, Drawing, Group, drawn
from rnncli.writers.origin import origin
from rnncli.writers.writer import Convertible, Written

NAME = "dot"
SUFFIX = ".dot"


def write(source: Convertible) -> Written:
    """Returns the graph."""
    name = _quoted([one_line(source.report.name)])
    lines = [
        f"label={name}",
        "labelloc=t",
        'fontname="Helvetica"',
        'node [shape=box, fontname="Helvetica"]',
        'edge [fontname="Helvetica"]',
        *_lines(drawn(source.model, source.report)),
    ]
    body = "".join(f"    {line}\n" for line in lines)
    text = f"{origin(source.spec.file, '//')}digraph {name} {{\n{body}}}\n"
    return Written({SUFFIX: text.encode("utf-8")})


def _lines(drawing: Drawing) -> Iterator[str]:
    for part in drawing.content:
        yield from _part(part)
    yield from map(_arrow, drawing.arrows)


def _part(part: Box | Group) -> Iterator[str]:
    if isinstance(part, Box):
        more = ", shape=oval" if part.is_input else ", penwidth=2" if part.is_output else ""
        yield f"{part.id} [label={_quoted(part.lines)}{more}]"
        return
    yield f"subgraph {part.id} {{"
    yield f"    label={_quoted(part.lines)}"
    for inner in part.content:
        yield from (f"    {line}" for line in _part(inner))
    yield "}"


def _arrow(arrow: Arrow) -> str:
    label = f" [label={_quoted([arrow.label])}]" if arrow.label else ""
    return f"{arrow.source} -> {arrow.target}{label}"


def _quoted(lines: Iterable[str]) -> str:
    """Lines of text as a string of Graphviz, which reads escapes in it."""
    escaped = (line.replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    return '"' + "\\n".join(escaped) + '"'
