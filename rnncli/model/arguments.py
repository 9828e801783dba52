"""The arguments of a Keras object that are worth writing: those that differ from the defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rnncli.model.graph import KerasObject
from rnncli.model.naming import snake_case

# Sizes for each axis of an image or a sequence, which are one number where they are equal.
_SIZES = frozenset({"kernel_size", "pool_size", "strides", "dilation_rate", "size"})
# What VarianceScaling of this scale, mode and distribution is called.
_SCALINGS: Mapping[tuple[float, str, str], str] = {
    (1.0, "fan_avg", "uniform"): "glorot_uniform",
    (1.0, "fan_avg", "truncated_normal"): "glorot_normal",
    (2.0, "fan_in", "uniform"): "he_uniform",
    (2.0, "fan_in", "truncated_normal"): "he_normal",
    (1.0, "fan_in", "uniform"): "lecun_uniform",
    (1.0, "fan_in", "truncated_normal"): "lecun_normal",
}


def telling_arguments(keras_object: KerasObject) -> dict[str, Any]:
    """The arguments that are not what Keras takes anyway, in Keras's order; without the name."""
    signature = keras_object.signature
    simple = {
        name: _simplest(name, value, keras_object.family == "layers")
        for name, value in keras_object.arguments.items()
        if name != "name"
    }
    order = [*signature.arguments, *(name for name in simple if name not in signature.arguments)]
    return {
        name: simple[name]
        for name in order
        if name in simple and not _is_default(name, simple[name], signature.defaults)
    }


def first_argument(keras_object: KerasObject) -> str | None:
    """The argument that needs no name: the first, if an object of this class cannot do without
    it."""
    first = next(iter(keras_object.signature.arguments), None)
    return first if first in keras_object.signature.required else None


def _simplest(name: str, value: Any, of_layer: bool) -> Any:
    """The shortest value that means the same."""
    if isinstance(value, KerasObject) and value.family == "initializers":
        return _word(value) or value
    if of_layer and name in _SIZES and isinstance(value, list) and len({*map(repr, value)}) == 1:
        return value[0]
    return value


def _word(initializer: KerasObject) -> str | None:
    """The name of an initializer that needs no arguments; None if it needs some."""
    if initializer.cls == "VarianceScaling":
        scale, mode = initializer["scale"], initializer["mode"]
        seeded = initializer["seed"] is not None
        return None if seeded else _SCALINGS.get((scale, mode, initializer["distribution"]))
    return None if telling_arguments(initializer) else snake_case(initializer.cls)


def _is_default(name: str, value: Any, defaults: Mapping[str, Any]) -> bool:
    """Whether a plain value is the default; ``True`` and ``1`` are not equal."""
    if name not in defaults:
        return False
    default = defaults[name]
    return bool(value == default) and isinstance(value, bool) == isinstance(default, bool)
