"""The gates and states of a recurrent cell, computed in numpy from the cell's own weights.

Each step starts from the states that Keras has before it, so that rounding does not add up over
the steps, and all steps are computed at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from rnncli.engine.tensors import numbers_of

# How many steps are computed at once: more take memory and save no time.
_BLOCK = 512


class CellReplay(msgspec.Struct, frozen=True):
    """What one cell computes at every step: arrays of shape (steps, units).

    ``quantities`` has the gates, then the states. ``gates`` names those that open and close.
    ``terms`` has what else a sentence of arithmetic needs. ``magnitude`` is the sum of absolute
    terms from which the largest gate of each step is made, which bounds its rounding.
    """

    quantities: dict[str, Any]
    states: tuple[str, ...]
    gates: tuple[str, ...]
    terms: dict[str, Any]
    magnitude: Any
    formulas: dict[str, str]
    activation: str


def replay(cell: Any, inputs: Any, before: Sequence[Any]) -> CellReplay:
    """Computes a cell at all steps.

    ``inputs`` has the shape (steps, features); ``before`` has the states before each step.
    """
    import keras

    functions = {
        keras.layers.LSTMCell: _lstm,
        keras.layers.GRUCell: _gru,
        keras.layers.SimpleRNNCell: _simple_rnn,
    }
    compute = functions[type(cell)]
    weights = _Weights.of(cell)
    starts = range(0, max(len(inputs), 1), _BLOCK)
    with np.errstate(over="ignore", invalid="ignore"):
        # Numbers that overflow do so in Keras as well.
        blocks = [
            compute(
                weights,
                inputs[start : start + _BLOCK],
                [states[start : start + _BLOCK] for states in before],
            )
            for start in starts
        ]
    first = blocks[0]

    def whole(part: str) -> dict[str, Any]:
        return {
            name: np.concatenate([getattr(block, part).pop(name) for block in blocks])
            for name in list(getattr(first, part))
        }

    magnitude = np.concatenate([block.magnitude for block in blocks])
    return msgspec.structs.replace(
        first, quantities=whole("quantities"), terms=whole("terms"), magnitude=magnitude
    )


class _Weights(msgspec.Struct, frozen=True):
    """The weights of a cell as arrays, and its activations."""

    kernel: Any
    recurrent: Any
    bias: Any
    activation: Any
    recurrent_activation: Any
    reset_after: bool

    @classmethod
    def of(cls, cell: Any) -> _Weights:
        kernel = numbers_of(cell.kernel)
        return cls(
            kernel=kernel,
            recurrent=numbers_of(cell.recurrent_kernel),
            bias=np.zeros(kernel.shape[1], kernel.dtype)
            if cell.bias is None
            else numbers_of(cell.bias),
            activation=cell.activation,
            recurrent_activation=getattr(cell, "recurrent_activation", None),
            reset_after=getattr(cell, "reset_after", False),
        )

    @property
    def name(self) -> str:
        """The name of the activation."""
        return str(getattr(self.activation, "__name__", type(self.activation).__name__))

    def activate(self, numbers: Any) -> Any:
        """Applies the activation."""
        return _applied(self.activation, numbers)

    def gate(self, numbers: Any) -> Any:
        """Applies the activation of gates."""
        return _applied(self.recurrent_activation, numbers)

    def magnitude(self, inputs: Any, h: Any) -> Any:
        """The sum of absolute terms of a step's largest pre-activation."""
        biases = np.abs(self.bias).reshape(-1, self.kernel.shape[1]).sum(0)
        terms = np.abs(inputs) @ np.abs(self.kernel) + np.abs(h) @ np.abs(self.recurrent) + biases
        return terms.max(axis=1, initial=0.0)


def _applied(activation: Any, numbers: Any) -> Any:
    import keras

    return numbers_of(activation(keras.ops.convert_to_tensor(numbers)))


def _lstm(weights: _Weights, inputs: Any, before: Sequence[Any]) -> CellReplay:
    h, c = before
    sums = inputs @ weights.kernel + h @ weights.recurrent + weights.bias
    sum_i, sum_f, sum_g, sum_o = np.split(sums, 4, axis=1)
    i, f, o = weights.gate(sum_i), weights.gate(sum_f), weights.gate(sum_o)
    g = weights.activate(sum_g)
    c_after = f * c + i * g
    h_after = o * weights.activate(c_after)
    return CellReplay(
        quantities={"i": i, "f": f, "g": g, "o": o, "c": c_after, "h": h_after},
        states=("h", "c"),
        gates=("i", "f", "o"),
        terms={},
        magnitude=weights.magnitude(inputs, h),
        formulas={
            "c": "f·c + i·g",
            "h": "o·c" if weights.name == "linear" else f"o·{weights.name}(c)",
        },
        activation=weights.name,
    )


def _gru(weights: _Weights, inputs: Any, before: Sequence[Any]) -> CellReplay:
    (h,) = before
    units = h.shape[1]
    if weights.reset_after:
        biases = weights.bias.reshape(-1, 3 * units)
        bias, recurrent_bias = biases[0], biases[1:].sum(0)
    else:
        bias, recurrent_bias = weights.bias, np.zeros_like(weights.bias)
    from_input = np.split(inputs @ weights.kernel + bias, 3, axis=1)
    kernels = np.split(weights.recurrent, 3, axis=1)
    biases_z, biases_r, biases_h = np.split(recurrent_bias, 3)
    z = weights.gate(from_input[0] + (h @ kernels[0] + biases_z))
    r = weights.gate(from_input[1] + (h @ kernels[1] + biases_r))
    recurrent = r * (h @ kernels[2] + biases_h) if weights.reset_after else (r * h) @ kernels[2]
    candidate = weights.activate(from_input[2] + recurrent)
    return CellReplay(
        quantities={"z": z, "r": r, "candidate": candidate, "h": z * h + (1 - z) * candidate},
        states=("h",),
        gates=("z", "r"),
        terms={},
        magnitude=weights.magnitude(inputs, h),
        formulas={"h": "z·h + (1 − z)·candidate"},
        activation=weights.name,
    )


def _simple_rnn(weights: _Weights, inputs: Any, before: Sequence[Any]) -> CellReplay:
    (h,) = before
    from_input, recurrent = inputs @ weights.kernel, h @ weights.recurrent
    sums = from_input + recurrent + weights.bias
    name = "" if weights.name == "linear" else weights.name
    return CellReplay(
        quantities={"h": weights.activate(sums)},
        states=("h",),
        gates=(),
        terms={
            "input": from_input,
            "recurrent": recurrent,
            "bias": np.broadcast_to(weights.bias, sums.shape),
        },
        magnitude=weights.magnitude(inputs, h),
        formulas={"h": f"{name}(x·W + h·U + b)" if name else "x·W + h·U + b"},
        activation=weights.name,
    )
