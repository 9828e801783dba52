"""Activations in PyTorch's terms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rnncli.model.graph import KerasObject
from rnncli.writers.pytorch.parts import NoEquivalent

# The hard_sigmoid of Keras 1 and 2, as the engine calls it.
OLD = "old_hard_sigmoid"
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
    OLD: "(0.2 * {x} + 0.5).clamp(0, 1)",
    "hard_silu": "F.hardswish({x})",
    "hard_swish": "F.hardswish({x})",
    "softplus": "F.softplus({x})",
    "softsign": "F.softsign({x})",
    "exponential": "torch.exp({x})",
    "softmax": "{x}.softmax(-1)",
    "log_softmax": "{x}.log_softmax(-1)",
}


def shown(activation: Any) -> str:
    """The name of an activation in a message."""
    if isinstance(activation, KerasObject):
        return activation.cls
    name = _name(activation)
    return "the hard_sigmoid of Keras 2" if name == OLD else name


def _name(activation: Any) -> str:
    """The name of an activation that is no object: a function, where Keras has another now."""
    return getattr(activation, "__name__", None) or str(activation or "linear")


def activated(activation: Any, value: str) -> str:
    """The expression of an activation of a value.

    Raises:
        NoEquivalent: PyTorch has no such activation.
    """
    if activation is None:
        return value
    is_layer = isinstance(activation, KerasObject)
    pattern = None if is_layer else ACTIVATIONS.get(_name(activation))
    if pattern is None:
        raise NoEquivalent(
            (
                f"PyTorch has no activation {shown(activation)}",
                "write it in Python, in a module of your own",
            )
        )
    return pattern.format(x=value)
