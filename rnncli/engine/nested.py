"""Models in the place of a layer, as in TimeDistributed: a Keras model, and its records."""

from __future__ import annotations

from typing import Any

from rnncli.engine.inspecting import held, inner_record, own_weights, params, public_name
from rnncli.engine.whole_model import LAYERS, functional
from rnncli.model.graph import KerasObject, Model, Node
from rnncli.model.tensor_names import is_model
from rnncli.report.layer import Layer
from rnncli.report.totals import without_weights


def keras_model(layer: KerasObject, with_states: bool = True) -> Any:
    """Returns the model as a ``keras.Model``, built for the inputs that it declares.

    ``with_states`` makes recurrent layers return their states even if the config does not.
    """
    model: Model = layer["model"]
    # A model with one output returns that tensor alone, which is what TimeDistributed takes.
    names = model.output_names if len(model.outputs) > 1 else None
    return functional(model, layer.name, names, with_states=with_states)


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
    record = _record(node.layer, vars(model)[LAYERS][node.shared_with or name])
    return without_weights(record, node.shared_with) if node.shared_with else record
