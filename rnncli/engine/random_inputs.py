"""The random tensors that a model runs on.

If a layer computes a mask from an input, its sequences end in padding, so the mask has an effect.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rnncli.engine.tensors import made_of
from rnncli.model.graph import Input, Model
from rnncli.model.lengths import Lengths, filled_shape
from rnncli.model.tensor_names import is_model

# The values of an input of strings.
_WORDS = ("a", "b", "the cat", "sat on the mat", "on", "mat")


def random_tensors(model: Model, batch: int, length: Lengths | None, seed: int) -> dict[str, Any]:
    """Returns a random tensor for each input of a model, by name; each has a seed of its own."""
    return {
        model_input.name: made_of(
            _numbers(model_input, filled_shape(model_input, batch, length), number, pad),
            model_input.dtype,
        )
        for number, model_input in enumerate(model.inputs, seed)
        for pad in [next(_paddings(model, model_input.name), None)]
    }


def symbols(model: Model, batch: int) -> dict[str, Any]:
    """Returns a symbolic tensor for each input of a model, by name."""
    import keras

    return {
        model_input.name: keras.KerasTensor(
            (batch, *model_input.shape), dtype=model_input.dtype, name=model_input.name
        )
        for model_input in model.inputs
    }


def _paddings(model: Model, name: str) -> Iterator[float]:
    """Yields the values that the layers which read an input mask as padding."""
    for node in model.nodes:
        for position, ref in enumerate(node.inbound):
            if ref.node != name:
                continue
            if is_model(node.layer):
                inner: Model = node.layer["model"]
                yield from _paddings(inner, inner.inputs[position].name)
            elif node.layer.cls == "Masking":
                yield node.layer["mask_value"]
            elif "mask_zero" in node.layer.signature.arguments and node.layer["mask_zero"]:
                yield 0


def _numbers(model_input: Input, shape: tuple[int, ...], seed: int, padding: float | None) -> Any:
    """Draws normally distributed numbers, integers from [0, below), booleans or strings."""
    import numpy as np

    generator = np.random.default_rng(seed)
    if model_input.dtype == "string":
        return generator.choice(_WORDS, shape)
    if model_input.dtype == "bool":
        numbers: Any = generator.integers(0, 2, shape).astype(bool)
    elif "int" in model_input.dtype or model_input.below:
        below = model_input.below or 2
        numbers = generator.integers(1 if padding == 0 and below > 1 else 0, below, shape)
        numbers = numbers if "int" in model_input.dtype else numbers.astype("float64")
    else:
        numbers = generator.standard_normal(shape)
    if padding is not None and len(shape) > 1:
        _pad(numbers, padding, generator)
    return numbers


def _pad(numbers: Any, padding: float, generator: Any) -> None:
    """Pads the ends of sequences of several steps: of the first always, of none completely."""
    batch, time = numbers.shape[:2]
    most = max(time // 3, 1)
    if time < 2:
        return
    counts = generator.integers(0, most + 1, batch)
    counts[0] = max(counts[0], 1)
    for sequence, count in zip(numbers, counts, strict=True):
        sequence[time - count :] = padding
