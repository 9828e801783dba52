"""A model as a flowchart of Mermaid, which many pages and editors draw."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rnncli.config.writing import flow
from rnncli.formats.text import one_line
from rnncli.writers.drawing import Arrow, Box, Drawing, Group, drawn
from rnncli.writers.origin import origin
from rnncli.writers.writer import Convertible, Written

NAME = "mmd"
SUFFIX = ".mmd"

# What Mermaid, or the HTML that it makes, reads as more than text.
_SPECIAL = re.compile(r"[^\w\s.,:()\[\]{}/=+*·×−→⌈⌉⌊⌋—-]")


def write(source: Convertible) -> Written:
    """Returns the flowchart."""
    title = f"---\ntitle: {flow(one_line(source.report.name))}\n---\n"
    lines = _lines(drawn(source.model, source.report))
    head = f"{title}flowchart TD\n{origin(source.spec.file, '    %%')}"
    return Written({SUFFIX: (head + "".join(f"    {line}\n" for line in lines)).encode("utf-8")})


def _lines(drawing: Drawing) -> Iterator[str]:
    boxes: list[Box] = []
    for part in drawing.content:
        yield from _part(part, boxes)
    yield from map(_arrow, drawing.arrows)
    outputs = [box.id for box in boxes if box.is_output]
    if outputs:
        yield "classDef output stroke-width:3px"
        yield f"class {','.join(outputs)} output"


def _part(part: Box | Group, boxes: list[Box]) -> Iterator[str]:
    """The lines of a box, or of a group and all that is in it; collects the boxes."""
    text = "<br>".join(map(_escaped, part.lines))
    if isinstance(part, Box):
        boxes.append(part)
        yield f'{part.id}(["{text}"])' if part.is_input else f'{part.id}["{text}"]'
        return
    yield f'subgraph {part.id}["{text}"]'
    for inner in part.content:
        yield from (f"    {line}" for line in _part(inner, boxes))
    yield "end"


def _arrow(arrow: Arrow) -> str:
    label = f'|"{_escaped(arrow.label)}"|' if arrow.label else ""
    return f"{arrow.source} -->{label} {arrow.target}"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(lambda match: f"#{ord(match[0])};", text)
