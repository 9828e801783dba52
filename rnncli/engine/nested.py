"""Models in the place of a layer, as in TimeDistributed: built as a Keras model of their own."""

from __future__ import annotations

from typing import Any

from rnncli.engine.calling import apply, keywords_of
from rnncli.engine.inspecting import held, inner_record, own_weights, params, public_name
from rnncli.engine.objects import instantiate
from rnncli.engine.operations import operate
from rnncli.model.graph import KerasObject, Model, Node, TensorRef
from rnncli.model.tensor_names import is_model, output_names
from rnncli.report.layer import Layer
from rnncli.report.totals import without_weights

# Under this key a Keras model has all layers of the config's model, by name.
_LAYERS = "rnncli_layers"


def keras_model(layer: KerasObject) -> Any:
    """Returns the model as a ``keras.Model``, built for the inputs that it declares."""
    import keras

    model: Model = layer["model"]
    tensors: dict[TensorRef, Any] = {
        TensorRef(model_input.name): keras.Input(
            model_input.shape, dtype=model_input.dtype, name=model_input.name
        )
        for model_input in model.inputs
    }
    inputs = [*tensors.values()]
    layers: dict[str, Any] = {}
    for node in model.nodes:
        for name, tensor in _called(node, layers, tensors).items():
            tensors[TensorRef(node.layer.name, name)] = tensor
    outputs = [tensors[ref] for ref in model.outputs]
    whole = keras.Model(_alone(inputs), _alone(outputs), name=layer.name)
    # A Keras model forgets layers that no output depends on. An attribute would be tracked.
    vars(whole)[_LAYERS] = layers
    return whole


def _called(node: Node, layers: dict[str, Any], tensors: dict[TensorRef, Any]) -> dict[str, Any]:
    """Calls a layer of the model, which is made at its first call; returns tensors by name."""
    import keras

    reads = [tensors[ref] for ref in node.inbound]
    name = node.shared_with or node.layer.name
    if node.layer.is_operation:
        return operate(node.layer, reads, layers, name)
    if name not in layers:
        layers[name] = instantiate(node.layer)
    if is_model(node.layer):
        returned = keras.tree.flatten(layers[name](_alone(reads)))
        return dict(zip(output_names(node.layer), returned, strict=True))
    starts = [tensors[ref] for ref in node.initial_state]
    return apply(node, layers[name], reads, starts, keywords_of(node, tensors.__getitem__))


def _alone(tensors: list[Any]) -> Any:
    return tensors[0] if len(tensors) == 1 else tensors


def inner_records(keras_object: KerasObject, layer: Any) -> tuple[Layer, ...]:
    """Returns the records of the layers inside a wrapper: all but their tensors."""
    inner = keras_object.arguments.get("layer")
    if isinstance(inner, KerasObject) and _holds_model(inner):
        return (_record(inner, layer.layer),)
    return tuple(inner_record(inner_layer) for inner_layer in held(layer))


def _holds_model(keras_object: KerasObject) -> bool:
    inner = keras_object.arguments.get("layer")
    return is_model(keras_object) or (isinstance(inner, KerasObject) and _holds_model(inner))


def _record(keras_object: KerasObject, layer: Any) -> Layer:
    weights = () if is_model(keras_object) else own_weights(layer)
    if is_model(keras_object):
        inner = tuple(_node_record(node, layer) for node in keras_object["model"].nodes)
    else:
        inner = inner_records(keras_object, layer)
    return Layer(
        name=keras_object.name,
        cls=keras_object.cls if is_model(keras_object) else public_name(layer),
        weights=weights,
        params=params(weights, inner),
        layers=inner,
    )


def _node_record(node: Node, model: Any) -> Layer:
    """Returns the record of a layer of a Keras model; an operation has no weights."""
    name = node.layer.name
    if node.layer.is_operation:
        return Layer(name=name, cls=node.layer.cls, weights=(), params=params((), ()))
    record = _record(node.layer, vars(model)[_LAYERS][node.shared_with or name])
    return without_weights(record, node.shared_with) if node.shared_with else record
