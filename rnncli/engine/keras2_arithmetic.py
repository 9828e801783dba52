"""The arithmetic of Keras 1 and 2 where Keras 3 has another: ``hard_sigmoid``.

It was clip(0.2·x + 0.5, 0, 1), and is clip(x/6 + 0.5, 0, 1). The old one of x is the new one of
1.2·x, so a layer computes its old numbers if what it hands to the function is scaled by 1.2: the
kernels and the bias of a Dense layer, or those of some gates of a recurrent layer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from rnncli.keras_api.signatures import signatures
from rnncli.model.graph import KerasObject, Model, Node, TensorRef
from rnncli.model.tensor_names import is_model

HARD_SIGMOID = "hard_sigmoid"
_SCALE = 1.2
_ARGUMENTS = ("activation", "recurrent_activation")


# The activations of the gates of a cell, in the order of its kernels.
_GATES: Mapping[str, tuple[str, ...]] = {
    "SimpleRNNCell": ("activation",),
    "GRUCell": ("recurrent_activation", "recurrent_activation", "activation"),
    **dict.fromkeys(
        ["LSTMCell", "ConvLSTMCell"],
        ("recurrent_activation", "recurrent_activation", "activation", "recurrent_activation"),
    ),
}
_KERNEL = ("kernel", "bias")
# The weights whose product or sum is what the activation of a layer reads.
_FEEDING: Mapping[str, tuple[str, ...]] = {
    "Dense": _KERNEL,
    "EinsumDense": _KERNEL,
    **dict.fromkeys([f"Conv{axes}D" for axes in (1, 2, 3)], _KERNEL),
    **dict.fromkeys([f"Conv{axes}DTranspose" for axes in (1, 2, 3)], _KERNEL),
    **dict.fromkeys([f"DepthwiseConv{axes}D" for axes in (1, 2)], _KERNEL),
    **dict.fromkeys([f"SeparableConv{axes}D" for axes in (1, 2)], ("pointwise_kernel", "bias")),
}


# The arguments of a layer that scaling makes exact.
_EXACT: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(["SimpleRNN", "SimpleRNNCell"], ("activation",)),
    **dict.fromkeys(["GRU", "GRUCell"], _ARGUMENTS),
    **dict.fromkeys(["LSTM", "LSTMCell"], ("recurrent_activation",)),
    **dict.fromkeys([f"ConvLSTM{axes}D" for axes in (1, 2, 3)], ("recurrent_activation",)),
    **dict.fromkeys(_FEEDING, ("activation",)),
}


def old_hard_sigmoid(x: Any) -> Any:
    """The function as Keras 1 and 2 define it.

    It has a name that Keras has no function of: a wrapper that copies its layer finds it by name.
    """
    from keras import ops

    return ops.clip(0.2 * x + 0.5, 0.0, 1.0)


def with_old_activations(model: Model) -> Model:
    """Returns the model with the old ``hard_sigmoid`` in the place of Keras's."""
    changed: Model = _changed(model)
    return changed


def _changed(value: Any) -> Any:
    if isinstance(value, KerasObject):
        arguments = {
            name: _changed(inner)
            if name not in _ARGUMENTS or inner != HARD_SIGMOID
            else old_hard_sigmoid
            for name, inner in value.arguments.items()
        }
        return replace(value, arguments=arguments)
    if isinstance(value, Model):
        nodes = [replace(node, layer=_changed(node.layer)) for node in value.nodes]
        return replace(value, nodes=tuple(nodes))
    return [_changed(item) for item in value] if isinstance(value, list) else value


def with_scaled_activations(model: Model) -> Model:
    """Returns the model with a Rescaling before each Activation layer of ``hard_sigmoid``.

    Such a layer has no weights to scale.
    """
    nodes: list[Node] = []
    names = {node.layer.name for node in model.nodes}
    for node in model.nodes:
        layer = node.layer
        if is_model(layer):
            inner = with_scaled_activations(layer["model"])
            arguments = {**layer.arguments, "model": inner}
            nodes.append(replace(node, layer=replace(layer, arguments=arguments)))
        elif is_hard_sigmoid_alone(layer):
            name = f"{layer.name}_scaled"
            while name in names:
                name += "_"
            names.add(name)
            nodes.append(Node(_rescaling(layer, name), node.inbound))
            nodes.append(replace(node, inbound=(TensorRef(name),)))
        else:
            nodes.append(node)
    return replace(model, nodes=tuple(nodes))


def is_hard_sigmoid_alone(layer: KerasObject) -> bool:
    """Whether a layer is the activation function and nothing else."""
    return layer.cls == "Activation" and layer.arguments.get("activation") == HARD_SIGMOID


def _rescaling(activation: KerasObject, name: str) -> KerasObject:
    common = {
        argument: value for argument, value in activation.arguments.items() if argument == "dtype"
    }
    return KerasObject(
        family="layers",
        cls="Rescaling",
        signature=signatures().layers["Rescaling"],
        place=activation.place,
        name=name,
        arguments={"scale": _SCALE, **common},
    )


def scale(layer: Any) -> None:
    """Scales the weights of a built layer, and of those inside it, which feed ``hard_sigmoid``."""
    import keras

    for inner in layer._flatten_layers():
        for weight, factors in _factors(inner):
            weight.assign(keras.ops.convert_to_numpy(weight) * factors)


def _factors(layer: Any) -> Iterator[tuple[Any, Any]]:
    """Yields the weights to scale and the factors along their last axis."""
    import numpy as np

    name = type(layer).__name__
    if name in _GATES:
        uses = {argument: _is_hard_sigmoid(layer, argument) for argument in _ARGUMENTS}
        kernel = layer.kernel
        gates = _GATES[name]
        units = kernel.shape[-1] // len(gates)
        scales = [_SCALE if uses[argument] else 1.0 for argument in gates]
        if uses["activation"] or uses["recurrent_activation"]:
            factors = np.repeat(scales, units).astype("float32")
            for weight in (kernel, layer.recurrent_kernel, layer.bias):
                if weight is not None:
                    yield weight, factors
    elif _is_hard_sigmoid(layer, "activation"):
        for attribute in _FEEDING.get(name, ()):
            weight = getattr(layer, attribute, None)
            if weight is not None:
                yield weight, np.float32(_SCALE)


def _is_hard_sigmoid(layer: Any, argument: str) -> bool:
    from keras import activations

    return getattr(layer, argument, None) is activations.hard_sigmoid


def layers_with(model: Model, argument: str, value: Any) -> Iterator[KerasObject]:
    """Yields the layers of the graph, and of models inside, which have an argument of this value,
    or whose inner layers or cells have it."""
    for node in model.nodes:
        if is_model(node.layer):
            yield from layers_with(node.layer["model"], argument, value)
        elif _has(node.layer, argument, value):
            yield node.layer


def _has(layer: KerasObject, argument: str, value: Any) -> bool:
    own = layer.arguments.get(argument)
    if own == value and type(own) is type(value):
        return True
    return any(_has(inner, argument, value) for inner in _inner(layer.arguments.values()))


def not_exact(model: Model) -> Iterator[tuple[KerasObject, str]]:
    """Yields the layers with the old ``hard_sigmoid`` that no scaling makes exact, and why."""
    for node in model.nodes:
        if is_model(node.layer):
            yield from not_exact(node.layer["model"])
        elif not is_hard_sigmoid_alone(node.layer):
            for reason in _reasons(node.layer):
                yield node.layer, reason


def _reasons(layer: KerasObject) -> Iterator[str]:
    exact = _EXACT.get(layer.cls, ())
    for argument in _ARGUMENTS:
        if layer.arguments.get(argument) == HARD_SIGMOID and argument not in exact:
            yield (
                f"{layer.cls} applies it to its cell state, which has no weights to scale"
                if layer.cls in _EXACT
                else f"{layer.cls} has no weights to scale that it alone reads"
            )
    for wrapped in _inner(layer.arguments.values()):
        if layer.cls == "SpectralNormalization" and HARD_SIGMOID in wrapped.arguments.values():
            yield "SpectralNormalization divides what would be scaled"
        else:
            yield from _reasons(wrapped)


def _inner(values: Iterable[Any]) -> Iterator[KerasObject]:
    """Yields the layers and cells among the arguments of a layer."""
    for value in values:
        if isinstance(value, KerasObject):
            yield value
        elif isinstance(value, list):
            yield from _inner(value)
