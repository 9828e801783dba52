"""Whether a model is a stack of layers, which Keras calls Sequential."""

from __future__ import annotations

from rnncli.keras_api.traits import traits
from rnncli.model.graph import Model, TensorRef
from rnncli.model.tensor_names import is_model, output_names, returned_states


def is_stack(model: Model) -> bool:
    """Whether each layer reads what the one before it returns, and nothing else is read."""
    if len(model.inputs) != 1 or model.output_names is not None or not model.nodes:
        return False
    last = TensorRef(model.inputs[0].name)
    for node in model.nodes:
        layer = node.layer
        if layer.is_operation or node.shared_with or node.initial_state or node.keywords:
            return False
        if node.inbound != (last,) or output_names(layer) != ("output",):
            return False
        if not is_model(layer) and (returned_states(layer) or traits(layer.cls).several):
            return False
        last = TensorRef(layer.name)
    return model.outputs == (last,)
