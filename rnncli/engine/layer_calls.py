"""Watches the recurrent and the attention layers of a model while it runs: what reaches them, and
what they return."""

from __future__ import annotations

import inspect
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import Any

import msgspec

from rnncli.engine.passing import BuiltModel
from rnncli.engine.tensors import mask_of, put_mask
from rnncli.engine.whole_model import layers_of
from rnncli.model.graph import KerasObject, Model
from rnncli.model.run_order import run_order
from rnncli.model.tensor_names import is_model


class LayerCall(msgspec.Struct, frozen=True):
    """One call of a layer.

    ``tensors`` has what it reads and returns: of a recurrent layer ``sequences``, ``mask``,
    ``initial_state`` (a list, for each direction one) and ``returned``; of an attention layer
    ``value``, ``query_mask``, ``scores`` and the outputs ``scored`` and ``returned``. Of a
    TimeDistributed it is empty, and ``steps`` says how often the layer inside is called.
    """

    layer: Any
    tensors: dict[str, Any]
    steps: int = 0


class NamedCall(msgspec.Struct, frozen=True):
    """A call at its place in the model: ``sentence/lstm``.

    ``path`` has the step of every TimeDistributed around it, ``wrapped`` of those alone that wrap
    the layer itself and not a model with it.
    """

    name: str
    layer: KerasObject
    path: tuple[int, ...]
    wrapped: tuple[int, ...]
    call: LayerCall


@contextmanager
def watched(layers: Iterable[Any]) -> Iterator[list[LayerCall]]:
    """Records the calls of these layers, in their order, into the list that it yields."""
    calls: list[LayerCall] = []
    watching = {id(layer): layer for layer in layers if _recorder(layer)}
    # The directions of a Bidirectional are recorded as one call.
    for layer in [*watching.values()]:
        for inner in directions(layer):
            if inner is not layer:
                watching.pop(id(inner), None)
    before = {key: vars(layer).get("call") for key, layer in watching.items()}
    try:
        for layer in watching.values():
            recorder = _recorder(layer)
            assert recorder is not None
            vars(layer)["call"] = recorder(layer, layer.call, calls)
        yield calls
    finally:
        for key, layer in watching.items():
            if before[key] is None:
                vars(layer).pop("call", None)
            else:
                vars(layer)["call"] = before[key]


def directions(layer: Any) -> list[Any]:
    """The recurrent layers of one: itself, or the two of a Bidirectional."""
    import keras

    if isinstance(layer, keras.layers.Bidirectional):
        return [layer.forward_layer, layer.backward_layer]
    return [layer] if isinstance(layer, keras.layers.RNN) else []


Recorder = Callable[[Any, Any, list[LayerCall]], Any]


def _recorder(layer: Any) -> Recorder | None:
    import keras

    layers = keras.layers
    if isinstance(layer, layers.TimeDistributed):
        return _steps
    if isinstance(layer, layers.Attention | layers.MultiHeadAttention | layers.GroupQueryAttention):
        return _attention
    frames = (layers.ConvLSTM1D, layers.ConvLSTM2D, layers.ConvLSTM3D)
    rnns = directions(layer)
    return _recurrent if rnns and not any(isinstance(rnn, frames) for rnn in rnns) else None


def _recurrent(layer: Any, call: Any, calls: list[LayerCall]) -> Any:
    import keras

    signature = inspect.signature(call)
    rnns = directions(layer)

    @wraps(call)
    def recorded(*values: Any, **named: Any) -> Any:
        arguments = signature.bind(*values, **named).arguments
        sequences = arguments["sequences"]
        starts = arguments.get("initial_state")
        if starts is None:
            # A text layer forgets the size of the batch.
            batch = keras.ops.shape(sequences)[0]
            states = [_first_states(rnn, batch) for rnn in rnns]
        else:
            starts = list(starts) if keras.tree.is_nested(starts) else [starts]
            half = len(starts) // len(rnns)
            states = [starts[:half], starts[half:]] if len(rnns) > 1 else [starts]
        returned = call(*values, **named)
        calls.append(
            LayerCall(
                layer,
                {
                    "sequences": sequences,
                    "mask": arguments.get("mask"),
                    "initial_state": states,
                    "returned": keras.tree.flatten(returned),
                },
            )
        )
        return returned

    return recorded


def _first_states(rnn: Any, batch: int) -> Any:
    """The states from which a layer starts: those that it keeps, or zeros."""
    import keras

    if not rnn.stateful:
        return rnn.get_initial_state(batch)
    # What it keeps is copied: the call changes it.
    return keras.tree.map_structure(
        lambda state: keras.ops.copy(keras.ops.convert_to_tensor(state)), list(rnn.states)
    )


def _attention(layer: Any, call: Any, calls: list[LayerCall]) -> Any:
    import keras

    signature = inspect.signature(call)

    @wraps(call)
    def recorded(*values: Any, **named: Any) -> Any:
        arguments = signature.bind(*values, **named).arguments
        tensors = keras.tree.flatten((values, named))
        # MultiHeadAttention takes the masks off its inputs: the second call needs them again.
        before = [mask_of(tensor) if hasattr(tensor, "shape") else None for tensor in tensors]
        returned = call(*values, **named)
        after = [mask_of(tensor) if hasattr(tensor, "shape") else None for tensor in tensors]
        _put_masks(tensors, before)
        scored, scores = call(**{**arguments, "return_attention_scores": True})
        _put_masks(tensors, after)
        reads = arguments.get("inputs") or [arguments["query"], arguments["value"]]
        masks = arguments.get("mask") or [None]
        calls.append(
            LayerCall(
                layer,
                {
                    "query": reads[0],
                    "value": reads[1],
                    "query_mask": masks[0],
                    "scores": scores,
                    "scored": scored,
                    "returned": returned[0] if isinstance(returned, list | tuple) else returned,
                },
            )
        )
        return returned

    return recorded


def _put_masks(tensors: Sequence[Any], masks: Sequence[Any]) -> None:
    for tensor, mask in zip(tensors, masks, strict=True):
        if hasattr(tensor, "shape"):
            put_mask(tensor, mask)


def _steps(layer: Any, call: Any, calls: list[LayerCall]) -> Any:
    @wraps(call)
    def recorded(inputs: Any, *values: Any, **named: Any) -> Any:
        calls.append(LayerCall(layer, {}, inputs.shape[1]))
        return call(inputs, *values, **named)

    return recorded


def named_calls(model: Model, built: BuiltModel, calls: Iterable[LayerCall]) -> list[NamedCall]:
    """The calls of layers that trace looks into, named, in the order of the config."""
    waiting: dict[int, deque[LayerCall]] = {}
    for call in calls:
        waiting.setdefault(id(call.layer), deque()).append(call)
    return _of_model(model, _scope(built), waiting, "", ())


Waiting = Mapping[int, deque[LayerCall]]


def _scope(built: Any) -> Mapping[str, Any]:
    """The layers and nested models of a model by name."""
    if isinstance(built, BuiltModel):
        return {**built.layers, **built.models}
    return layers_of(built)


def _of_model(
    model: Model, scope: Mapping[str, Any], waiting: Waiting, prefix: str, path: tuple[int, ...]
) -> list[NamedCall]:
    """The calls in one pass through a model: a shared layer's are in the order of the run."""
    named: dict[int, list[NamedCall]] = {}
    for place in run_order(model):
        node = model.nodes[place]
        layer = scope.get(node.shared_with or node.layer.name)
        if layer is not None and not node.layer.is_operation:
            name = prefix + node.layer.name
            named[place] = _of_layer(node.layer, layer, waiting, name, path, ())
    return [call for place in sorted(named) for call in named[place]]


def _of_layer(
    described: KerasObject,
    layer: Any,
    waiting: Waiting,
    name: str,
    path: tuple[int, ...],
    wrapped: tuple[int, ...],
) -> list[NamedCall]:
    import keras

    if is_model(described):
        return _of_model(described["model"], _scope(layer), waiting, f"{name}/", path)
    if id(layer) not in waiting:
        return []
    call = waiting[id(layer)].popleft()
    if not isinstance(layer, keras.layers.TimeDistributed):
        return [NamedCall(name, described, path, wrapped, call)]
    inner = described["layer"]
    return [
        named
        for step in range(call.steps)
        for named in _of_layer(inner, layer.layer, waiting, name, (*path, step), (*wrapped, step))
    ]
