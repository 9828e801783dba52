"""A whole model as one functional ``keras.Model``, whose layers have the names of the config."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rnncli.engine.calling import apply, keywords_of
from rnncli.engine.objects import instantiate
from rnncli.engine.operations import operate
from rnncli.model.graph import Model, Node, TensorRef
from rnncli.model.tensor_names import is_model, is_stateful, output_names

# Under this key a Keras model has all layers of the config's model, by name.
LAYERS = "rnncli_layers"
# An operation that has its name from the config has this attribute.
_NAMED = "rnncli_named"


def whole_model(model: Model) -> Any:
    """Returns a model without custom layers as a ``keras.Model``, with new weights.

    Its layers return states only where the config says so. Outputs that have names are a
    dictionary.
    """
    return functional(model, model.name, model.output_names, with_states=False)


def layers_of(keras_model: Any) -> Mapping[str, Any]:
    """The layers of a model that rnncli made, by name, with those that no output depends on."""
    layers: Mapping[str, Any] = vars(keras_model)[LAYERS]
    return layers


def functional(model: Model, name: str, names: Sequence[str] | None, *, with_states: bool) -> Any:
    """Returns a model as a ``keras.Model``; ``names`` are the keys of its outputs, if any.

    ``with_states`` makes recurrent layers return their states even if the config does not.
    """
    import keras

    # The states of a stateful layer have the size of the batch.
    batch = (model.batch or 1) if any(is_stateful(node.layer) for node in model.nodes) else None
    tensors: dict[TensorRef, Any] = {
        TensorRef(model_input.name): keras.Input(
            model_input.shape, batch, dtype=model_input.dtype, name=model_input.name
        )
        for model_input in model.inputs
    }
    inputs = [*tensors.values()]
    layers: dict[str, Any] = {}
    for node in model.nodes:
        for output, tensor in _called(node, layers, tensors, with_states).items():
            tensors[TensorRef(node.layer.name, output)] = tensor
    outputs = [tensors[ref] for ref in model.outputs]
    _rename_mask_operations(outputs, model)
    returned = dict(zip(names, outputs, strict=True)) if names else _alone(outputs)
    whole = keras.Model(_alone(inputs), returned, name=name)
    # A Keras model forgets layers that no output depends on. An attribute would be tracked.
    vars(whole)[LAYERS] = layers
    return whole


def _called(
    node: Node, layers: dict[str, Any], tensors: Mapping[TensorRef, Any], with_states: bool
) -> dict[str, Any]:
    """Calls a layer of the model, which is made at its first call; returns tensors by name."""
    import keras

    reads = [tensors[ref] for ref in node.inbound]
    name = node.shared_with or node.layer.name
    if node.layer.is_operation:
        returned = operate(node.layer, reads, layers, name)
        _name_operations(node.layer.name, returned.values(), reads)
        return returned
    if name not in layers:
        layers[name] = instantiate(node.layer, with_states)
    if is_model(node.layer):
        outputs = layers[name](_alone(reads))
        if isinstance(outputs, dict):
            return outputs
        return dict(zip(output_names(node.layer), keras.tree.flatten(outputs), strict=True))
    starts = [tensors[ref] for ref in node.initial_state]
    return apply(node, layers[name], reads, starts, keywords_of(node, tensors.__getitem__))


def _name_operations(name: str, returned: Any, reads: Sequence[Any]) -> None:
    """Gives the operation of Keras the name in the config; Keras itself counts in each process.

    Further operations that it consists of have names that begin with it.
    """
    from keras import layers

    operations = [
        operation
        for operation in _operations(returned, {id(tensor) for tensor in reads})
        if not isinstance(operation, layers.Layer)
    ]
    for number, operation in enumerate(operations):
        operation.name = f"{name}_part_{number}" if number else name
        vars(operation)[_NAMED] = True


def _rename_mask_operations(outputs: Sequence[Any], model: Model) -> None:
    """Renames the operations by which Keras computes masks, where a layer has their name.

    Concatenate computes its mask by another ``concatenate``, and names must be unique.
    """
    from keras import layers

    names = {node.layer.name for node in model.nodes} | {tensor.name for tensor in model.inputs}
    seen: set[str] = set()
    for operation in {
        id(operation): operation for operation in _operations(outputs, set())
    }.values():
        if isinstance(operation, layers.Layer):
            seen.add(operation.name)
            continue
        wanted, number = operation.name, 1
        while operation.name in seen or (operation.name in names and _NAMED not in vars(operation)):
            operation.name = f"{wanted}_mask_{number}"
            number += 1
        seen.add(operation.name)


def _operations(tensors: Any, known: set[int]) -> Iterator[Any]:
    """Yields the operations that made these tensors, back to the known ones, the last first."""
    from keras import tree

    pending = [*tensors]
    while pending:
        tensor = pending.pop(0)
        if id(tensor) in known or not hasattr(tensor, "_keras_history"):
            continue
        operation, number, _ = tensor._keras_history
        arguments = operation._inbound_nodes[number].arguments
        known |= {id(output) for output in operation._inbound_nodes[number].output_tensors}
        yield operation
        pending += tree.flatten((arguments.args, arguments.kwargs))


def _alone(tensors: list[Any]) -> Any:
    return tensors[0] if len(tensors) == 1 else tensors
