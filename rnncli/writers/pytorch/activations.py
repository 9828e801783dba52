"""Activations in PyTorch's terms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rnncli.model.graph import KerasObject
from rnncli.writers.pytorch.parts import NoEquivalent

#: By Keras's name, the expression of an activation of ``x``.
ACTIVATIONS: Mapping[str, str] = {
    "linear": "{x}",
    "relu": "torch.relu({x})",
    "relu6": "F.relu6({x})",
    "leaky_relu": "F.leaky_relu({x}, 0.2)",
    "elu": "F.elu({x})",
    "selu": "F.selu({x})",
    "celu": "F.celu({x})",
    "gelu": "F.gelu({x})",
    "silu": "F.silu({x})",
    "swish": "F.silu({x})",
    "mish": "F.mish({x})",
    "tanh": "torch.tanh({x})",
    "hard_tanh": "F.hardtanh({x})",
    "tanh_shrink": "F.tanhshrink({x})",
    "hard_shrink": "F.hardshrink({x})",
    "soft_shrink": "F.softshrink({x})",
    "sigmoid": "torch.sigmoid({x})",
    "log_sigmoid": "F.logsigmoid({x})",
    "hard_sigmoid": "F.hardsigmoid({x})",
    "hard_silu": "F.hardswish({x})",
    "hard_swish": "F.hardswish({x})",
    "softplus": "F.softplus({x})",
    "softsign": "F.softsign({x})",
    "exponential": "torch.exp({x})",
    "softmax": "{x}.softmax(-1)",
    "log_softmax": "{x}.log_softmax(-1)",
}


def activated(activation: Any, value: str) -> str:
    """The expression of an activation of a value.

    Raises:
        NoEquivalent: PyTorch has no such activation.
    """
    if activation is None:
        return value
    name = activation.cls if isinstance(activation, KerasObject) else str(activation)
    pattern = None if isinstance(activation, KerasObject) else ACTIVATIONS.get(name)
    if pattern is None:
        raise NoEquivalent(
            (f"PyTorch has no activation {name}", "write it in Python, in a module of your own")
        )
    return pattern.format(x=value)
