"""What is asked of a tensor of any engine: its mask, its dtype, its numbers.

Not every engine's tensors take an attribute, and Keras keeps the masks of those elsewhere, which
its own helpers know. Words are TensorFlow's everywhere; without it they are arrays of numpy.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any


def mask_of(tensor: Any) -> Any:
    """The mask of a tensor, or None."""
    from keras.src.backend import get_keras_mask

    return get_keras_mask(tensor)


def put_mask(tensor: Any, mask: Any) -> None:
    """Hangs a mask on a tensor; None takes it off."""
    from keras.src.backend import set_keras_mask

    if mask is not None or mask_of(tensor) is not None:
        set_keras_mask(tensor, mask)


def dtype_of(tensor: Any) -> str:
    """The name of a tensor's dtype, as Keras writes it."""
    import keras

    if getattr(tensor.dtype, "kind", "") in ("U", "S", "O"):
        return "string"
    return str(keras.backend.standardize_dtype(tensor.dtype))


def made_of(numbers: Any, dtype: str) -> Any:
    """A tensor of an array."""
    import keras

    if dtype == "string" and keras.config.backend() != "tensorflow":
        # Layers of words compute on TensorFlow, whatever the others do.
        with suppress(ImportError):
            import tensorflow as tf

            return tf.constant(numbers)
        return numbers
    return keras.ops.convert_to_tensor(numbers, dtype=dtype)


def numbers_of(tensor: Any) -> Any:
    """A tensor as an array that numpy computes with; words as text."""
    import keras

    numbers = keras.ops.convert_to_numpy(tensor)
    if numbers.dtype.kind == "O":
        return numbers.astype("S").astype(str)
    return numbers.astype("float32") if numbers.dtype.kind == "V" else numbers
