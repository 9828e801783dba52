"""One step of a recurrent cell, opened: its gates, its states, its formulas and its weights.

The grammar is that of the picture in time. Which cell it is follows from its weights: a gate has a
kernel as wide as the state, and an LSTM has four of them, a GRU three, a SimpleRNN one.
"""

from __future__ import annotations

from collections.abc import Sequence

from rnncli.pictures import words
from rnncli.pictures.canvas import DETAIL, TEXT, TITLE, Canvas
from rnncli.pictures.cell_formulas import Cell, cell_of, formulas
from rnncli.pictures.legend import BELT, draw_legend
from rnncli.pictures.metrics import text_width
from rnncli.report.layer import Layer

_TOP, _RAIL, _GATE = 130.0, 390.0, 310.0
_GATE_HALF, _GATE_HEIGHT, _OP = 38.0, 44.0, 16.0
_LEFT, _RIGHT = 40.0, 800.0


def draw_cell(layer: Layer) -> Canvas:
    """Draws one step of a layer's cell, or of a cell itself."""
    cell = cell_of(layer)
    canvas = Canvas()
    painter = {4: _draw_lstm, 3: _draw_gru}.get(len(cell.gates), _draw_simple)
    right = painter(canvas, cell)
    _draw_texts(canvas, layer, cell, right + 88)
    left, upper, end, lower = canvas.bounds
    canvas.label(f"{layer.name} · {layer.cls}", left, upper - 56, size=TITLE, bold=True)
    details = [words.params(layer), "one step, the same weights at every step"]
    canvas.label(" · ".join(filter(None, details)), left, upper - 30, role="muted")
    draw_legend(canvas, left, lower + 36, end, joins=len(cell.gates) != 3)
    return canvas


# The three cells


def _draw_lstm(canvas: Canvas, cell: Cell) -> float:
    f, i, g, o, end = 200.0, 310.0, 420.0, 530.0, 640.0
    right = end + 150
    canvas.box(100, _TOP - 50, right - 150, 360, "cell", radius=18)
    # What is remembered: one straight line.
    canvas.wire((_LEFT, _TOP), (right, _TOP), role="belt", width=BELT)
    _rail(canvas, o, (f, i, g, o))
    low = (_TOP + _GATE) / 2 + 8
    canvas.wire((f, _GATE), (f, _TOP + _OP))
    canvas.wire((i, _GATE), (i, low), (g - _OP, low))
    canvas.wire((g, _GATE), (g, low + _OP))
    canvas.wire((g, low - _OP), (g, _TOP + _OP))
    middle = _GATE - 44
    canvas.wire((o, _GATE), (o, middle), (end - _OP, middle))
    canvas.wire((end, _TOP), (end, low - 20 - _OP))
    canvas.wire((end, low - 20 + _OP), (end, middle - _OP))
    canvas.dot(end, _TOP)
    _output(canvas, end, middle + _OP, right)
    for x, gate in zip((f, i, g, o), ("f", "i", "g", "o"), strict=True):
        _gate(canvas, x, cell.function(gate))
        canvas.label(gate, x + 10, _GATE - 16, size=TEXT, bold=True)
    for x, y in ((f, _TOP), (g, low), (end, middle)):
        _operation(canvas, x, y, "×")
    _operation(canvas, g, _TOP, "+")
    _operation(canvas, end, low - 20, cell.activation)
    _state(canvas, "c", "t−1", _LEFT, _TOP)
    _state(canvas, "h", "t−1", _LEFT, _RAIL)
    _state(canvas, "c", "t", right, _TOP)
    _state(canvas, "h", "t", right, _RAIL)
    return right


def _draw_gru(canvas: Canvas, cell: Cell) -> float:
    z, r, g = 230.0, 360.0, 530.0
    meet, right = 450.0, 720.0
    high, x_rail = 215.0, _RAIL + 36
    canvas.box(100, _TOP - 50, right - 150, 390, "cell", radius=18)
    canvas.wire((_LEFT, _TOP), (right, _TOP))
    # h and x come to each gate by lines of their own: the candidate g reads a part of h.
    canvas.wire((140, _TOP), (140, _RAIL), (meet, _RAIL), (meet, _GATE + 22 + _OP))
    canvas.dot(140, _TOP)
    canvas.wire((170, x_rail + 50), (170, x_rail), (g, x_rail), (g, _GATE + _GATE_HEIGHT))
    for x in (z, r):
        for shift, rail in ((-12, _RAIL), (12, x_rail)):
            canvas.wire((x + shift, rail), (x + shift, _GATE + _GATE_HEIGHT))
            canvas.dot(x + shift, rail)
    canvas.wire((r + _GATE_HALF, _GATE + 22), (meet - _OP, _GATE + 22))
    canvas.wire((meet + _OP, _GATE + 22), (g - _GATE_HALF, _GATE + 22))
    canvas.wire((z, _GATE), (z, _TOP + _OP))
    canvas.wire((z, high), (meet - 20, high))
    canvas.dot(z, high)
    canvas.wire((meet + 20, high), (g - _OP, high))
    canvas.wire((g, _GATE), (g, high + _OP))
    canvas.wire((g, high - _OP), (g, _TOP + _OP))
    fork = g + 70
    canvas.wire((fork, _TOP), (fork, _TOP - 82))
    canvas.dot(fork, _TOP)
    canvas.circle(fork, _TOP - 101, 19, "vector")
    canvas.label(("y", "t"), fork, _TOP - 101, anchor="middle")
    for x, gate in ((z, "z"), (r, "r"), (g, "g")):
        _gate(canvas, x, cell.function(gate))
        canvas.label(gate, x + 10, _GATE - 16, bold=True)
    for x, y in ((z, _TOP), (g, high), (meet, _GATE + 22)):
        _operation(canvas, x, y, "×")
    _operation(canvas, g, _TOP, "+")
    _operation(canvas, meet, high, "1 −")
    canvas.label(("h U", "g") if cell.resets_after else ("h",), meet + 8, _RAIL - 18, size=DETAIL)
    canvas.circle(170, x_rail + 69, 19, "vector")
    canvas.label(("x", "t"), 170, x_rail + 69, anchor="middle")
    _state(canvas, "h", "t−1", _LEFT, _TOP)
    _state(canvas, "h", "t", right, _TOP)
    return right


def _draw_simple(canvas: Canvas, cell: Cell) -> float:
    gate, right = 260.0, 470.0
    canvas.box(100, 240, right - 150, 200, "cell", radius=18)
    _rail(canvas, gate, (gate,))
    turn = gate + 64
    canvas.wire(
        (gate, _GATE), (gate, _GATE - 28), (turn, _GATE - 28), (turn, _RAIL), (right, _RAIL)
    )
    fork = turn + 24
    canvas.wire((fork, _RAIL), (fork, 208))
    canvas.dot(fork, _RAIL)
    canvas.circle(fork, 189, 19, "vector")
    canvas.label(("y", "t"), fork, 189, anchor="middle")
    _gate(canvas, gate, cell.function(cell.gates[0]))
    _state(canvas, "h", "t−1", _LEFT, _RAIL)
    _state(canvas, "h", "t", right, _RAIL)
    return right


# Their parts


def _rail(canvas: Canvas, end: float, gates: Sequence[float]) -> None:
    """Draws h and x, which meet, and come to all gates."""
    canvas.wire((_LEFT, _RAIL), (end, _RAIL), (end, _GATE + _GATE_HEIGHT))
    canvas.wire((140, _RAIL + 80), (140, _RAIL), (180, _RAIL), arrow=False)
    for x in gates[:-1]:
        canvas.wire((x, _RAIL), (x, _GATE + _GATE_HEIGHT))
        canvas.dot(x, _RAIL)
    canvas.circle(140, _RAIL + 99, 19, "vector")
    canvas.label(("x", "t"), 140, _RAIL + 99, anchor="middle")


def _output(canvas: Canvas, x: float, y: float, right: float) -> None:
    """Draws what a cell returns from where it is computed: h, and a copy of it as y."""
    canvas.wire((x, y), (x, _RAIL), (right, _RAIL))
    fork = x + 36
    canvas.wire((fork, _RAIL), (fork, _TOP - 82))
    canvas.dot(fork, _RAIL)
    canvas.circle(fork, _TOP - 101, 19, "vector")
    canvas.label(("y", "t"), fork, _TOP - 101, anchor="middle")


def _gate(canvas: Canvas, x: float, function: str) -> None:
    half = max(_GATE_HALF, text_width(function, TEXT) / 2 + 4)
    canvas.box(x - half, _GATE, 2 * half, _GATE_HEIGHT, "gate", radius=3)
    canvas.label(function, x, _GATE + _GATE_HEIGHT / 2, anchor="middle")


def _operation(canvas: Canvas, x: float, y: float, symbol: str) -> None:
    width = text_width(symbol, DETAIL if len(symbol) > 1 else TEXT)
    if width + 10 > 2 * _OP:
        half = width / 2 + 8
        canvas.box(x - half, y - _OP, 2 * half, 2 * _OP, "pointwise", radius=_OP)
    else:
        canvas.circle(x, y, _OP, "pointwise")
    size = DETAIL if len(symbol) > 1 else 18
    canvas.label(symbol, x, y, size=size, anchor="middle")


def _state(canvas: Canvas, name: str, step: str, x: float, y: float) -> None:
    """Draws a state where it comes in or goes out."""
    width = 58.0
    left = x - width if x == _LEFT else x
    canvas.box(left, y - 15, width, 30, "state", radius=15)
    canvas.label((name, step), left + width / 2, y, anchor="middle")


def _draw_texts(canvas: Canvas, layer: Layer, cell: Cell, x: float) -> None:
    """Writes the formulas and the weights beside the cell."""
    y = canvas.bounds[1] + 40
    for line in formulas(cell):
        canvas.label(line, x, y, size=TEXT)
        y += 29
    y += 14
    for symbol, weight in zip("WUb", layer.weights or (), strict=False):
        canvas.label(f"{symbol}  {weight.name} {_sizes(weight.shape)}", x, y, size=DETAIL)
        y += 23
    if len(cell.gates) > 1:
        order = ", ".join(cell.order)
        canvas.label(
            f"each holds {order} side by side, {cell.units} columns for each",
            x,
            y,
            size=DETAIL,
            role="muted",
        )


def _sizes(shape: tuple[int, ...]) -> str:
    return f"({shape[0]},)" if len(shape) == 1 else f"({', '.join(map(str, shape))})"
