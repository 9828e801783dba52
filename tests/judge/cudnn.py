"""Keras's own test of whether a layer can use the fused kernel, as if there were a GPU."""

from __future__ import annotations

import importlib
from typing import Any
from unittest import mock

rnn = importlib.import_module("keras.src.backend.tensorflow.rnn")  # a function hides the module


def of_layer(layer: Any) -> list[bool]:
    """The answers for the LSTM and GRU layers in a layer, in order."""
    kind = type(layer).__name__
    if kind == "Bidirectional":
        return of_layer(layer.forward_layer) + of_layer(layer.backward_layer)
    if kind == "TimeDistributed":
        return of_layer(layer.layer)
    if kind not in ("LSTM", "GRU"):
        return []
    args = {
        "activation": layer.cell.activation,
        "recurrent_activation": layer.cell.recurrent_activation,
        "unroll": layer.unroll,
        "use_bias": layer.cell.use_bias,
    }
    if kind == "GRU":
        args["reset_after"] = layer.cell.reset_after
    with mock.patch.object(rnn, "_is_gpu_available", return_value=True):
        fits = rnn.cudnn_ok(**args)
    return [bool(fits and layer.use_cudnn in ("auto", True) and not layer.recurrent_dropout)]
