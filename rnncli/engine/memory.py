"""Whether a planned model fits in memory, asked before anything of it is made."""

from __future__ import annotations

from rnncli.problems import Problem
from rnncli.report import ITEM_BYTES, Report, Tensor


def shortage(planned: Report, available: int | None = None) -> Problem | None:
    """The problem of a model that needs more memory than there is; None where it fits.

    What the plan does not know takes nothing here.
    """
    needed = needs(planned)
    if available is None:
        import psutil

        available = psutil.virtual_memory().available
    if needed <= available:
        return None
    return Problem(
        code="too-large",
        severity="error",
        message=f"{planned.name} takes {_shown(needed)} of weights and tensors, and "
        f"{_shown(available)} of memory are free",
        fix="make the model, --batch or --length smaller, or go on with --force",
        file=planned.source,
    )


def needs(planned: Report) -> int:
    """The bytes of all weights, inputs and outputs of a model, as far as they are known."""
    totals = planned.totals
    inputs = sum(map(_bytes, planned.inputs))
    return (totals.weight_bytes or 0) + (totals.activation_bytes or 0) + inputs


def _bytes(tensor: Tensor) -> int:
    size = ITEM_BYTES.get(tensor.dtype or "", 0)
    for axis in tensor.actual or ():
        size *= axis or 0
    return size


def _shown(count: int) -> str:
    """``64.3 GB``."""
    size, unit = float(count), "bytes"
    for larger in ("kB", "MB", "GB", "TB", "PB"):
        if size < 1000:
            break
        size, unit = size / 1000, larger
    return f"{size:,.1f} {unit}"
