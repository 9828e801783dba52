"""Models that live Keras 2 makes from the text of a config, and the files that it writes."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnncli.config import parse
from rnncli.keras_api.traits import traits
from rnncli.model.binding import bind
from rnncli.model.graph import KerasObject, Model, TensorRef
from rnncli.model.tensor_names import is_model, output_names, returned_states
from rnncli.problems import Source


def keras2_model(tf_keras: Any, text: str) -> Any:
    """The model in Keras 2, with random weights."""
    model = _functional(tf_keras, bind(parse(Source("model.yaml", text))), "model")
    generator = np.random.default_rng(7)
    for layer in model.layers:
        layer.set_weights([_numbers(generator, weight) for weight in layer.weights])
    return model


def _numbers(generator: Any, weight: Any) -> Any:
    """Random numbers; biases are not zero, and a variance is not negative."""
    if "variance" in weight.name:
        return generator.uniform(0.5, 1.5, weight.shape)
    return generator.standard_normal(weight.shape) * (0.5 if len(weight.shape) > 1 else 0.3)


def _functional(tf_keras: Any, model: Model, name: str) -> Any:
    import tensorflow as tf

    tensors: dict[TensorRef, Any] = {
        TensorRef(each.name): tf_keras.Input(
            each.shape, model.batch, dtype=each.dtype, name=each.name
        )
        for each in model.inputs
    }
    inputs = [*tensors.values()]
    layers: dict[str, Any] = {}
    for node in model.nodes:
        owner = node.shared_with or node.layer.name
        if owner not in layers:
            layers[owner] = _made(tf_keras, node.layer)
        reads = [tensors[ref] for ref in node.inbound]
        is_list = is_model(node.layer) or traits(node.layer.cls).several == "list"
        # Attention of Keras 2 takes a list as well.
        alone = len(reads) == 1
        arguments = [reads] if is_list and not alone else reads
        keywords = {
            key: tensors[value] if isinstance(value, TensorRef) else value
            for key, value in node.keywords.items()
        }
        if node.initial_state:
            keywords["initial_state"] = [tensors[ref] for ref in node.initial_state]
        returned = layers[owner](*arguments, **keywords)
        flat = tf.nest.flatten(returned)
        names = [*output_names(node.layer), *returned_states(node.layer)]
        for output, tensor in zip(names, flat, strict=True):
            tensors[TensorRef(node.layer.name, output)] = tensor
    outputs = [tensors[ref] for ref in model.outputs]
    return tf_keras.Model(inputs, outputs if len(outputs) > 1 else outputs[0], name=name)


def _made(tf_keras: Any, value: Any) -> Any:
    if isinstance(value, list):
        return [_made(tf_keras, item) for item in value]
    if not isinstance(value, KerasObject):
        return value
    if is_model(value):
        return _functional(tf_keras, value["model"], value.name)
    arguments = {name: _made(tf_keras, item) for name, item in value.arguments.items()}
    if value.family == "layers":
        arguments["name"] = value.name
    return getattr(getattr(tf_keras, value.family), value.cls)(**arguments)
