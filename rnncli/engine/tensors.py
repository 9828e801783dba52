"""The mask, dtype and values of a tensor on any engine.

The tensors of some engines cannot have attributes; Keras's own helpers find their masks. Tensors
of strings are TensorFlow's on every engine; without TensorFlow they are numpy arrays.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any


def mask_of(tensor: Any) -> Any:
    """The mask of a tensor, or None."""
    from keras.src.backend import get_keras_mask

    return get_keras_mask(tensor)


def put_mask(tensor: Any, mask: Any) -> None:
    """Sets the mask of a tensor; None removes it."""
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
    """Returns a tensor with the values of an array."""
    import keras

    if dtype == "string" and keras.config.backend() != "tensorflow":
        # Layers that take strings compute on TensorFlow on every engine.
        with suppress(ImportError):
            import tensorflow as tf

            return tf.constant(numbers)
        return numbers
    return keras.ops.convert_to_tensor(numbers, dtype=dtype)


def numbers_of(tensor: Any) -> Any:
    """Returns a tensor as an array that numpy can compute with; strings become text."""
    import keras

    numbers = keras.ops.convert_to_numpy(tensor)
    if numbers.dtype.kind == "O":
        return numbers.astype("S").astype(str)
    return numbers.astype("float32") if numbers.dtype.kind == "V" else numbers
