"""What can be read off a Keras layer: its weights, what it holds, the names of its states."""

from __future__ import annotations

import inspect
import math
from typing import Any

from rnncli.report.layer import Layer, MaskUse, Params, Weight


def state_names(layer: Any) -> list[str]:
    """The names of the states that a recurrent layer returns, in order; none for others."""
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
    """The layers whose cells do not say how many states they have."""
    import keras

    return (keras.layers.ConvLSTM1D, keras.layers.ConvLSTM2D, keras.layers.ConvLSTM3D)


def kept_states(layer: Any) -> list[Any]:
    """The states that a stateful Bidirectional keeps to itself after a run, in its own dtype."""
    import keras

    if not isinstance(layer, keras.layers.Bidirectional) or not layer.stateful:
        return []
    return [
        keras.ops.cast(state, inner.compute_dtype)
        for inner in (layer.forward_layer, layer.backward_layer)
        for state in keras.tree.flatten(inner.states)
    ]


def held(layer: Any) -> list[Any]:
    """The layers that a wrapper shows as its own rows."""
    import keras

    if isinstance(layer, keras.layers.Bidirectional):
        return [layer.forward_layer, layer.backward_layer]
    if type(layer) is keras.layers.RNN:
        return _cells(layer.cell)
    if isinstance(layer, keras.layers.Wrapper):
        return [layer.layer]
    return []


def inner_record(layer: Any) -> Layer:
    """What is known of a layer inside another one: all but its tensors."""
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
    """The layer's weights without those of what it holds, named by their path inside it."""
    theirs = {id(weight) for inner in held(layer) for weight in inner.weights}
    owner = getattr(layer, "cell", layer)
    return tuple(
        Weight(
            name=weight.path.removeprefix(f"{owner.path}/"),
            shape=tuple(weight.shape),
            dtype=str(weight.dtype),
            count=math.prod(weight.shape),
            # What a Model trains is up to the weight alone, whatever its layer says.
            trainable=bool(weight.trainable),
        )
        for weight in layer.weights
        if id(weight) not in theirs
    )


def params(weights: tuple[Weight, ...], inner: tuple[Layer, ...]) -> Params:
    """The count of a layer's own weights and of all that it holds."""
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
    """What a layer did with the masks of the tensors that it was called on, if any was masked, and
    if what it gives is. One that starts from an initial state is handed none."""
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
