"""Multiply-accumulates counted from TensorFlow's graph of a forward pass: no rule in it.

A model is built in Keras and traced at one batch and length, its recurrent layers unrolled, so
that every product of the pass is an operation with shapes of its own. What counts is what is
multiplied to be summed: matrix products, einsums and convolutions, and sums of weights times what
reads them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from inspect import signature
from typing import Any

from rnncli.config import parse
from rnncli.engine.calling import keywords_of
from rnncli.engine.objects import instantiate
from rnncli.keras_api.traits import traits
from rnncli.model.binding import bind
from rnncli.model.graph import Model, TensorRef
from rnncli.model.tensor_names import output_names, state_names
from rnncli.problems import Source

_OVER_TIME = ("SimpleRNN", "GRU", "LSTM", "RNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D")


def counted(config: Mapping[str, Any], batch: int, length: int) -> int:
    """The multiply-accumulates of one forward pass of a model that Keras accepts."""
    model = bind(parse(Source("case.yaml", json.dumps(unrolled(config)))))
    return sum(_products(operation) for operation in _operations(_traced(model, batch, length)))


def unrolled(config: Any, argument: str = "") -> Any:
    """A config whose recurrent layers lay out their loop over time step by step."""
    if isinstance(config, list):
        return [unrolled(each) for each in config]
    if not isinstance(config, Mapping):
        return config
    return {
        key: {**_arguments(key, value), "unroll": True} if key in _OVER_TIME else unrolled(value)
        for key, value in config.items()
    }


def _arguments(cls: str, given: Any) -> Mapping[str, Any]:
    first = "cell" if cls == "RNN" else "units"
    is_cell = cls == "RNN" and isinstance(given, Mapping) and "cell" not in given
    return {first: given} if is_cell or not isinstance(given, Mapping) else given


def _traced(model: Model, batch: int, length: int) -> Any:
    """TensorFlow's graph of the forward pass of a model."""
    import keras
    import tensorflow as tf

    layers = {node.layer.name: instantiate(node.layer, with_states=False) for node in model.nodes}

    def forward(*given: Any) -> Any:
        tensors = dict(zip((TensorRef(each.name) for each in model.inputs), given, strict=True))
        for node in model.nodes:
            reads = [tensors[ref] for ref in node.inbound]
            layer = layers[node.layer.name]
            mode = keywords_of(node, tensors.__getitem__)
            # Some layers act in training alone, unless they are told that this is none.
            mode |= {"training": False} if "training" in signature(layer.call).parameters else {}
            as_list = traits(node.layer.cls).several == "list"
            results = layer(reads, **mode) if as_list else layer(*reads, **mode)
            names = [*output_names(node.layer), *state_names(node.layer)]
            tensors |= {
                TensorRef(node.layer.name, name): each
                for name, each in zip(names, keras.tree.flatten(results), strict=False)
            }
        return list(tensors.values())

    shapes = [[batch, *(length if a is None else a for a in i.shape)] for i in model.inputs]
    dtypes = [each.dtype for each in model.inputs]
    # Weights are made outside of the graph.
    forward(*(keras.KerasTensor(s, dtype=d) for s, d in zip(shapes, dtypes, strict=True)))
    specs = [tf.TensorSpec(s, d) for s, d in zip(shapes, dtypes, strict=True)]
    return tf.function(forward, autograph=False).get_concrete_function(*specs).graph


def _operations(graph: Any) -> Iterator[Any]:
    """The operations that the outputs come from, also those of the functions that are called.

    Keras calls the cells of an RNN over several once more, for nothing but their dropout.
    """
    ahead, seen = [tensor.op for tensor in graph.outputs], set()
    while ahead:
        operation = ahead.pop()
        if operation in seen:
            continue
        seen.add(operation)
        ahead += [tensor.op for tensor in operation.inputs]
        yield operation
        if operation.type in ("PartitionedCall", "StatefulPartitionedCall"):
            called = operation.get_attr("f").name
            yield from _operations(graph._functions[called].graph)


def _products(operation: Any) -> int:
    """What an operation multiplies and sums."""
    if operation.type in _COUNTS:
        return _COUNTS[operation.type](operation)
    is_like_one = any(word in operation.type for word in ("Conv", "MatMul", "Dot", "While"))
    assert not is_like_one, f"{operation.type} is not counted yet"
    return 0


def _shape(tensor: Any) -> list[int]:
    return tensor.shape.as_list()  # type: ignore[no-any-return]


def _matrices(operation: Any, transposed: str) -> int:
    """Every element of the output sums a row of the first matrix times a column of the second."""
    rows = _shape(operation.inputs[0])
    return (
        math.prod(_shape(operation.outputs[0])) * rows[-2 if operation.get_attr(transposed) else -1]
    )


def _einsum(operation: Any) -> int:
    """Every element of the output sums over the labels that it lacks."""
    reads = operation.get_attr("equation").decode().partition("->")[0].split(",")
    sizes: dict[str, int] = {}
    for labels, tensor in zip(reads, operation.inputs, strict=True):
        before, dots, after = labels.partition("...")
        shape = _shape(tensor)
        middle = len(shape) - len(before) - len(after)
        assert dots or not middle
        named = [*before, *(f"…{n}" for n in range(-middle, 0)), *after]
        for label, size in zip(named, shape, strict=True):
            sizes[label] = max(size, sizes.get(label, 1))
    return math.prod(sizes.values())


def _convolution(operation: Any) -> int:
    """Every element of the output sums over the window and the channels of a kernel
    (…, channels, filters); of groups, the kernel holds the channels of one."""
    return math.prod(_kept(operation)) * math.prod(_shape(operation.inputs[1])[:-1])


def _depthwise(operation: Any) -> int:
    """Every element of the output sums over the window alone: its kernel is
    (…, channels, depth_multiplier)."""
    return math.prod(_kept(operation)) * math.prod(_shape(operation.inputs[1])[:-2])


def _kept(operation: Any) -> list[int]:
    """The output of a convolution. One with a dilation_rate may be computed on a batch of its
    phases, padded to equal length; what is cut off again is none of it."""
    output = operation.outputs[0]
    after = [each for reader in output.consumers() for each in _past_squeeze(reader)]
    joined = [each for each in after if each.type == "BatchToSpaceND"]
    return _shape(joined[0].outputs[0] if joined else output)


def _past_squeeze(operation: Any) -> list[Any]:
    """An operation, or what reads it where it takes an axis of 1 away again."""
    is_squeeze = operation.type == "Squeeze"
    return list(operation.outputs[0].consumers()) if is_squeeze else [operation]


def _transposed(operation: Any) -> int:
    """Every element of the input is multiplied by the window and filters of a kernel
    (…, filters, channels)."""
    _, kernel, given = operation.inputs
    return math.prod(_shape(given)) * math.prod(_shape(kernel)[:-1])


def _weighed_sum(operation: Any) -> int:
    """A matrix product may be written out: a weight times a tensor, summed."""
    product = operation.inputs[0].op
    weighed = product.type == "Mul" and any(_is_weight(each.op) for each in product.inputs)
    return math.prod(_shape(product.outputs[0])) if weighed else 0


def _is_weight(operation: Any) -> bool:
    """Whether an operation reads a variable, perhaps in another dtype."""
    while operation.type in ("Cast", "Identity"):
        operation = operation.inputs[0].op
    return bool(operation.type == "ReadVariableOp")


_COUNTS: Mapping[str, Callable[[Any], int]] = {
    "MatMul": lambda operation: _matrices(operation, "transpose_a"),
    "BatchMatMulV2": lambda operation: _matrices(operation, "adj_x"),
    "BatchMatMulV3": lambda operation: _matrices(operation, "adj_x"),
    "Einsum": _einsum,
    "Conv2D": _convolution,
    "Conv3D": _convolution,
    "DepthwiseConv2dNative": _depthwise,
    "Conv2DBackpropInput": _transposed,
    "Conv3DBackpropInputV2": _transposed,
    "Sum": _weighed_sum,
}
