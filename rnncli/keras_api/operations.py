"""The operations of ``keras.ops`` and ``keras.random`` that a config can use, one row for each:
beside its rule, the only place that names the operation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """How an operation is called.

    - ``tensors``: the parameters that take tensors, in order. A number can take the place of one.
    - ``several``: its only tensor parameter takes a list of tensors.
    - ``name``: what Keras calls it in a model, where that is not the function's name.
    - ``outputs``: the names of what it returns, if it always returns several tensors.
    - ``parts``: the parameter that says how many tensors it returns.
    - ``per_step``: it returns the same step by step as on the whole sequence, if all tensors that
      it reads are steps.
    - ``looks_back``: at each step it reads the steps before it, and none that come later.
    """

    tensors: tuple[str, ...] = ("x",)
    several: bool = False
    name: str = ""
    outputs: tuple[str, ...] = ("output",)
    parts: Literal["", "indices_or_sections", "num"] = ""
    per_step: bool = False
    looks_back: bool = False


_ONE = Operation()
_TWO = Operation(tensors=("x1", "x2"))

# By the module of rnncli.layers.ops that has the rule of the operation.
_BY_MODULE: Mapping[str, Mapping[str, Operation]] = {
    "arithmetic": {
        "ops.add": _TWO,
        "ops.subtract": _TWO,
        "ops.multiply": _TWO,
        "ops.maximum": _TWO,
        "ops.minimum": _TWO,
    },
    "reductions": {
        "ops.mean": _ONE,
        "ops.sum": _ONE,
    },
}

#: Other names of operations: Python's, and those of earlier versions.
ALIASES: Mapping[str, str] = {}
#: The row of each operation.
OPERATIONS: Mapping[str, Operation] = {
    function: row for rows in _BY_MODULE.values() for function, row in rows.items()
}
#: The module of :mod:`rnncli.layers.ops` that has the rule of an operation.
MODULES: Mapping[str, str] = {
    function: module for module, rows in _BY_MODULE.items() for function in rows
}
