"""What Keras makes of a case: the model as it is inferred, counted, and run in both modes."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, replace
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tests.judge import cudnn, odd
from tests.judge.as_keras import Builder, Call, built
from tests.judge.case import Case, any_make, is_recurrent, owner, states_of
from tests.judge.data import tensors
from tests.judge.macs import counting, known, unseen
from tests.judge.states import states
from tests.judge.watching import Seen, watching

BATCH = 2
#: What TensorFlow says where it has the kernel on a GPU alone, or, with oneDNN, on other processors.
OF_MACHINE = ("only supports the NHWC tensor format on the CPU", "Current CPU implementation")
#: What a run says where the numbers that it was given are at fault, and no shape or dtype is.
OF_DATA = ("is not in [0,", "must be in the range", "out of range", "Input values must",
           "must be non-negative", "ivision by zero", "Integers to negative integer powers")  # fmt: skip


@dataclass
class Tensor:
    """A tensor as it is inferred, as it ran eagerly and as it ran in a graph.

    ``settled`` is how it is inferred where the batch is known; operations move that axis about.
    """

    symbolic: tuple[int | None, ...]
    settled: tuple[int | None, ...] | None = None
    eager: tuple[int, ...] | None = None
    eager_dtype: str | None = None
    graph: tuple[int, ...] | None = None
    graph_dtype: str | None = None


@dataclass
class Weight:
    name: str
    shape: tuple[int, ...]
    dtype: str
    trainable: bool


@dataclass
class Layer:
    """A call: its tensors, the weights that it brought, whether masks came in and went out."""

    name: str
    cls: str
    tensors: dict[str, Tensor]
    weights: list[Weight]
    mask_in: bool = False
    mask_out: bool = False
    shared: bool = False
    cudnn: list[bool] = field(default_factory=list)
    states: dict[str, Any] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    recurrent: bool = False
    inner_bytes: int | None = None
    states_by_name: frozenset[str] = frozenset()
    holds_model: bool = False


@dataclass
class Truth:
    """All that Keras says of a case."""

    build_error: str | None = None
    eager_error: str | None = None
    graph_error: str | None = None
    layers: list[Layer] = field(default_factory=list)
    params: int = 0
    trainable: int = 0
    weight_bytes: int = 0
    macs: int | None = None
    mixed: bool = False
    fails_settled: bool = False

    @property
    def runs(self) -> bool:
        return not (self.build_error or self.eager_error or self.graph_error)

    @property
    def not_of_the_model(self) -> bool:
        """Whether it fails by the numbers alone, or by the machine."""
        errors = [self.eager_error or "", self.graph_error or ""]
        return any(mark in error for mark in (*OF_DATA, *OF_MACHINE) for error in errors)


def message(error: BaseException) -> str:
    """An error without its colours and the arguments that it lists."""
    text = re.sub(r"\x1b\[\d*m", "", str(error)).partition("Arguments received")[0]
    return f"{type(error).__name__}: {' '.join(text.split())[:400]}"


def truth(case: Case, builder: Builder | None = None, graph: bool = True) -> Truth:
    """What Keras says of a case; ``builder`` is its model, where it has been made already."""
    try:
        if builder is None:
            builder = built(case)
        model = builder.model(case.outputs)
        probe, names = _probe(builder)
    except Exception as error:  # noqa: BLE001 Keras and TensorFlow raise whatever they like
        return Truth(build_error=message(error))
    found = _counted(builder, model)
    _settle(found, case)
    _unsettle(model)
    data = tensors(case, case.batch or BATCH)
    read = [data[spec.name] for spec in case.inputs]
    watched = [one for call in builder.calls for one in (call.layer, call.first)]
    with counting() as tally, watching(watched) as seen:
        try:
            given = keras.tree.flatten(probe(read, training=False))
        except Exception as error:  # noqa: BLE001
            found.eager_error = message(error)
            given = []
    found.macs = None if tally.opaque else tally.macs
    _fill(found, names, given, "eager")
    found.mixed = odd.mixes(case, found, case.batch or BATCH) or odd.has_odd_states(case, found)
    if given:
        _look(found, builder, data, dict(zip(names, given, strict=True)), seen)
    if graph:
        _in_a_graph(found, probe, names, read)
    return found


def _settle(found: Truth, case: Case) -> None:
    """What is inferred for this very batch, where operations or scores may move it.

    A plan is one for a batch: where Keras refuses that, the plan is right to do so as well.
    """
    if case.batch is not None or not any(node.op or node.call for node in case.nodes):
        return
    try:
        calls = built(replace(case, batch=BATCH)).calls
    except Exception:  # noqa: BLE001
        found.fails_settled = True
        return
    for call, layer in zip(calls, found.layers, strict=True):
        for name, tensor in call.tensors.items():
            layer.tensors[name].settled = tuple(tensor.shape)


def _unsettle(model: Any) -> None:
    """Fills weights that start as zeros: of zeros come equalities that no trained model has."""
    for place, weight in enumerate(model.weights):
        values = keras.ops.convert_to_numpy(weight.value)
        if "float" in weight.dtype and values.size and not values.any():
            steps = np.linspace(0.5, 1.0, values.size).reshape(values.shape)
            weight.assign(steps + 0.01 * (place % 7))


def _probe(builder: Builder) -> tuple[Any, list[tuple[str, str]]]:
    """The model with everything that every layer gives, in the order in which it is written.

    It runs in the order of the user's model, as its outputs come first; masks depend on that.
    """
    names, given = [], []
    ends = {owner(one) for one in builder.outputs}
    for call in sorted(builder.calls, key=lambda call: call.node.name not in ends):
        for name, tensor in call.tensors.items():
            names.append((call.node.name, name))
            given.append(tensor)
    return keras.Model(list(builder.inputs.values()), given), names


def _counted(builder: Builder, model: Any) -> Truth:
    trained = {id(weight) for weight in model.trainable_weights}
    layers = []
    seen: set[int] = set()
    for call in builder.calls:
        shared = id(call.layer) in seen
        seen.add(id(call.layer))
        weights = [] if shared or call.node.op is not None else [
            Weight(w.name, tuple(w.shape), str(keras.backend.standardize_dtype(w.dtype)),
                   id(w) in trained)
            for w in call.layer.weights
        ]  # fmt: skip
        symbolic = {n: Tensor(tuple(t.shape)) for n, t in call.tensors.items()}
        cls = call.make.cls if call.make else "Functional"
        if call.node.op is not None:
            cls = f"ops.{call.node.op.function}"
        hides = call.make is not None and any_make(call.make, _holds_a_model)
        layers.append(
            Layer(call.node.name, cls, symbolic, weights, shared=shared,
                  cudnn=cudnn.of_layer(call.layer), recurrent=is_recurrent(call.make),
                  states_by_name=_state_names(call), holds_model=hides)
        )  # fmt: skip
    return Truth(
        layers=layers,
        params=model.count_params(),
        trainable=sum(math.prod(w.shape) for w in model.trainable_weights),
        weight_bytes=sum(math.prod(w.shape) * _size(w.dtype) for w in model.weights),
    )


def _state_names(call: Call) -> frozenset[str]:
    return frozenset(states_of(call.make)) if call.make is not None else frozenset()


def _holds_a_model(make: Any) -> bool:
    return any(isinstance(value, Case) for value in make.args.values())


def _size(dtype: Any) -> int:
    return int(tf.as_dtype(dtype).size)


def _fill(found: Truth, names: list[tuple[str, str]], given: list[Any], mode: str) -> None:
    layers = {layer.name: layer for layer in found.layers}
    for (layer, name), value in zip(names, given, strict=False):
        tensor = layers[layer].tensors[name]
        shape = tuple(value.shape)
        dtype = keras.backend.standardize_dtype(value.dtype)
        if mode == "eager":
            tensor.eager, tensor.eager_dtype = shape, dtype
        else:
            tensor.graph, tensor.graph_dtype = shape, dtype


def _look(found: Truth, builder: Builder, data: Any, ran: dict[Any, Any], seen: Seen) -> None:
    """Masks, states and the tensors within, of what ran."""
    values = dict(data)
    for (layer, name), value in ran.items():
        values[layer if name == "output" else f"{layer}.{name}"] = value
    for call, layer in zip(builder.calls, found.layers, strict=True):
        sources = call.node.sources
        read = [sources] if isinstance(sources, str) else (
            list(sources.values()) if isinstance(sources, dict) else list(sources))  # fmt: skip
        if found.macs is not None:
            inputs = [values[one] for one in _in_order(call, read)]
            returned = [ran[(layer.name, name)] for name in layer.tensors]
            more = unseen(call, inputs, returned)
            found.macs = None if more is None else found.macs + more
        given = [(id(call.layer), id(ran[(layer.name, name)])) for name in layer.tensors]
        before = seen.read.get(given[0], [])
        if call.node.op is not None:
            before = seen.operands.get(id(call.first), [])
        layer.mask_in = any(mask is not None for _, mask in before)
        # Scores have a mask of their own, that of the softmax which made them.
        main = [one for name, one in zip(layer.tensors, given, strict=True) if name != "scores"]
        layer.mask_out = any(seen.given.get(one, False) for one in main)
        for tensor, mask in before:
            if tensor is not None:
                keras.src.backend.set_keras_mask(tensor, mask)
        if layer.recurrent:
            layer.values, layer.states = states(builder, call, values)
        if call.node.name in builder.inner:
            found.macs = found.macs if known(builder.inner[call.node.name]) else None
            layer.inner_bytes = _inner_bytes(builder.inner[call.node.name], builder, call, values)


def _in_order(call: Call, read: list[str]) -> list[str]:
    """What attention reads as query, value, key."""
    sources = call.node.sources
    if isinstance(sources, dict) and "query" in sources:
        return [sources[key] for key in ("query", "value", "key") if key in sources]
    return read


def _inner_bytes(inner: Builder, builder: Builder, call: Call, values: Any) -> int | None:
    """The bytes of all outputs inside an included model, run on what it reads here."""
    probe, names = _probe(inner)
    sources = call.node.sources
    read = [values[one] for one in ([sources] if isinstance(sources, str) else sources)]
    total = 0
    try:
        given = keras.tree.flatten(probe(read, training=False))
    except Exception:  # noqa: BLE001 its probe is stricter on shapes than it is
        return None
    for (layer, name), value in zip(names, given, strict=True):
        inside = next(one for one in inner.calls if one.node.name == layer)
        if inside.make is not None and any_make(inside.make, _holds_a_model):
            return None
        if name not in _state_names(inside):
            total += math.prod(value.shape) * _size(value.dtype)
    return total


def _in_a_graph(found: Truth, probe: Any, names: list[tuple[str, str]], read: list[Any]) -> None:
    try:
        function = tf.function(lambda *args: probe(list(args), training=False), autograph=False)
        given = keras.tree.flatten(function(*read))
    except Exception as error:  # noqa: BLE001
        found.graph_error = message(error)
        return
    _fill(found, names, given, "graph")
