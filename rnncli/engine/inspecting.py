"""Inspects a Keras layer: its weights, its inner layers, the names of its states."""

from __future__ import annotations

import inspect
import math
from typing import Any

from rnncli.report.layer import Layer, MaskUse, Params, Weight


def state_names(layer: Any) -> list[str]:
    """The names of the states that a recurrent layer returns, in order; empty for other layers."""
    import keras

    if isinstance(layer, keras.layers.Bidirectional):
        directions = {"forward": layer.forward_layer, "backward": layer.backward_layer}
        return [
            f"{direction}_{name}"
            for direction, inner in directions.items()
            for name in state_names(inner)
        ]
    if not isinstance(layer, keras.layers.RNN):
        return []
    if isinstance(layer, _conv_lstms()):
        return ["h", "c"]
    cells = _cells(layer.cell)
    names: list[str] = []
    for number, cell in enumerate(cells):
        size = cell.state_size
        count = len(size) if isinstance(size, list | tuple) else 1
        suffix = f"_{number}" if len(cells) > 1 else ""
        names += [name + suffix for name in ("h", "c")[:count]]
    return names


def _conv_lstms() -> tuple[Any, ...]:
    """The layers whose cells do not declare how many states they have."""
    import keras

    return (keras.layers.ConvLSTM1D, keras.layers.ConvLSTM2D, keras.layers.ConvLSTM3D)


def kept_states(layer: Any) -> list[Any]:
    """The states that a stateful Bidirectional keeps but does not return, in its compute dtype."""
    import keras

    if not isinstance(layer, keras.layers.Bidirectional) or not layer.stateful:
        return []
    return [
        keras.ops.cast(state, inner.compute_dtype)
        for inner in (layer.forward_layer, layer.backward_layer)
        for state in keras.tree.flatten(inner.states)
    ]


def held(layer: Any) -> list[Any]:
    """The inner layers of a wrapper, which the report shows as rows of their own."""
    import keras

    if isinstance(layer, keras.layers.Bidirectional):
        return [layer.forward_layer, layer.backward_layer]
    if type(layer) is keras.layers.RNN:
        return _cells(layer.cell)
    if isinstance(layer, keras.layers.Wrapper):
        return [layer.layer]
    return []


def inner_record(layer: Any) -> Layer:
    """Returns the record of an inner layer: all but its tensors."""
    inner = tuple(inner_record(inner_layer) for inner_layer in held(layer))
    weights = own_weights(layer)
    return Layer(
        name=layer.name,
        cls=public_name(layer),
        weights=weights,
        params=params(weights, inner),
        layers=inner,
    )


def own_weights(layer: Any) -> tuple[Weight, ...]:
    """The layer's weights without those of its inner layers, named by their path inside it."""
    theirs = {id(weight) for inner in held(layer) for weight in inner.weights}
    owner = getattr(layer, "cell", layer)
    return tuple(
        Weight(
            name=weight.path.removeprefix(f"{owner.path}/"),
            shape=tuple(weight.shape),
            dtype=str(weight.dtype),
            count=math.prod(weight.shape),
            # Whether a Model trains a weight depends on the weight alone, not on its layer.
            trainable=bool(weight.trainable),
        )
        for weight in layer.weights
        if id(weight) not in theirs
    )


def params(weights: tuple[Weight, ...], inner: tuple[Layer, ...]) -> Params:
    """Counts the parameters of a layer's own weights and of its inner layers."""
    counts = [(weight.count, weight.trainable) for weight in weights]
    total = sum(count for count, _ in counts)
    trainable = sum(count for count, is_trainable in counts if is_trainable)
    for layer in inner:
        if layer.params:
            total += layer.params.total
            trainable += layer.params.trainable
    return Params(total=total, trainable=trainable, non_trainable=total - trainable)


def public_name(layer: Any) -> str:
    """The name of a layer's class in ``keras.layers``."""
    import keras

    name = type(layer).__name__
    if getattr(keras.layers, name, None) is type(layer):
        return name
    names = [alias for alias in dir(keras.layers) if getattr(keras.layers, alias) is type(layer)]
    return max(names, key=len, default=name)


def mask_use(layer: Any, masked: bool, goes_on: bool, started: bool) -> MaskUse | None:
    """Returns what a layer did with masks.

    ``masked`` says whether an input had a mask, ``goes_on`` whether an output has one. Keras hands
    no mask to a layer that starts from an initial state (``started``).
    """
    import keras

    makers = (keras.layers.Embedding, keras.layers.Masking)
    if goes_on and (not masked or isinstance(layer, makers)):
        return "makes"
    if not masked:
        return None
    parameters = inspect.signature(layer.call).parameters
    if not started and any(name == "mask" or name.endswith("_mask") for name in parameters):
        return "uses"
    return "passes" if goes_on else "drops"


def _cells(cell: Any) -> list[Any]:
    import keras

    return list(cell.cells) if isinstance(cell, keras.layers.StackedRNNCells) else [cell]
