"""Checks whether a planned model fits in memory, before any of it is built."""

from __future__ import annotations

from rnncli.problems import Problem
from rnncli.report.layer import ITEM_BYTES, Layer, Tensor
from rnncli.report.memory import bytes_in_words
from rnncli.report.report import Report

# How many of a layer's largest tensor exist at once: scores before and after their softmax.
_AT_ONCE = 2


def memory_problem(planned: Report, available: int | None = None) -> Problem | None:
    """Returns the problem of a model that needs more memory than is free; None if it fits.

    Sizes that the plan does not know count as zero.
    """
    needed = needs(planned)
    if available is None:
        import psutil

        available = psutil.virtual_memory().available
    if needed <= available:
        return None
    what = "of weights and tensors"
    layer = _hungriest(planned)
    if layer is not None and layer.transient:
        transient = layer.transient
        if _AT_ONCE * transient.bytes >= needed // 2:
            what = (
                f"{what}; most are the {transient.name} of {layer.name}, "
                f"{transient.formula} {transient.dtype} = "
                f"{bytes_in_words(transient.bytes)}, {_AT_ONCE} times at once"
            )
    return Problem(
        code="too-large",
        severity="error",
        message=f"{planned.name} takes {bytes_in_words(needed)} {what}, and "
        f"{bytes_in_words(available)} of memory are free",
        fix="make the model, --batch or --length smaller, or go on with --force",
        file=planned.source,
    )


def needs(planned: Report) -> int:
    """Returns the bytes of all weights, inputs and outputs of a model, and of the largest
    intermediate tensors of one of its layers, as far as they are known."""
    totals = planned.totals
    inputs = sum(map(_bytes, planned.inputs))
    layer = _hungriest(planned)
    transient = layer.transient.bytes if layer is not None and layer.transient else 0
    kept = (totals.weight_bytes or 0) + (totals.activation_bytes or 0) + inputs
    return kept + _AT_ONCE * transient


def _hungriest(planned: Report) -> Layer | None:
    """Returns the layer with the largest intermediate tensor: one layer runs at a time."""
    remaining, hungriest = [*planned.layers], None
    most = 0
    while remaining:
        layer = remaining.pop()
        remaining += layer.layers
        if layer.transient and layer.transient.bytes > most:
            hungriest, most = layer, layer.transient.bytes
    return hungriest


def _bytes(tensor: Tensor) -> int:
    size = ITEM_BYTES.get(tensor.dtype or "", 0)
    for axis in tensor.actual or ():
        size *= axis or 0
    return size
