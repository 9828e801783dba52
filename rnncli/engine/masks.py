"""The mask that Keras hangs on a tensor, through its own helpers.

Not every backend's tensors take an attribute, and Keras keeps the masks of those elsewhere.
"""

from __future__ import annotations

from typing import Any


def mask_of(tensor: Any) -> Any:
    """The mask of a tensor, or None."""
    from keras.src.backend import get_keras_mask

    return get_keras_mask(tensor)


def put_mask(tensor: Any, mask: Any) -> None:
    """Hangs a mask on a tensor; None takes it off."""
    from keras.src.backend import set_keras_mask

    set_keras_mask(tensor, mask)
