"""What a recurrent cell computes in a step, as lines of text with indices."""

from __future__ import annotations

import msgspec

from rnncli.report.layer import Layer

_SYMBOLS = {"sigmoid": "σ"}


class Cell(msgspec.Struct, frozen=True):
    """A cell: its gates in the order in which they are drawn, and in which ``order`` the weights
    hold them, its functions, and how many units it has."""

    gates: tuple[str, ...]
    order: tuple[str, ...]
    activation: str
    recurrent_activation: str
    units: int
    resets_after: bool
    has_bias: bool
    convolves: bool

    def function(self, gate: str) -> str:
        """The function of a gate: ``σ``."""
        return self.activation if gate in ("g", "h") else self.recurrent_activation


def cell_of(layer: Layer) -> Cell:
    """The cell of a layer, by its weights."""
    weights = layer.weights or ()
    recurrence = layer.recurrence
    kernel, recurrent_kernel = weights[0], weights[1]
    units = recurrent_kernel.shape[-2]
    gates = kernel.shape[-1] // units
    names = {4: ("f", "i", "g", "o"), 3: ("z", "r", "g")}.get(gates, ("h",))
    order = {4: ("i", "f", "g", "o"), 3: ("z", "r", "g")}.get(gates, ("h",))
    activation = recurrence.activation if recurrence else msgspec.UNSET
    recurrent = recurrence.recurrent_activation if recurrence else msgspec.UNSET
    return Cell(
        gates=names,
        order=order,
        activation=_symbol(activation or "tanh"),
        recurrent_activation=_symbol(recurrent or "sigmoid"),
        units=units,
        resets_after=bool(recurrence and recurrence.reset_after),
        has_bias=len(weights) > 2,
        convolves=len(kernel.shape) > 2,
    )


def _symbol(function: str) -> str:
    return _SYMBOLS.get(function, function)


def formulas(cell: Cell) -> list[tuple[str, ...]]:
    """The formulas of a step; every second part of a line is an index."""
    if len(cell.gates) == 4:
        return [
            *(_gate(cell, gate) for gate in cell.order),
            ("c", "t", " = f × c", "t−1", " + i × g"),
            ("h", "t", f" = o × {cell.activation}(c", "t", ")"),
            ("y", "t", " = h", "t"),
        ]
    if len(cell.gates) == 3:
        return [
            _gate(cell, "z"),
            _gate(cell, "r"),
            _candidate(cell),
            ("h", "t", " = z × h", "t−1", " + (1 − z) × g"),
            ("y", "t", " = h", "t"),
        ]
    bias = " + b" if cell.has_bias else ""
    return [
        ("h", "t", f" = {cell.activation}(x", "t", " W + h", "t−1", f" U{bias})"),
        ("y", "t", " = h", "t"),
    ]


def _gate(cell: Cell, gate: str) -> tuple[str, ...]:
    """``i = σ(xₜ Wᵢ + hₜ₋₁ Uᵢ + bᵢ)``."""
    times = " * " if cell.convolves else " "
    start = (f"{gate} = {cell.function(gate)}(x", "t", f"{times}W", gate, " + h", "t−1")
    return (*start, f"{times}U", gate, *_bias(cell, gate), ")")


def _bias(cell: Cell, gate: str) -> tuple[str, ...]:
    if not cell.has_bias:
        return ()
    # The second row of a bias belongs to the product with h.
    return (" + b", gate, " + b′", gate) if cell.resets_after else (" + b", gate)


def _candidate(cell: Cell) -> tuple[str, ...]:
    """The candidate of a GRU: r scales h before or after the product with U."""
    start = (f"g = {cell.activation}(x", "t", " W", "g")
    if not cell.resets_after:
        bias = (" + b", "g") if cell.has_bias else ()
        return (*start, " + (r × h", "t−1", ") U", "g", *bias, ")")
    first, second = ((" + b", "g"), (" + b′", "g")) if cell.has_bias else ((), ())
    return (*start, *first, " + r × (h", "t−1", " U", "g", *second, "))")
