"""Tensors and layers in a few words."""

from __future__ import annotations

from collections.abc import Sequence

from rnncli.formats.phrases import shape
from rnncli.lsp.scopes import Name
from rnncli.report.layer import Layer, Tensor


def without_batch(tensor: Tensor) -> str:
    """The shape of a tensor without its batch axis: ``(T, 128)``; empty where it is unknown."""
    if tensor.shape is None:
        return ""
    return shape(tensor.shape[1:], tensor.letters)


def outputs(layer: Layer) -> str:
    """The shapes of a layer's outputs, with their names where there are several."""
    shapes = [without_batch(output) for output in layer.outputs]
    if not all(shapes):
        return ""
    if len(shapes) == 1:
        return shapes[0]
    names = [output.name for output in layer.outputs]
    return ", ".join(f"{name} {text}" for name, text in zip(names, shapes, strict=True))


def tensors_of(name: Name) -> Sequence[Tensor]:
    """The tensors that a name stands for: an input, or the outputs and the states of a layer."""
    if name.tensor is not None:
        return (name.tensor,)
    layer = name.layer
    if layer is None:
        return ()
    return (*layer.outputs, *(state for state in layer.states if state.returned))


def tensor_of(name: Name, part: str | None) -> list[Tensor]:
    """The tensors that a reference reads: the main output, a part, or all states."""
    tensors = tensors_of(name)
    if part is None:
        return [*tensors[:1]]
    if part == "states":
        layer = name.layer
        return [state for state in layer.states if state.returned] if layer else []
    return [tensor for tensor in tensors if tensor.name == part]
