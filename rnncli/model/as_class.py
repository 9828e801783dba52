"""A model with its recurrent layers replaced by those of another class, of the same shape."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from rnncli.keras_api.signatures import signatures
from rnncli.keras_api.traits import TRAITS, traits
from rnncli.model.graph import KerasObject, Model, Node, TensorRef
from rnncli.model.tensor_names import is_model, state_names

_CELL = "Cell"


def recurrent_classes() -> tuple[str, ...]:
    """The classes that can replace each other: SimpleRNN, GRU and LSTM."""
    return tuple(
        name for name, row in TRAITS.items() if row.recurrent_over == "vectors" and row.states
    )


def is_recurrent(layer: KerasObject) -> bool:
    """Whether a layer has states from step to step, or a layer of a nested model does, or what it
    wraps."""
    if is_model(layer):
        return any(is_recurrent(node.layer) for node in layer["model"].nodes)
    if wraps := traits(layer.cls).wraps_model:
        return is_recurrent(layer[wraps])
    return bool(state_names(layer))


def can_be_compared(model: Model) -> bool:
    """Whether the model has a layer or a cell that another class can replace."""
    return any(_has_replaceable(node.layer) for node in model.nodes)


def _has_replaceable(value: Any) -> bool:
    if isinstance(value, KerasObject):
        return _is_replaceable(value) or any(map(_has_replaceable, value.arguments.values()))
    if isinstance(value, Model):
        return can_be_compared(value)
    return isinstance(value, list) and any(map(_has_replaceable, value))


def _is_replaceable(layer: KerasObject) -> bool:
    return layer.cls.removesuffix(_CELL) in recurrent_classes()


def as_class(model: Model, cls: str) -> Model:
    """Returns the model with all SimpleRNN, GRU and LSTM layers and cells of one class.

    Arguments that the class lacks are left out. What reads a c that is no more reads h, and a layer
    that starts from one state takes it for both of its own.
    """
    nodes = tuple([replace(node, layer=_replaced(node.layer, cls)) for node in model.nodes])
    states = {node.layer.name: state_names(node.layer) for node in nodes}
    before = {node.layer.name: state_names(node.layer) for node in model.nodes}

    def read(ref: TensorRef) -> TensorRef:
        known = states.get(ref.node, ())
        if ref.tensor not in before.get(ref.node, ()) or ref.tensor in known:
            return ref
        return replace(ref, tensor=re.sub(r"(?<![a-z])c(?![a-z])", "h", ref.tensor))

    return replace(
        model,
        nodes=tuple([_rewired(node, states, before, read) for node in nodes]),
        outputs=tuple(map(read, model.outputs)),
        decode=None,
    )


def _rewired(
    node: Node,
    states: Mapping[str, tuple[str, ...]],
    before: Mapping[str, tuple[str, ...]],
    read: Any,
) -> Node:
    """The layer with what it reads by its new name."""
    name = node.layer.name
    initial = node.initial_state
    if initial:
        by_state = dict(zip(before[name], initial, strict=False))
        initial = tuple([_initial(state, by_state, states) for state in states[name]])
    keywords = {
        key: read(value) if isinstance(value, TensorRef) else value
        for key, value in node.keywords.items()
    }
    return replace(
        node,
        inbound=tuple(map(read, node.inbound)),
        initial_state=initial,
        keywords=keywords,
    )


def _initial(
    state: str, by_state: Mapping[str, TensorRef], states: Mapping[str, tuple[str, ...]]
) -> TensorRef:
    """What a state starts from: what it did before, or the same as the h beside it."""
    ref = by_state.get(state) or by_state[re.sub(r"(?<![a-z])c(?![a-z])", "h", state)]
    known = states.get(ref.node, ())
    # An LSTM has a c of its own for an LSTM that starts from it.
    return replace(ref, tensor=state) if ref.tensor != "output" and state in known else ref


def _replaced(layer: Any, cls: str) -> Any:
    if isinstance(layer, list):
        return [_replaced(item, cls) for item in layer]
    if isinstance(layer, Model):
        return as_class(layer, cls)
    if not isinstance(layer, KerasObject):
        return layer
    arguments = {name: _replaced(value, cls) for name, value in layer.arguments.items()}
    if not _is_replaceable(layer):
        return replace(layer, arguments=arguments)
    name = cls + _CELL if layer.cls.endswith(_CELL) else cls
    signature = signatures().layers[name]
    kept = {key: value for key, value in arguments.items() if key in signature.defaults}
    return replace(layer, cls=name, signature=signature, arguments=kept)
