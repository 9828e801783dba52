"""Facts of a report as the texts of a picture."""

from __future__ import annotations

from rnncli.report.layer import Layer, Tensor


def shape(tensor: Tensor) -> str:
    """``(1, T, 8)``, or an empty text where even the number of axes is not known."""
    if tensor.shape is None:
        return ""
    letters = iter(tensor.letters)
    axes = ", ".join(next(letters, "T") if axis is None else str(axis) for axis in tensor.shape)
    return f"({axes},)" if len(tensor.shape) == 1 else f"({axes})"


def time(tensor: Tensor) -> tuple[int | None, str]:
    """The number of steps of a sequence, or None and the letter that stands for it."""
    axes = tensor.shape or ()
    letters = iter(tensor.letters)
    named = [next(letters, "T") if axis is None else "" for axis in axes]
    return (axes[1], named[1]) if len(axes) > 1 else (None, "T")


def count(number: int | None, noun: str) -> str:
    """``1 parameter``, ``144 parameters`` or ``unknown parameters``."""
    if number is None:
        return f"unknown {noun}s"
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def params(layer: Layer) -> str:
    """The parameters of a layer, or the layer that it shares them with; empty if it has none."""
    if layer.shared_with:
        return f"shared with {layer.shared_with}"
    if layer.params is None:
        return count(None, "parameter")
    return count(layer.params.total, "parameter") if layer.params.total else ""


def class_of(layer: Layer) -> str:
    """The class of a layer, with that of the layer that it wraps: ``TimeDistributed(Dense)``."""
    is_both = layer.recurrence and layer.recurrence.merge
    # A wrapper that is at fault has no layers inside.
    if layer.is_model or not layer.layers or not (is_both or len(layer.layers) == 1):
        return layer.cls
    inner = layer.layers[0]
    return f"{layer.cls}({inner.name if inner.is_model else class_of(inner)})"
