"""Sparse tensors: TensorFlow stores only their nonzero elements, and few layers can read them.

Layers that encode categories return sparse tensors with ``sparse: true``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from rnncli.keras_api.traits import traits
from rnncli.model.graph import KerasObject
from rnncli.rules.policies import policy_of
from rnncli.rules.tensors import Tensor

# Activations that read a sparse tensor; all but the last turn 0 into 0.
_ACTIVATIONS = (None, "linear", "tanh", "exponential")
Reading = Literal["yes", "perhaps", "no"]


def reads(layer: KerasObject, inputs: Sequence[Tensor]) -> Reading:
    """Whether a layer can read these tensors, some of which are sparse."""
    how = traits(layer.cls).sparse
    surely = (
        how == "kept"
        or layer.is_custom
        or (layer.cls == "Activation" and layer["activation"] in _ACTIVATIONS)
        or (layer.cls == "Dense" and inputs[0].rank == 2 and not policy_of(layer).quantization)
        or (how in ("one shape", "fitting") and len({tensor.shape for tensor in inputs}) == 1)
    )
    if surely:
        return "yes"
    return "perhaps" if how in ("fitting", "some") else "no"


def gives(layer: KerasObject, inputs: Sequence[Tensor]) -> bool:
    """Whether the output of a layer is sparse."""
    if layer.arguments.get("sparse"):
        return True
    if layer.cls == "Activation" and layer["activation"] == "exponential":
        return False
    quantifier = any if layer.cls == "Multiply" else all
    keeps = traits(layer.cls).sparse in ("kept", "one shape", "fitting")
    return (keeps or layer.cls == "Activation") and quantifier(tensor.sparse for tensor in inputs)
