"""The Keras that one would write by hand for a config of one chain: nothing of rnncli in it.

Where rnncli refuses a config, this says whether Keras really would.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def keras_refuses(config: Mapping[str, Any], batch: int, length: int) -> bool:
    """Whether Keras fails to make the layers, to call them symbolically, or to run them."""
    import keras
    import numpy as np

    given = config["input"]
    fields = given if isinstance(given, Mapping) else {"shape": given}
    dtype = fields.get("dtype", "float32")
    shape = (batch, *fields["shape"])
    sizes = tuple(length if axis is None else axis for axis in shape)
    generator = np.random.default_rng(0)
    numbers = (
        generator.integers(0, 2, sizes) if "int" in dtype else generator.standard_normal(sizes)
    )
    try:
        symbol: Any = keras.KerasTensor(shape, dtype=dtype)
        value: Any = keras.ops.convert_to_tensor(numbers, dtype=dtype)
        for entry in config["layers"]:
            layer = _made(entry, "layers")
            merging = isinstance(layer, keras.layers.Concatenate | keras.layers.Add)
            merging = merging or type(layer).__mro__[1] is keras.layers.Add.__mro__[1]
            symbol, value = _main(symbol, merging), _main(value, merging)
            symbol, value = layer(symbol), layer(value)
    except Exception:  # noqa: BLE001 - whatever Keras raises, it refuses
        return True
    return False


def _main(tensor: Any, merging: bool) -> Any:
    """What the next layer reads: of several tensors all where it merges, else the first."""
    return tensor[0] if isinstance(tensor, list | tuple) and not merging else tensor


def _made(entry: Any, family: str) -> Any:
    import keras

    if isinstance(entry, str):
        return getattr(getattr(keras, family), entry)()
    ((cls, arguments),) = entry.items()
    if not isinstance(arguments, Mapping):
        first = [] if arguments is None else [arguments]
        return getattr(getattr(keras, family), cls)(*first)
    made = {name: _value(name, value) for name, value in arguments.items()}
    return getattr(getattr(keras, family), cls)(**made)


def _value(name: str, value: Any) -> Any:
    if name in ("layer", "backward_layer", "cell", "cells"):
        return (
            [_made(e, "layers") for e in value]
            if isinstance(value, list)
            else _made(value, "layers")
        )
    if not isinstance(value, Mapping):
        return value
    for ending in ("initializer", "regularizer", "constraint"):
        if name.endswith(ending):
            return _made(value, f"{ending}s")
    return _made(value, "layers")
