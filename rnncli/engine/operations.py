"""Calls an operation of ``keras.ops`` on symbolic or on concrete tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rnncli.keras_api.operations import OPERATIONS
from rnncli.model.graph import KerasObject
from rnncli.model.tensor_names import output_names


def operate(operation: KerasObject, reads: Sequence[Any]) -> dict[str, Any]:
    """Calls an operation on the tensors that it reads; returns tensors by name."""
    import keras

    row = OPERATIONS[operation.cls]
    tensors = [list(reads)] if row.several else reads
    arguments = {**operation.arguments, **dict(zip(operation.reads, tensors, strict=True))}
    module, _, function = operation.cls.partition(".")
    returned = getattr(getattr(keras, module), function)(**arguments)
    outputs = keras.tree.flatten(returned)
    return dict(zip(output_names(operation), outputs, strict=True))
