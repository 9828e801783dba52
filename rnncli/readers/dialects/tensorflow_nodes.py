"""Nodes of TensorFlow's graph, which are layers of Keras in TensorFlow 2.0 to 2.3 → operations."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from rnncli.readers.dialects.tensorflow_functions import FUNCTIONS, Rewritten


def graph_node(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """The node of TensorFlow's graph that a TensorFlowOpLayer holds, or nothing."""
    node = config.get("node_def")
    if isinstance(node, str):
        try:
            node = json.loads(node)
        except (ValueError, RecursionError):
            return {}
    return node if isinstance(node, Mapping) else {}


def graph_operation(config: Mapping[str, Any], arguments: list[Any]) -> Rewritten:
    """A call of a node of TensorFlow's graph; constants are in the layer's config, by place."""
    node = graph_node(config)
    rule = _GRAPH_OPERATIONS.get(str(node.get("op")))
    constants = config.get("constants") or {}
    if rule is None or not isinstance(constants, Mapping) or not arguments:
        return None
    function, names = rule
    tensors = list(arguments[0]) if isinstance(arguments[0], list) else [arguments[0]]
    operands = []
    for place in range(len(tensors) + len(constants)):
        value = constants.get(str(place), constants.get(place))
        if value is None and not tensors:
            return None
        operands.append(tensors.pop(0) if value is None else value)
    if function == "concat":
        return FUNCTIONS[function](operands[:-1], {"axis": operands[-1]})
    others = dict(zip(names, operands[1:], strict=False))
    attributes = node.get("attr")
    for name, value in (attributes if isinstance(attributes, Mapping) else {}).items():
        if name in ("keep_dims", "adj_x", "adj_y", "transpose_a", "transpose_b") and value != {}:
            others[name] = isinstance(value, Mapping) and bool(value.get("b"))
    return FUNCTIONS[function](operands[0], others) if len(operands) <= len(names) + 1 else None


# By TensorFlow's name: the function, and the names of the operands behind the first.
_GRAPH_OPERATIONS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    **dict.fromkeys(("Add", "AddV2", "BiasAdd"), ("add", ("y",))),
    "Sub": ("subtract", ("y",)),
    "Mul": ("multiply", ("y",)),
    "RealDiv": ("truediv", ("y",)),
    "Pow": ("pow", ("y",)),
    "Maximum": ("maximum", ("y",)),
    "Minimum": ("minimum", ("y",)),
    "Greater": ("greater", ("y",)),
    "Less": ("less", ("y",)),
    "Equal": ("equal", ("y",)),
    "NotEqual": ("not_equal", ("y",)),
    **dict.fromkeys(("MatMul", "BatchMatMul", "BatchMatMulV2"), ("matmul", ("b",))),
    **{
        op: (op.lower(), ())
        for op in ("Abs", "Square", "Sqrt", "Rsqrt", "Exp", "Log", "Sin", "Cos", "Tanh")
    },
    **{op: (op.lower(), ()) for op in ("Neg", "Sigmoid", "Relu", "Relu6", "Elu", "Selu")},
    "Softmax": ("softmax", ()),
    "Mean": ("reduce_mean", ("axis",)),
    "Sum": ("reduce_sum", ("axis",)),
    "Max": ("reduce_max", ("axis",)),
    "Min": ("reduce_min", ("axis",)),
    "Prod": ("reduce_prod", ("axis",)),
    "Reshape": ("reshape", ("shape",)),
    "Transpose": ("transpose", ("perm",)),
    "ExpandDims": ("expand_dims", ("axis",)),
    "Tile": ("tile", ("multiples",)),
    "ConcatV2": ("concat", ()),
}
