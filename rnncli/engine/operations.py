"""Calls an operation of ``keras.ops`` on symbolic or on concrete tensors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any

from rnncli.engine.random_layers import is_random, random_layer
from rnncli.keras_api.operation_arguments import constant_dtype
from rnncli.keras_api.operations import OPERATIONS
from rnncli.model.graph import KerasObject
from rnncli.model.indexing import ELLIPSIS, Slice, parse_index
from rnncli.model.tensor_names import output_names


def operate(
    operation: KerasObject, reads: Sequence[Any], layers: dict[str, Any], name: str
) -> dict[str, Any]:
    """Calls an operation on the tensors that it reads; returns tensors by name.

    An operation that draws random numbers is a layer, which keeps its seed: it is made once, and
    kept under its ``name`` in ``layers``.
    """
    import keras
    import numpy as np

    if is_random(operation):
        if name not in layers:
            layers[name] = random_layer(operation)
        return {"output": layers[name](*reads)}
    row = OPERATIONS[operation.cls]
    # Some operations change the lists that they are called with.
    arguments = deepcopy({**operation.arguments})
    if "key" in arguments:
        arguments["key"] = tuple(map(_entry, parse_index(arguments["key"])))
    for parameter in row.tensors:
        if isinstance(arguments.get(parameter), list):
            # A list alone has no shape for Keras.
            constant = arguments[parameter]
            arguments[parameter] = np.asarray(constant, constant_dtype(constant))
    if row.variadic:
        returned = function(operation.cls)(*arguments.values(), *reads)
    else:
        tensors = [list(reads)] if row.several else reads
        arguments |= zip(operation.reads, tensors, strict=True)
        returned = function(operation.cls)(**arguments)
    outputs = keras.tree.flatten(returned)
    return dict(zip(output_names(operation), outputs, strict=True))


def _entry(entry: Any) -> Any:
    """An entry of an index as Python has it."""
    if isinstance(entry, Slice):
        return slice(entry.start, entry.stop, entry.step)
    return Ellipsis if entry is ELLIPSIS else entry


def function(name: str) -> Callable[..., Any]:
    """The function of an operation: Keras's, or one of rnncli's own."""
    import keras

    module, _, bare = name.partition(".")
    own = OWN.get(name)
    keras_function: Callable[..., Any] = own or getattr(getattr(keras, module), bare)
    return keras_function


def arange(x: Any, axis: int) -> Any:
    """Returns the positions along an axis of a tensor, for each sample of its batch.

    ``keras.ops.arange`` takes no unknown length. A sum of ones does, and Keras can save it.
    """
    from keras import ops

    axis %= len(x.shape)
    behind = list(range(axis + 1, len(x.shape)))
    zeros = ops.zeros_like(x, dtype="int32")
    if behind:
        # Zeros add up to zero, over no elements as well.
        zeros = ops.sum(zeros, axis=behind)
    return ops.cumsum(zeros + 1, axis=axis) - 1


#: Operations that rnncli writes in the terms of Keras.
OWN: Mapping[str, Callable[..., Any]] = {"ops.arange": arange}
