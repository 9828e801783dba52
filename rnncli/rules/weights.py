"""Weights and large intermediate tensors of layers."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rnncli.keras_api.traits import traits
from rnncli.report.layer import ITEM_BYTES, Shape, Transient, Weight
from rnncli.rules.rule import LARGEST, LayerCall


def make_weight(
    call: LayerCall,
    name: str,
    formula: str,
    shape: Sequence[int],
    *,
    trainable: bool = True,
    dtype: str | None = None,
) -> Weight:
    """A weight of the layer; ``formula`` is its shape in words, axis by axis."""
    count = math.prod(shape)
    if count > LARGEST:
        call.refuse(
            "beyond-64-bits",
            f"{call.layer.label} would have a {name} of more than 2^63 elements, which "
            "TensorFlow does not count",
            "make it smaller",
        )
    return Weight(
        name=name,
        shape=tuple(shape),
        dtype=dtype or call.variable,
        count=count,
        trainable=trainable and (call["trainable"] or traits(call.layer.cls).frozen_by != ""),
        formula=formula,
    )


def make_transient(name: str, words: Sequence[str], shape: Shape, dtype: str) -> Transient | None:
    """An intermediate tensor, with its axes in words; None if a size is unknown."""
    sizes = [int(size) for size in shape if size is not None]
    if len(sizes) < len(shape):
        return None
    return Transient(
        name=name,
        shape=tuple(sizes),
        dtype=dtype,
        bytes=math.prod(sizes) * ITEM_BYTES[dtype],
        formula=f"{'·'.join(words)} = {'·'.join(map(str, sizes))}",
    )
