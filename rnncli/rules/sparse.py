"""Sparse tensors: TensorFlow keeps only what is not 0 of them, and few layers can read them.

Encodings of categories make them where they are told to (``sparse: true``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from rnncli.model.graph import KerasObject
from rnncli.rules.tensors import Tensor

# Layers that read them as they read others, and give one where all that they read are sparse.
_KEEP = frozenset({
    *("AlphaDropout", "Dropout", "GaussianDropout", "GaussianNoise", "SpatialDropout1D"),
    *("Concatenate", "Flatten", "Identity", "MaxNumBoundingBoxes", "Permute", "Reshape"),
})  # fmt: skip
# Layers that read them where all have one shape.
_OF_ONE_SHAPE = frozenset({"Add", "Average", "Maximum", "Minimum", "Multiply", "Subtract"})
# Activations that a sparse tensor goes through; of 0 they make 0, but for the last.
_ACTIVATIONS = (None, "linear", "tanh", "exponential")
# Layers that read some of them: it depends on their arguments, or on how the tensors fit.
_READ_SOME = frozenset({
    *("Attention", "Dot", "Maximum", "Minimum", "Multiply", "SpectralNormalization"),
    *("CategoryEncoding", "Discretization", "Embedding", "HashedCrossing", "Hashing"),
    *("IntegerLookup", "ReversibleEmbedding", "StringLookup", "TextVectorization"),
    *("CutMix", "RandomColorJitter"),
})  # fmt: skip

_GIVE = {*_KEEP, *_OF_ONE_SHAPE, "Activation"}

Reading = Literal["yes", "perhaps", "no"]


def reads(layer: KerasObject, inputs: Sequence[Tensor]) -> Reading:
    """Whether a layer can read these tensors, some of which are sparse."""
    surely = (
        layer.cls in _KEEP
        or (layer.cls == "Activation" and layer["activation"] in _ACTIVATIONS)
        or (layer.cls == "Dense" and inputs[0].rank == 2)
        or (layer.cls in _OF_ONE_SHAPE and len({each.shape for each in inputs}) == 1)
    )
    if surely:
        return "yes"
    return "perhaps" if layer.cls in _READ_SOME else "no"


def gives(layer: KerasObject, inputs: Sequence[Tensor]) -> bool:
    """Whether what a layer gives is sparse."""
    if layer.arguments.get("sparse"):
        return True
    if layer.cls == "Activation" and layer["activation"] == "exponential":
        return False
    some = any if layer.cls == "Multiply" else all
    return layer.cls in _GIVE and some(each.sparse for each in inputs)
