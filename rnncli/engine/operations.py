"""Calls an operation of ``keras.ops`` on symbolic or on concrete tensors."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from rnncli.keras_api.operations import OPERATIONS
from rnncli.model.graph import KerasObject
from rnncli.model.indexing import ELLIPSIS, Slice, parse_index
from rnncli.model.tensor_names import output_names


def operate(operation: KerasObject, reads: Sequence[Any]) -> dict[str, Any]:
    """Calls an operation on the tensors that it reads; returns tensors by name."""
    import keras

    row = OPERATIONS[operation.cls]
    # Some operations change the lists that they are called with.
    arguments = deepcopy({**operation.arguments})
    if "key" in arguments:
        arguments["key"] = tuple(map(_entry, parse_index(arguments["key"])))
    module, _, name = operation.cls.partition(".")
    function = getattr(getattr(keras, module), name)
    if row.variadic:
        returned = function(*arguments.values(), *reads)
    else:
        tensors = [list(reads)] if row.several else reads
        returned = function(**arguments, **dict(zip(operation.reads, tensors, strict=True)))
    outputs = keras.tree.flatten(returned)
    return dict(zip(output_names(operation), outputs, strict=True))


def _entry(entry: Any) -> Any:
    """An entry of an index as Python has it."""
    if isinstance(entry, Slice):
        return slice(entry.start, entry.stop, entry.step)
    return Ellipsis if entry is ELLIPSIS else entry
