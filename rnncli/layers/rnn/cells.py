"""The cells of SimpleRNN, GRU and LSTM: what a step computes, and how its parameters are counted.

Counts, with ``i`` features in and ``u`` units: a gate multiplies the step's features by a kernel
(i, u) and the last output by a recurrent kernel (u, u), and adds a bias (u). An LSTM has four such
gates (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000), a GRU three (Cho
et al. 2014), a SimpleRNN one. The length of the sequence does not matter.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from rnncli.report.layer import Weight
from rnncli.report.shapes import Axis, product
from rnncli.rules.formulas import count_formula
from rnncli.rules.rule import LayerCall
from rnncli.rules.weights import make_weight


class Cell(msgspec.Struct, frozen=True):
    """A kind of recurrent cell: the number of its gates and the names of its states."""

    gates: int
    states: tuple[str, ...]

    def weights(self, call: LayerCall, features: int) -> tuple[Weight, ...]:
        """Kernel (features, gates·units), recurrent kernel (units, gates·units), bias."""
        units = call["units"]
        wide = "units" if self.gates == 1 else f"{self.gates}·units"
        width = self.gates * units
        weights = [
            make_weight(call, "kernel", f"features × {wide}", (features, width)),
            make_weight(call, "recurrent_kernel", f"units × {wide}", (units, width)),
        ]
        if call["use_bias"]:
            doubled = self._two_biases(call)
            words, shape = (f"2 × {wide}", (2, width)) if doubled else (wide, (width,))
            weights.append(make_weight(call, "bias", words, shape))
        return tuple(weights)

    def formula(self, call: LayerCall, features: int) -> str:
        """The formula that counts its parameters."""
        gate = "units·(features + units)"
        if call["use_bias"]:
            gate += " + 2·units" if self._two_biases(call) else " + units"
        whole = gate if self.gates == 1 else f"{self.gates}·({gate})"
        return count_formula(whole, units=call["units"], features=features)

    def macs(self, call: LayerCall, features: int, steps: Axis) -> Axis:
        """The products of the two kernels, over the batch and the steps."""
        units = call["units"]
        return product((steps, call.x.axes[0], self.gates * units * (features + units)))

    def _two_biases(self, call: LayerCall) -> bool:
        # With reset_after a GRU has separate input and recurrent biases, as cuDNN does.
        return "reset_after" in call.layer.signature.arguments and bool(call["reset_after"])


CELLS: Mapping[str, Cell] = {
    "SimpleRNNCell": Cell(1, ("h",)),
    "GRUCell": Cell(3, ("h",)),
    "LSTMCell": Cell(4, ("h", "c")),
}
