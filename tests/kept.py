"""What TensorFlow keeps of a forward pass for the backward pass: the truth for planned memory."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any


def kept_bytes(model: Any, inputs: list[Any]) -> int:
    """The bytes of the tensors that the backward pass of a model reads from the forward pass, and
    of its outputs, which a loss reads.

    A buffer counts once, whatever the number of tensors in it; those of variables do not count.
    """
    import tensorflow as tf

    @tf.function(autograph=False)
    def read(*tensors: Any) -> list[Any]:
        graph = tf.compat.v1.get_default_graph()
        with tf.GradientTape() as tape:
            outputs = model([*tensors] if len(tensors) > 1 else tensors[0], training=True)
            outputs = tf.nest.map_structure(tf.identity, outputs)
        forward = {id(operation) for operation in graph.get_operations()}
        gradients = tape.gradient(outputs, model.trainable_variables)
        crossing = _read_from(forward, tf.nest.flatten(gradients, expand_composites=True))
        return [*crossing, *tf.nest.flatten(outputs)]

    buffers: dict[int, int] = {}
    # A buffer that is freed could be taken for another one.
    alive = [leaf for tensor in read(*inputs) for leaf in _leaves(tensor)]
    for leaf in alive:
        buffers[_address(leaf)] = leaf.dtype.size * math.prod(leaf.shape)
    for variable in model.variables:
        buffers.pop(_address(variable.value.value()), None)
    return sum(buffers.values())


def _read_from(forward: set[int], gradients: list[Any]) -> list[Any]:
    """The tensors of the forward operations that those of these gradients read."""
    crossing: dict[int, Any] = {}
    waiting = [tensor for tensor in gradients if tensor is not None]
    seen: set[int] = set()
    while waiting:
        tensor = waiting.pop()
        if id(tensor.op) in forward:
            crossing[id(tensor)] = tensor
        elif id(tensor.op) not in seen:
            seen.add(id(tensor.op))
            waiting += tensor.op.inputs
    return [tensor for tensor in crossing.values() if tensor.dtype.name != "resource"]


def _address(tensor: Any) -> int:
    import numpy as np

    return np.asarray(memoryview(tensor)).ctypes.data


def _leaves(tensor: Any) -> Iterator[Any]:
    """Yields a tensor, or those in a list of tensors, which a loop fills step by step."""
    import tensorflow as tf

    if tensor.dtype != tf.variant:
        yield tensor
        return
    for index in range(int(tf.raw_ops.TensorListLength(input_handle=tensor))):
        for dtype in (tf.float32, tf.float16, tf.int32, tf.bool, tf.variant):
            try:
                item = tf.raw_ops.TensorListGetItem(
                    input_handle=tensor, index=index, element_shape=-1, element_dtype=dtype
                )
            except tf.errors.InvalidArgumentError:
                continue
            yield from _leaves(item)
            break
