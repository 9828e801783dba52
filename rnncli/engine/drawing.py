"""The random tensors that a model is run on."""

from __future__ import annotations

from typing import Any

from rnncli.layers.lengths import Lengths, filled_shape, length_of
from rnncli.layers.model import Input

# What an input of words is drawn from.
_WORDS = ("a", "b", "the cat", "sat on the mat", "on", "mat")


def random_tensor(given: Input, batch: int, length: Lengths, seed: int) -> Any:
    """A tensor for an input: normally distributed numbers, integers from [0, below), or words."""
    import keras
    import numpy as np

    shape = filled_shape(given, batch, length_of(length, given.name))
    generator = np.random.default_rng(seed)
    if "int" in given.dtype:
        numbers: Any = generator.integers(0, given.below or 2, shape)
    elif given.dtype == "bool":
        numbers = generator.integers(0, 2, shape).astype(bool)
    elif given.dtype == "string":
        numbers = generator.choice(_WORDS, shape)
    else:
        numbers = generator.standard_normal(shape)
    return keras.ops.convert_to_tensor(numbers, dtype=given.dtype)


def symbol(given: Input, batch: int) -> Any:
    """The symbolic tensor of an input, from which Keras infers."""
    import keras

    return keras.KerasTensor((batch, *given.shape), dtype=given.dtype, name=given.name)
