"""Recurrent layers, cells, and wrappers around layers."""

from __future__ import annotations

from typing import Any

from tests.judge.case import Make
from tests.judge.drawing import spatial
from tests.judge.drawing.chance import Chance
from tests.judge.drawing.unary import (
    RECIPES,
    Shape,
    dense,
    einsum,
    embedding,
    flatten,
    masking,
    normalisation,
    pointwise,
    recipe,
    reshape,
    softmax,
)  # fmt: skip


def layer_flags(chance: Chance, sequences: float = 0.5, state: float = 0.35) -> dict[str, Any]:
    args = chance.flag(sequences, "return_sequences") | chance.flag(state, "return_state")
    args |= chance.flag(0.12, "go_backwards") | chance.flag(0.12, "zero_output_for_mask")
    return args | chance.flag(0.06, "unroll") | chance.flag(0.02, "stateful")


def cell_args(chance: Chance, kind: str, units: int | None = None) -> dict[str, Any]:
    args: dict[str, Any] = {"units": units or chance.between(1, 4)}
    args |= chance.maybe(0.12, activation=chance.pick(["relu", "tanh", "linear", "sigmoid"]))
    if kind != "SimpleRNN":
        args |= chance.maybe(
            0.1, recurrent_activation=chance.pick(["hard_sigmoid", "sigmoid", "tanh"])
        )
    args |= chance.maybe(0.1, use_bias=False) | chance.maybe(0.08, dropout=0.3)
    args |= chance.maybe(0.06, recurrent_dropout=0.3)
    if kind == "GRU":
        args |= chance.maybe(0.25, reset_after=False)
    return args | (chance.maybe(0.1, unit_forget_bias=False) if kind == "LSTM" else {})


def plain(chance: Chance, flags: dict[str, Any] | None = None, units: int | None = None) -> Make:
    kind = chance.pick(["SimpleRNN", "GRU", "LSTM"])
    args = cell_args(chance, kind, units) | (layer_flags(chance) if flags is None else flags)
    if kind != "SimpleRNN":
        args |= chance.maybe(0.06, use_cudnn=chance.pick([False, "auto"]))
    return chance.make(kind, **args)


def cell(chance: Chance) -> Make:
    kind = chance.pick(["SimpleRNN", "GRU", "LSTM"])
    return chance.make(f"{kind}Cell", **cell_args(chance, kind))


def over_cells(chance: Chance, flags: dict[str, Any] | None = None) -> Make:
    many = chance.between(1, 3)
    cells: Any = [cell(chance) for _ in range(many)]
    if many == 1:
        cells = cells[0]
    elif chance.happens(0.3):
        cells = chance.make("StackedRNNCells", cells=cells)
    return chance.make("RNN", cell=cells, **(layer_flags(chance) if flags is None else flags))


@recipe(10, (2,), "f")
def recurrent(chance: Chance, shape: Shape) -> Make:
    return plain(chance) if chance.happens(0.7) else over_cells(chance)


@recipe(8, (2,), "f")
def bidirectional(chance: Chance, shape: Shape) -> Make:
    flags = layer_flags(chance)
    if not chance.happens(0.1):
        flags.pop("go_backwards", None)
    layer = plain(chance, flags) if chance.happens(0.8) else over_cells(chance, flags)
    args: dict[str, Any] = {"layer": layer}
    args |= chance.maybe(0.5, merge_mode=chance.pick(["sum", "mul", "ave", "concat", None]))
    if chance.happens(0.15):
        units = layer.args.get("units") if chance.happens(0.7) else None
        args["backward_layer"] = plain(chance, flags, units).with_args(go_backwards=True)
    return chance.make("Bidirectional", **args)


@recipe(2.5, (3, 4, 5), "f")
def conv_lstm(chance: Chance, shape: Shape) -> Make:
    dims = max(1, len(shape) - 2)
    args: dict[str, Any] = {"filters": chance.between(1, 3)}
    args["kernel_size"] = spatial.size(chance, dims, 1, 2)
    args |= spatial.padding(chance) | chance.maybe(0.2, strides=spatial.size(chance, dims, 1, 2))
    args |= layer_flags(chance) | chance.maybe(0.15, use_bias=False)
    args.pop("unroll", None)
    return chance.make(f"ConvLSTM{dims}D", **args)


SINGLE = [dense, dense, einsum, flatten, masking, normalisation, pointwise, reshape, softmax,
          embedding, recurrent, bidirectional, spatial.convolution, spatial.pooling,
          spatial.global_pooling, spatial.edges, spatial.up_sampling]  # fmt: skip


@recipe(6, (2, 3, 4), "fib")
def time_distributed(chance: Chance, shape: Shape) -> Make:
    inner = shape[1:]
    if chance.happens(0.08) and len(inner) > 1:
        layer = time_distributed(chance, inner)
    else:
        suited = [r.make for r in RECIPES if len(inner) in r.ranks and r.make in SINGLE]
        layer = chance.pick(suited or [dense])(chance, inner)
    return chance.make("TimeDistributed", layer=layer)


@recipe(1.5, (1, 2, 3), "f")
def spectral(chance: Chance, shape: Shape) -> Make:
    layer = dense(chance, shape)
    if len(shape) > 1 and chance.happens(0.5):
        layer = spatial.convolution(chance, shape)
    return chance.make(
        "SpectralNormalization", layer=layer, **chance.maybe(0.2, power_iterations=2)
    )
