"""A model in float64: the same graph, with float64 wherever it has another type of float."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from msgspec.structs import replace

from rnncli.model.graph import Input, KerasObject, Model, Node

FLOAT64 = "float64"
_FLOATS = ("float16", "bfloat16", "float32", "mixed_float16", "mixed_bfloat16")


@contextmanager
def double_precision(keras: Any) -> Iterator[None]:
    """Makes float64 the default of Keras inside the block."""
    config = keras.config
    before = config.floatx(), config.dtype_policy()
    config.set_floatx(FLOAT64)
    config.set_dtype_policy(FLOAT64)
    try:
        yield
    finally:
        config.set_floatx(before[0])
        config.set_dtype_policy(before[1])


def in_float64(model: Model) -> Model:
    """Returns the model with float64 inputs, and without other types of float in its layers."""
    return replace(
        model,
        inputs=tuple([_input(model_input) for model_input in model.inputs]),
        nodes=tuple([_node(node) for node in model.nodes]),
    )


def _input(model_input: Input) -> Input:
    return replace(model_input, dtype=_dtype(model_input.dtype))


def _node(node: Node) -> Node:
    return replace(node, layer=_object(node.layer))


def _object(keras_object: KerasObject) -> KerasObject:
    arguments = {
        name: _dtype(value) if name == "dtype" else _value(value)
        for name, value in keras_object.arguments.items()
    }
    return replace(keras_object, arguments=arguments)


def _value(value: Any) -> Any:
    if isinstance(value, KerasObject):
        return _object(value)
    if isinstance(value, Model):
        return in_float64(value)
    if isinstance(value, Mapping):
        return {name: _value(item) for name, item in value.items()}
    return [_value(item) for item in value] if isinstance(value, list) else value


def _dtype(dtype: Any) -> Any:
    return FLOAT64 if dtype in _FLOATS else dtype
