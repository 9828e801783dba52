"""A case as a live ``keras.Model``, made call by call through Keras's public API."""

from __future__ import annotations

from typing import Any

import keras

from tests.judge import operations
from tests.judge.as_python import LISTED, MASKS, SPREAD, inner_name, module_of
from tests.judge.case import (
    Case,
    In,
    Make,
    Node,
    outputs_of_call,
    outputs_of_op,
    returns_state,
    states_of,
)


def made(value: Any, name: str | None = None) -> Any:
    """A Keras object of its description."""
    if isinstance(value, Make):
        named = {} if name is None else {"name": name}
        args = {key: made(one) for key, one in value.args.items()}
        return getattr(getattr(keras, module_of(value.cls)), value.cls)(**args, **named)
    if isinstance(value, Case):
        return built(value).model(value.outputs, "inner")
    if isinstance(value, list):
        return [made(one) for one in value]
    return value


class Call:
    """A call of a layer, its symbolic tensors and their names.

    Of an operation, ``layer`` is the last that Keras keeps of it, and ``first`` the first.
    """

    def __init__(self, node: Node, layer: Any, make: Make | None, tensors: dict[str, Any]) -> None:
        self.node = node
        self.layer = layer
        self.first = layer
        self.make = make
        self.tensors = tensors


class Builder:
    """The model as far as it has been made; ``add`` raises what Keras raises."""

    def __init__(self, batch: int | None = None) -> None:
        self.batch = batch
        self.inputs: dict[str, Any] = {}
        self.tensors: dict[str, Any] = {}
        self.calls: list[Call] = []
        self.inner: dict[str, Builder] = {}
        self._by_name: dict[str, Call] = {}

    def add_input(self, spec: In) -> None:
        tensor = keras.Input(spec.shape, self.batch, dtype=spec.dtype, name=spec.name)
        self.inputs[spec.name] = self.tensors[spec.name] = tensor

    def add(self, node: Node) -> Call:
        layer, make = (None, None) if node.op is not None else self._layer(node)
        result = keras.tree.flatten(self.apply(node, layer, self.tensors))
        if layer is None:
            layer = result[0]._keras_history.operation
        # Keras infers of a Bidirectional twice the states of its forward layer; where its other
        # layer keeps fewer, the last of them are nothing.
        tensors = dict(zip(self.names(node, make), result, strict=False))
        call = Call(node, layer, make, tensors)
        if node.op is not None:
            call.first = _first(result[0], set(map(id, self.tensors.values())))
        self.calls.append(call)
        self._by_name[node.name] = call
        for name, tensor in tensors.items():
            self.tensors[node.name if name == "output" else f"{node.name}.{name}"] = tensor
        return call

    def apply(self, node: Node, layer: Any, tensors: dict[str, Any]) -> Any:
        """A call of a layer on whatever tensors have these names."""
        if node.op is not None:
            return operations.operated(node, tensors)
        sources, named = node.sources, dict(node.call)
        if node.initial_state:
            named["initial_state"] = [tensors[one] for one in node.initial_state]
        if isinstance(sources, str):
            return layer(tensors[sources], **named)
        if isinstance(sources, dict) and type(layer).__name__ in LISTED:
            order = [tensors[sources[key]] for key in ("query", "value", "key") if key in sources]
            if any(key in sources for key in MASKS):
                masks = [tensors[sources[key]] if key in sources else None for key in MASKS]
                named["mask"] = masks
            return layer(order, **named)
        if isinstance(sources, dict) and "query" not in sources:
            first, *more = sources
            named |= {key: tensors[sources[key]] for key in more}
            return layer(tensors[sources[first]], **named)
        if isinstance(sources, dict):
            return layer(**{key: tensors[one] for key, one in sources.items()}, **named)
        read = [tensors[one] for one in sources]
        spread = type(layer).__name__ in SPREAD or type(layer).__name__ == "GroupedQueryAttention"
        return layer(*read, **named) if spread else layer(read, **named)

    def _layer(self, node: Node) -> tuple[Any, Make | None]:
        if node.use is not None:
            earlier = self._by_name[node.use]
            if node.use in self.inner:
                self.inner[node.name] = self.inner[node.use]
            return earlier.layer, earlier.make
        if node.model is not None:
            inner = built(node.model)
            self.inner[node.name] = inner
            return inner.model(node.model.outputs, node.name), None
        return made(node.make, node.name), node.make

    def names(self, node: Node, make: Make | None) -> list[str]:
        if node.op is not None:
            return outputs_of_op(node.op)
        if make is not None:
            states = states_of(make) if returns_state(make) else []
            return outputs_of_call(make, node.call) + states
        outputs = self.inner[node.name].outputs
        if len(outputs) == 1:
            return ["output"]
        return [inner_name(one) for one in outputs]

    def model(self, outputs: tuple[str, ...], name: str = "model") -> Any:
        self.outputs = outputs
        read = list(self.inputs.values())
        given = [self.tensors[one] for one in outputs]
        return keras.Model(read[0] if len(read) == 1 else read,
                           given[0] if len(given) == 1 else given, name=name)  # fmt: skip


def _first(tensor: Any, known: set[int]) -> Any:
    """The first of the operations that lead from known tensors to this one."""
    while True:
        history = tensor._keras_history
        read = history.operation._inbound_nodes[history.node_index].input_tensors
        if any(id(one) in known for one in read):
            return history.operation
        tensor = read[0]


def built(case: Case) -> Builder:
    builder = Builder(case.batch)
    for spec in case.inputs:
        builder.add_input(spec)
    for node in case.nodes:
        builder.add(node)
    return builder
