"""The operations of ``keras.ops`` and ``keras.random`` that a config can use, one row for each:
beside its rule, the only place that names the operation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """How an operation is called.

    - ``tensors``: the parameters that take tensors, in order.
    - ``numbers``: a number can take the place of a tensor.
    - ``several``: its only tensor parameter takes a list of tensors.
    - ``variadic``: the tensors of that list are arguments of their own.
    - ``strings``: it reads strings as well; all others compute with numbers.
    - ``name``: what Keras calls it in a model, where that is not the function's name.
    - ``outputs``: the names of what it returns, if it always returns several tensors.
    - ``parts``: the parameter that says how many tensors it returns.
    - ``per_step``: when it returns, step by step, the same as on the whole sequence: always, if its
      axis is the last one, or if all that it merges is fed step by step or the same at all steps.
    - ``looks_back``: at each step it reads the steps before it, and none that come later.
    - ``example``: the value under it in a config, if the required parameters alone do not make an
      operation, or one that shows what it is for.
    """

    tensors: tuple[str, ...] = ("x",)
    numbers: bool = True
    several: bool = False
    variadic: bool = False
    strings: bool = False
    name: str = ""
    outputs: tuple[str, ...] = ("output",)
    parts: Literal["", "indices_or_sections", "num"] = ""
    per_step: Literal["", "always", "last axis", "merged"] = ""
    looks_back: bool = False
    example: str = ""


_ALONG_STEPS = Operation(example="{axis: 1}")
_ALONG_LAST = Operation(example="{axis: -1}")
_PLAIN = Operation()
_PRODUCT = Operation(tensors=("x1", "x2"), numbers=False)
_EACH = Operation(per_step="always")
_PAIR = Operation(tensors=("x1", "x2"), per_step="merged")
_ANY_PAIR = Operation(tensors=("x1", "x2"), strings=True, per_step="merged")
_LAST = Operation(per_step="last axis")
_ANY = Operation(strings=True, per_step="always")
_LIKE = Operation(tensors=("shape",), strings=True)


def _moves(example: str = "") -> Operation:
    """It moves elements, whatever they are."""
    return Operation(strings=True, example=example)


def _joins(example: str = "") -> Operation:
    """It makes one tensor of several."""
    return Operation(tensors=("xs",), several=True, strings=True, example=example)


# By the module of rnncli.layers.ops that has the rule of the operation.
_BY_MODULE: Mapping[str, Mapping[str, Operation]] = {
    "arithmetic": {
        "ops.add": _ANY_PAIR,
        "ops.subtract": _PAIR,
        "ops.multiply": _PAIR,
        "ops.divide": _PAIR,
        "ops.true_divide": _PAIR,
        "ops.floor_divide": _PAIR,
        "ops.mod": _PAIR,
        "ops.power": _PAIR,
        "ops.maximum": _PAIR,
        "ops.minimum": _PAIR,
    },
    "comparison": {
        "ops.equal": _ANY_PAIR,
        "ops.not_equal": _ANY_PAIR,
        "ops.less": _PAIR,
        "ops.less_equal": _PAIR,
        "ops.greater": _PAIR,
        "ops.greater_equal": _PAIR,
        "ops.logical_and": _PAIR,
        "ops.logical_or": _PAIR,
        "ops.logical_xor": _PAIR,
        "ops.logical_not": _EACH,
        "ops.isnan": _ANY,
        "ops.where": Operation(tensors=("condition", "x1", "x2"), strings=True, per_step="merged"),
    },
    "elementwise": {
        "ops.negative": _EACH,
        "ops.absolute": _EACH,
        "ops.sign": _EACH,
        "ops.square": _EACH,
        "ops.sqrt": _EACH,
        "ops.rsqrt": _EACH,
        "ops.reciprocal": _EACH,
        "ops.exp": _EACH,
        "ops.expm1": _EACH,
        "ops.log": _EACH,
        "ops.log1p": _EACH,
        "ops.log2": _EACH,
        "ops.log10": _EACH,
        "ops.sin": _EACH,
        "ops.cos": _EACH,
        "ops.tan": _EACH,
        "ops.erf": _EACH,
        "ops.floor": _EACH,
        "ops.ceil": _EACH,
        "ops.round": _EACH,
        "ops.clip": Operation(per_step="always", example="{x_min: 0, x_max: 1}"),
        "ops.nan_to_num": _ANY,
    },
    "activations": {
        "ops.relu": _EACH,
        "ops.relu6": _EACH,
        "ops.leaky_relu": _EACH,
        "ops.elu": _EACH,
        "ops.selu": _EACH,
        "ops.celu": _EACH,
        "ops.gelu": _EACH,
        "ops.silu": _EACH,
        "ops.hard_silu": _EACH,
        "ops.sigmoid": _EACH,
        "ops.log_sigmoid": _EACH,
        "ops.hard_sigmoid": _EACH,
        "ops.tanh": _EACH,
        "ops.hard_tanh": _EACH,
        "ops.softplus": _EACH,
        "ops.softsign": _EACH,
        "ops.softmax": _LAST,
        "ops.log_softmax": _LAST,
        "ops.normalize": _LAST,
    },
    "creation": {
        "ops.cast": Operation(per_step="always", example="int32"),
        "ops.zeros_like": _ANY,
        "ops.ones_like": _ANY,
        "ops.full_like": Operation(strings=True, per_step="always", example="{fill_value: 0.5}"),
        "ops.one_hot": _LAST,
        "ops.arange": Operation(strings=True, looks_back=True, example="{axis: 1}"),
        "random.normal": _LIKE,
        "random.uniform": _LIKE,
    },
    "reductions": {
        "ops.mean": _ALONG_STEPS,
        "ops.sum": _ALONG_STEPS,
        "ops.std": _ALONG_STEPS,
        "ops.var": _ALONG_STEPS,
        "ops.max": _ALONG_STEPS,
        "ops.min": _ALONG_STEPS,
        "ops.amax": _ALONG_STEPS,
        "ops.amin": _ALONG_STEPS,
        "ops.prod": _ALONG_STEPS,
        "ops.any": _ALONG_STEPS,
        "ops.all": _ALONG_STEPS,
        "ops.argmax": _ALONG_LAST,
        "ops.argmin": _ALONG_LAST,
        "ops.count_nonzero": _moves("{axis: 1}"),
        "ops.logsumexp": _ALONG_LAST,
        "ops.norm": _ALONG_LAST,
    },
    "ordering": {
        "ops.cumsum": _ALONG_STEPS,
        "ops.cumprod": _ALONG_STEPS,
        "ops.diff": Operation(tensors=("a",), example="{axis: 1}"),
        "ops.sort": _PLAIN,
        "ops.argsort": _PLAIN,
        "ops.top_k": Operation(outputs=("values", "indices"), example="{k: 3}"),
    },
    "reshaping": {
        "ops.reshape": _moves("[-1, 5, 4, 2]"),
        "ops.ravel": _moves(),
        "ops.expand_dims": _moves("{axis: -1}"),
        "ops.squeeze": _moves("{axis: 1}"),
        "ops.transpose": _moves("{axes: [0, 2, 1]}"),
        "ops.swapaxes": _moves("{axis1: 1, axis2: 2}"),
        "ops.moveaxis": _moves("{source: 1, destination: 2}"),
        "ops.broadcast_to": _moves("{shape: [1, 3, 8]}"),
    },
    "rearranging": {
        "ops.flip": _moves("{axis: 1}"),
        "ops.roll": _moves("{shift: 1, axis: 1}"),
        "ops.tile": _moves("{repeats: [1, 2, 1]}"),
        "ops.repeat": _moves("{repeats: 2, axis: 1}"),
        "ops.pad": _moves("{pad_width: [[0, 0], [1, 1], [0, 0]]}"),
        "ops.triu": _moves(),
        "ops.tril": _moves(),
    },
    "joining": {
        "ops.stack": Operation(several=True, strings=True, example="{axis: 1}"),
        "ops.concatenate": _joins("{axis: -1}"),
        "ops.hstack": _joins(),
        "ops.vstack": _joins(),
        "ops.split": Operation(
            parts="indices_or_sections", strings=True, example="{indices_or_sections: 2, axis: -1}"
        ),
        "ops.unstack": Operation(parts="num", strings=True, example="{num: 5, axis: 1}"),
    },
    "indexing": {
        "ops.get_item": _moves('"[:, -1]"'),
        "ops.take": Operation(
            tensors=("x", "indices"), strings=True, example="{indices: [0, 2], axis: 1}"
        ),
        "ops.take_along_axis": Operation(
            tensors=("x", "indices"), numbers=False, strings=True, example="{axis: 1}"
        ),
    },
    "products": {
        "ops.matmul": _PRODUCT,
        "ops.dot": _PRODUCT,
        "ops.tensordot": Operation(
            tensors=("x1", "x2"), numbers=False, example="{axes: [[2], [1]]}"
        ),
        "ops.outer": _PRODUCT,
        "ops.vdot": _PRODUCT,
    },
    "einsum": {
        "ops.einsum": Operation(
            tensors=("operands",), several=True, variadic=True, example="bij,bjk->bik"
        ),
    },
}

#: Other names of operations: Python's, and those of earlier versions.
ALIASES: Mapping[str, str] = {
    "ops.getitem": "ops.get_item",
    "ops.abs": "ops.absolute",
    "ops.swish": "ops.silu",
    "ops.hard_swish": "ops.hard_silu",
}
#: The row of each operation.
OPERATIONS: Mapping[str, Operation] = {
    function: row for rows in _BY_MODULE.values() for function, row in rows.items()
}
#: The module of :mod:`rnncli.layers.ops` that has the rule of an operation.
MODULES: Mapping[str, str] = {
    function: module for module, rows in _BY_MODULE.items() for function in rows
}
