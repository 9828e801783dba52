"""The Keras that one would write by hand for a config: nothing of rnncli in it.

Where rnncli refuses a config, this says whether Keras really would.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ON_A_LIST = (
    *("Add", "Average", "Concatenate", "Dot", "Maximum", "Minimum", "Multiply", "Subtract"),
    *("Attention", "AdditiveAttention", "HashedCrossing"),
)
ON_SEVERAL = (*ON_A_LIST, "MultiHeadAttention", "GroupQueryAttention")
ROLES = ("query", "value", "key")


def keras_refuses(config: Mapping[str, Any], batch: int, length: int) -> bool:
    """Whether Keras fails to make the layers, to call them symbolically, or to run them."""
    given = config.get("inputs") or {"input": config["input"]}
    try:
        tensors = {name: _input(each, batch, length) for name, each in given.items()}
        last = list(tensors.values())
        made: dict[str, Any] = {}
        for entry in config["layers"]:
            layer, cls = _layer(entry, made)
            reads = last if cls in ON_SEVERAL else last[:1]
            if isinstance(entry, Mapping) and "from" in entry:
                reads = [tensors[name] for name in _names(entry["from"])]
            starts = [tensors[name] for name in _starts(entry)]
            outputs = [
                _called(layer, cls, *([pair[side] for pair in each] for each in (reads, starts)))
                for side in (0, 1)
            ]
            # Symbolic inference may find another number of tensors than the run.
            count = max(map(len, outputs))
            symbols, values = ([*each, *[None] * (count - len(each))] for each in outputs)
            last = list(zip(symbols, values, strict=True))
            if isinstance(entry, Mapping) and "name" in entry:
                tensors |= _named(entry["name"], layer, last)
            last = last[: len(_outputs(layer))]
    except Exception:  # noqa: BLE001 - whatever Keras raises, it refuses
        return True
    return False


def _input(given: Any, batch: int, length: int) -> tuple[Any, Any]:
    """A symbol and a value for an input."""
    import keras
    import numpy as np

    fields = given if isinstance(given, Mapping) else {"shape": given}
    dtype = fields.get("dtype", "float32")
    shape = (batch, *fields["shape"])
    sizes = tuple(length if axis is None else axis for axis in shape)
    generator = np.random.default_rng(0)
    numbers: Any = generator.standard_normal(sizes)
    if "int" in dtype:
        numbers = generator.integers(0, fields.get("below", 2), sizes)
    elif dtype == "string":
        numbers = generator.choice(["on", "the mat"], sizes)
    symbol = keras.KerasTensor(shape, dtype=dtype)
    return symbol, keras.ops.convert_to_tensor(numbers, dtype=dtype)


def _layer(entry: Any, made: dict[str, Any]) -> tuple[Any, str]:
    """A new layer, or one that is called again; and its class."""
    if isinstance(entry, Mapping) and "use" in entry:
        layer, cls = made[entry["use"]]
    else:
        layer, cls = _made(_object(entry), "layers"), _class(entry)
    if isinstance(entry, Mapping) and "name" in entry:
        made[entry["name"]] = (layer, cls)
    return layer, cls


def _starts(entry: Any) -> list[str]:
    given = entry.get("initial_state", []) if isinstance(entry, Mapping) else []
    return [given] if isinstance(given, str) else given


def _called(layer: Any, cls: str, reads: list[Any], starts: list[Any]) -> list[Any]:
    """All tensors that a layer gives."""
    import keras

    state = {"initial_state": starts} if starts else {}
    on_a_list = cls in ON_A_LIST and len(reads) > 1
    return keras.tree.flatten(layer(reads, **state) if on_a_list else layer(*reads, **state))


def _names(given: Any) -> list[str]:
    if isinstance(given, Mapping):
        return [given[role] for role in ROLES if role in given]
    return [given] if isinstance(given, str) else given


def _named(name: str, layer: Any, given: list[Any]) -> dict[str, Any]:
    """The tensors as ``from`` writes them: ``lstm``, ``lstm.output``, ``lstm.h``."""
    outputs = _outputs(layer)
    words = [*outputs, *_states(layer)]
    found = {f"{name}.{word}": each for word, each in zip(words, given, strict=False)}
    return found if len(outputs) > 1 else found | {name: given[0]}


def _outputs(layer: Any) -> list[str]:
    parted = hasattr(layer, "backward_layer") and layer.merge_mode is None
    return ["forward", "backward"] if parted else ["output"]


def _states(layer: Any) -> list[str]:
    if hasattr(layer, "backward_layer"):
        forward, backward = _states(layer.forward_layer), _states(layer.backward_layer)
        return [f"forward_{each}" for each in forward] + [f"backward_{each}" for each in backward]
    cells = getattr(getattr(layer, "cell", None), "cells", [getattr(layer, "cell", None)])
    states = [
        "hc"[: len(each.state_size) if "LSTM" in type(each).__name__ else 1]
        for each in cells
        if each
    ]
    if len(states) == 1:
        return list(states[0])
    return [f"{letter}_{number}" for number, each in enumerate(states) for letter in each]


def _class(entry: Any) -> str:
    return entry if isinstance(entry, str) else next(key for key in entry if key[0].isupper())


def _object(entry: Any) -> Any:
    return entry if isinstance(entry, str) else {_class(entry): entry[_class(entry)]}


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
