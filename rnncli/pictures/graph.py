"""A model as a graph: data runs down, one box for each layer, wires named by what they carry.

Equal iterations of a repeated block are one frame, ``× 12``; a model inside is a frame as well. A
layer that is called again is drawn at each place, always in the same colour.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from rnncli.pictures import words
from rnncli.pictures.canvas import DETAIL, TEXT, TITLE, Box, Canvas
from rnncli.pictures.graph_parts import Part, Parts, WirePart, parts_of
from rnncli.pictures.layering import Edge, Node, layered, ranks
from rnncli.pictures.legend import Entry, box_entry, draw_entries
from rnncli.pictures.metrics import text_width
from rnncli.pictures.palette import Role
from rnncli.report.layer import Layer
from rnncli.report.report import Report

_SHARED: tuple[Role, ...] = ("shared_1", "shared_2", "shared_3", "shared_4")
# A wire over more layers than this is drawn as a name beside its end.
_FAR = 10
_PAD = 22.0
_LINE = 20.0


def draw_graph(report: Report, layer: Layer | None = None) -> Canvas:
    """Draws a model, or one layer of it with what is inside."""
    layers = report.layers if layer is None else (layer,)
    inputs = report.inputs if layer is None else ()
    parts = parts_of(inputs, layers, report.outputs)
    canvas = _drawn(parts, _hues(layers))
    left, upper, right, lower = canvas.bounds
    details = [words.count(report.totals.params, "parameter")]
    if report.totals.macs:
        details.append(words.count(report.totals.macs, "MAC"))
    title, facts = report.name, " · ".join(details)
    if layer is not None:
        title, facts = f"{layer.name} · {words.class_of(layer)}", _counts(layer)
    canvas.label(title, left, upper - 60, size=TITLE, bold=True)
    canvas.label(facts, left, upper - 34, role="muted")
    draw_entries(canvas, _legend(canvas, parts, layers), left, lower + 40, max(right, left + 420))
    return canvas


def _hues(layers: Sequence[Layer]) -> dict[str, Role]:
    """The colour of each layer that is called again, by the name that it was made under."""
    origins = dict.fromkeys(layer.shared_with for layer in layers if layer.shared_with)
    return {name: _SHARED[number % len(_SHARED)] for number, name in enumerate(origins)}


# One level: a model, or what is inside a frame


class _Block(msgspec.Struct, frozen=True):
    """A part with its size; a frame has a canvas with its content."""

    part: Part
    width: float
    height: float
    inside: Canvas | None = None


def _drawn(parts: Parts, hues: Mapping[str, Role]) -> Canvas:
    parts = _shortened(parts)
    blocks = [_block(part, hues) for part in parts.parts]
    nodes = [Node(block.width, block.height) for block in blocks]
    edges = [Edge(wire.source, wire.target, _text_size(wire)) for wire in parts.wires]
    layout = layered(nodes, edges)
    canvas = Canvas()
    for block, (x, y) in zip(blocks, layout.boxes, strict=True):
        _draw_block(canvas, block, x, y, hues)
    for wire, points, text in zip(parts.wires, layout.wires, layout.texts, strict=True):
        canvas.curve(points)
        if text is not None:
            canvas.label(_text(wire), text[0] + 8, text[1], size=DETAIL, role="muted")
    return canvas


def _shortened(parts: Parts) -> Parts:
    """The parts, with a name beside the end of each wire that is too long to follow."""
    edges = [Edge(wire.source, wire.target) for wire in parts.wires]
    rank = ranks(len(parts.parts), edges)
    far = {
        number
        for number, wire in enumerate(parts.wires)
        if rank[wire.target] - rank[wire.source] > _FAR
    }
    if not far:
        return parts
    # Names come first: all that reads follows what it reads.
    names = [parts.parts[parts.wires[number].source] for number in sorted(far)]
    added = tuple(Part(kind="input", name=part.name, is_reference=True) for part in names)
    place = {number: index for index, number in enumerate(sorted(far))}
    wires = [
        WirePart(
            place[number] if number in far else wire.source + len(added),
            wire.target + len(added),
            wire.carries,
        )
        for number, wire in enumerate(parts.wires)
    ]
    return Parts((*added, *parts.parts), tuple(wires))


def _text(wire: WirePart) -> str:
    return ", ".join(wire.carries)


def _text_size(wire: WirePart) -> Node | None:
    # The wire is at its left: the text is centred on it with as much room on the other side.
    return Node(2 * (text_width(_text(wire), DETAIL) + 10), 20.0) if wire.carries else None


# A box


def _block(part: Part, hues: Mapping[str, Role]) -> _Block:
    if part.content is None:
        lines = [*_lines(part)]
        width = max(_line_width(line) for line in lines) + 2 * 14
        return _Block(part, max(width, 90.0), len(lines) * _LINE + 14)
    inside = _drawn(part.content, hues)
    left, upper, right, lower = inside.bounds
    head = len([*_lines(part)]) * _LINE + 10
    widest = max(_line_width(line) for line in _lines(part))
    width = max(right - left, widest) + 2 * _PAD
    return _Block(part, width, lower - upper + 2 * _PAD + head, inside)


class _Line(msgspec.Struct, frozen=True):
    """A line of text in a box: what is on its left, and what on its right."""

    left: str
    right: str = ""
    bold: bool = False


def _line_width(line: _Line) -> float:
    size = TEXT if line.bold else DETAIL
    right = text_width(line.right, DETAIL) + 20 if line.right else 0.0
    return text_width(line.left, size, line.bold) + right


def _lines(part: Part) -> Iterator[_Line]:
    layer = part.layer
    if layer is None:
        yield _Line(part.name, bold=True)
        if part.tensor is not None:
            yield _Line(words.shape(part.tensor), part.tensor.dtype or "")
        return
    cls = words.class_of(layer) if part.content is None else layer.cls
    yield _Line(layer.name, cls, bold=True)
    counts = _counts(layer)
    if not layer.outputs:
        yield _Line(counts)
        return
    outputs = [*layer.outputs, *(state for state in layer.states if state.returned)]
    if len(outputs) == 1:
        yield _Line(words.shape(outputs[0]), counts)
        return
    for output in outputs:
        yield _Line(f"{output.name} {words.shape(output)}", counts if output is outputs[0] else "")


def _counts(layer: Layer) -> str:
    macs = words.count(layer.macs, "MAC") if layer.macs else ""
    return " · ".join(filter(None, (words.params(layer), macs)))


def _draw_block(
    canvas: Canvas, block: _Block, x: float, y: float, hues: Mapping[str, Role]
) -> None:
    part, left, top = block.part, x - block.width / 2, y - block.height / 2
    role = _role(part, hues)
    radius = {"input": block.height / 2 if len([*_lines(part)]) == 1 else 18.0, "frame": 14.0}
    canvas.box(
        left, top, block.width, block.height, role,
        radius=radius.get(part.kind, 5.0), dashed=part.is_reference, heavy=part.is_output,
    )  # fmt: skip
    if block.inside is not None:
        inner_left, inner_top, inner_right, _ = block.inside.bounds
        head = len([*_lines(part)]) * _LINE + 10
        shift = x - (inner_left + inner_right) / 2
        canvas.add(block.inside, shift, top + head + _PAD - inner_top)
    start, end = left + 14, left + block.width - 14
    for number, line in enumerate(_lines(part)):
        middle = top + 7 + _LINE * (number + 0.5)
        size = TEXT if line.bold else DETAIL
        if part.kind == "input" and not line.right:
            canvas.label(line.left, x, middle, size=size, bold=line.bold, anchor="middle")
            continue
        canvas.label(line.left, start, middle, size=size, bold=line.bold)
        if line.right:
            canvas.label(line.right, end, middle, size=DETAIL, anchor="end", role="muted")


def _role(part: Part, hues: Mapping[str, Role]) -> Role:
    if part.kind == "input":
        return "state" if part.is_reference else "input"
    if part.kind == "frame":
        return "frame"
    layer = part.layer
    assert layer is not None
    shared = hues.get(layer.shared_with or layer.name)
    if shared:
        return shared
    return "cell" if layer.states else "layer"


def _legend(canvas: Canvas, parts: Parts, layers: Sequence[Layer]) -> Iterator[Entry]:
    yield box_entry("an input", "input", radius=8)
    if any(layer.states for layer in layers):
        yield box_entry("recurrent", "cell")
    yield box_entry("a layer", "layer")
    if any(part.kind == "frame" for part in parts.parts):
        yield box_entry("a model inside, or a block × how often", "frame", radius=5)
    if any(layer.shared_with for layer in layers):
        yield box_entry("one hue: one layer, called again", "shared_1")
    yield Entry(
        "an output", lambda c, x, y: c.box(x - 14, y - 8, 28, 16, "layer", radius=3, heavy=True)
    )
    if any(isinstance(element, Box) and element.role == "state" for element in canvas.elements):
        yield box_entry("stands for the box of that name", "state", radius=8, dashed=True)
