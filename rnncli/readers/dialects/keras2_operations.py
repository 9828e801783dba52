"""TensorFlow's operations in a model of Keras 2 → the operations of ``keras.ops``."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from rnncli.readers.checked import as_list, as_mapping, as_text
from rnncli.readers.dialects.changes import Changes
from rnncli.readers.dialects.keras2_nodes import Nodes

# Layers that hold an operation of TensorFlow.
OPERATION_LAYERS = ("TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer")

# What Keras 3 takes in a call of an operation; the rest makes the operation.
_OF_THE_CALL = frozenset({"x", "x1", "x2", "xs", "condition", "key", "indices", "constant_values"})

Arguments = Mapping[str, Any]
# The class in Keras 3, and the arguments of its call; None where they cannot be rewritten.
Rewritten = tuple[str, dict[str, Any]] | None
_Rewrite = Callable[[Any, Arguments], Rewritten]


def operation(entry: Mapping[str, Any], nodes: Nodes, changes: Changes) -> dict[str, Any]:
    """The operation as Keras 3 writes it; a custom layer where Keras 3 has none for it."""
    config = as_mapping(entry.get("config"), "the config of an operation")
    name = as_text(entry.get("name") or config.get("name"), "the name of an operation")
    changes.note("tensorflow-operations", name)
    calls: list[dict[str, Any]] = []
    classes: set[str | None] = set()
    arguments: dict[str, Any] = {}
    for node in as_list(entry.get("inbound_nodes") or [], "the calls of an operation"):
        first, keywords = nodes.arguments(node)
        if entry.get("class_name") == "TensorFlowOpLayer":
            rewritten = graph_operation(config, first)
        else:
            rewritten = _function(str(config.get("function")), node, nodes)
        if rewritten is None:
            classes.add(None)
            calls.append({"args": first, "kwargs": keywords})
            continue
        plain = {key: value for key, value in rewritten[1].items() if key not in _OF_THE_CALL}
        tensors = {
            key: value if key in ("xs", "key") else _constant(value)
            for key, value in rewritten[1].items()
            if key in _OF_THE_CALL
        }
        # One operation of Keras 3 has the same arguments in all its calls.
        classes |= {rewritten[0]} if plain == arguments or not calls else {None}
        arguments = plain
        calls.append({"args": [], "kwargs": tensors})
    cls = classes.pop() if len(classes) == 1 else None
    if cls is None:
        function = config.get("function") or graph_node(config).get("op") or "operation"
        described = {"class_name": f"tf.{function}", "module": "tensorflow"}
    else:
        described = {"class_name": cls, "module": "keras.src.ops"}
    return {
        **described,
        "registered_name": described["class_name"],
        "name": name,
        "config": {"name": name, **arguments},
        "inbound_nodes": calls,
    }


def _function(function: str, node: Any, nodes: Nodes) -> Rewritten:
    """A call of a function such as ``math.add`` or ``compat.v1.transpose``."""
    first, keywords = nodes.first_and_keywords(node)
    rewrite = FUNCTIONS.get(function.rpartition(".")[2])
    if rewrite is None:
        return None
    others = {key: value for key, value in keywords.items() if key != "name"}
    return rewrite(first, others)


def _constant(value: Any) -> Any:
    """A list of numbers in the place of a tensor, as Keras 3 writes it."""
    if not isinstance(value, list) or not _is_plain(value):
        return value
    dtype = "float32" if _has_float(value) else "int32"
    return {"class_name": "__tensor__", "config": {"value": value, "dtype": dtype}}


def _has_float(value: Any) -> bool:
    return any(map(_has_float, value)) if isinstance(value, list) else isinstance(value, float)


def _pair(cls: str) -> _Rewrite:
    """An operation on two operands; the second is called ``y`` or ``b``."""

    def rewrite(first: Any, others: Arguments) -> Rewritten:
        second = [others[key] for key in ("y", "b") if key in others]
        rest = [value for key, value in others.items() if key not in ("y", "b")]
        if len(second) != 1 or any(rest):
            return None
        return cls, {"x1": first, "x2": second[0]}

    return rewrite


def _same(cls: str, **fixed: Any) -> _Rewrite:
    """An operation on one tensor, without other arguments."""

    def rewrite(first: Any, others: Arguments) -> Rewritten:
        return None if any(others.values()) else (cls, {"x": first, **fixed})

    return rewrite


def _renamed(cls: str, names: Mapping[str, str], **defaults: Any) -> _Rewrite:
    """An operation whose arguments have other names; ``defaults`` are TensorFlow's.

    All arguments must be plain data, and those without a new name must be off.
    """

    def rewrite(first: Any, others: Arguments) -> Rewritten:
        arguments = dict(defaults)
        for key, value in others.items():
            if key in names:
                if value is not None:
                    arguments[names[key]] = value
            elif key != "output_type" and value not in (None, False, 0):
                return None
        return (cls, {"x": first, **arguments}) if _is_plain(arguments) else None

    return rewrite


def _is_plain(value: Any) -> bool:
    """Whether there is no tensor of the graph inside a value."""
    if isinstance(value, Mapping):
        return value.get("class_name") != "__keras_tensor__" and all(map(_is_plain, value.values()))
    return not isinstance(value, list) or all(map(_is_plain, value))


def _reduction(cls: str) -> _Rewrite:
    names = {"axis": "axis", "keepdims": "keepdims", "keep_dims": "keepdims"}
    return _renamed(cls, {**names, "reduction_indices": "axis"})


def _joined(cls: str) -> _Rewrite:
    """An operation on a list of tensors."""

    def rewrite(first: Any, others: Arguments) -> Rewritten:
        axis = others.get("axis", 0)
        if not isinstance(first, list) or type(axis) is not int:
            return None
        return cls, {"xs" if cls == "Concatenate" else "x": first, "axis": axis}

    return rewrite


def _sliced(first: Any, others: Arguments) -> Rewritten:
    key = others.get("slice_spec")
    return ("GetItem", {"x": first, "key": key}) if _is_plain([key]) else None


def _split(first: Any, others: Arguments) -> Rewritten:
    sizes, axis = others.get("num_or_size_splits"), others.get("axis", 0)
    if isinstance(sizes, list) and all(type(size) is int and size >= 0 for size in sizes):
        ends = [sum(sizes[: index + 1]) for index in range(len(sizes) - 1)]
        return "Split", {"x": first, "indices_or_sections": ends, "axis": axis}
    if type(sizes) is int:
        return "Split", {"x": first, "indices_or_sections": sizes, "axis": axis}
    return None


def _unstacked(first: Any, others: Arguments) -> Rewritten:
    axis, num = others.get("axis", 0), others.get("num")
    # How many tensors it returns is known where the file says so.
    return None if type(num) is not int else ("Unstack", {"x": first, "num": num, "axis": axis})


def _where(first: Any, others: Arguments) -> Rewritten:
    if others.get("x") is None or others.get("y") is None:
        return None
    return "Where", {"condition": first, "x1": others["x"], "x2": others["y"]}


def _transpose(first: Any, others: Arguments) -> Rewritten:
    if others.get("conjugate") or not _is_plain([others.get("perm")]):
        return None
    axes = others.get("perm")
    return "Transpose", {"x": first, **({} if axes is None else {"axes": axes})}


def _gather(first: Any, others: Arguments) -> Rewritten:
    axis = others.get("axis")
    if others.get("batch_dims") or type(axis) not in (int, type(None)):
        return None
    indices = others.get("indices")
    return "Take", {"x": first, "indices": indices, "axis": axis or 0}


def _pad(first: Any, others: Arguments) -> Rewritten:
    widths, mode = others.get("paddings"), str(others.get("mode") or "CONSTANT").lower()
    value = others.get("constant_values") or 0
    if not _is_plain([widths, value]):
        return None
    filled = {"constant_values": value} if value and mode == "constant" else {}
    return "Pad", {"x": first, "pad_width": widths, "mode": mode, **filled}


def _norm(first: Any, others: Arguments) -> Rewritten:
    if others.get("ord", "euclidean") not in ("euclidean", 2):
        return None
    axis, keepdims = others.get("axis"), bool(others.get("keepdims"))
    return "Norm", {"x": first, "axis": axis, "keepdims": keepdims}


_AXIS = {"axis": "axis"}
# By the last part of a function's name, whatever the module.
FUNCTIONS: Mapping[str, _Rewrite] = {
    "add": _pair("Add"),
    "subtract": _pair("Subtract"),
    "sub": _pair("Subtract"),
    "multiply": _pair("Multiply"),
    "mul": _pair("Multiply"),
    "truediv": _pair("TrueDivide"),
    "divide": _pair("TrueDivide"),
    "div": _pair("TrueDivide"),
    "floordiv": _pair("FloorDivide"),
    "floormod": _pair("Mod"),
    "pow": _pair("Power"),
    "maximum": _pair("Maximum"),
    "minimum": _pair("Minimum"),
    "greater": _pair("Greater"),
    "greater_equal": _pair("GreaterEqual"),
    "less": _pair("Less"),
    "less_equal": _pair("LessEqual"),
    "equal": _pair("Equal"),
    "not_equal": _pair("NotEqual"),
    "eq": _pair("Equal"),
    "ne": _pair("NotEqual"),
    "logical_and": _pair("LogicalAnd"),
    "logical_or": _pair("LogicalOr"),
    "matmul": _pair("Matmul"),
    "negative": _same("Negative"),
    "neg": _same("Negative"),
    "abs": _same("Absolute"),
    "square": _same("Square"),
    "sqrt": _same("Sqrt"),
    "rsqrt": _same("Rsqrt"),
    "reciprocal": _same("Reciprocal"),
    "exp": _same("Exp"),
    "log": _same("Log"),
    "log1p": _same("Log1p"),
    "sin": _same("Sin"),
    "cos": _same("Cos"),
    "tanh": _same("Tanh"),
    "sigmoid": _same("Sigmoid"),
    "relu": _same("Relu"),
    "relu6": _same("Relu6"),
    "elu": _same("Elu"),
    "selu": _same("Selu"),
    "softplus": _same("Softplus"),
    "softsign": _same("Softsign"),
    "silu": _same("Silu"),
    "swish": _same("Silu"),
    # Keras 3 approximates unless it is told not to.
    "gelu": _renamed("Gelu", {"approximate": "approximate"}, approximate=False),
    "leaky_relu": _renamed("LeakyRelu", {"alpha": "negative_slope"}, negative_slope=0.2),
    "erf": _same("Erf"),
    "floor": _same("Floor"),
    "ceil": _same("Ceil"),
    "round": _same("Round"),
    "sign": _same("Sign"),
    "logical_not": _same("LogicalNot"),
    "is_nan": _same("Isnan"),
    "zeros_like": _same("ZerosLike"),
    "ones_like": _same("OnesLike"),
    "reduce_mean": _reduction("Mean"),
    "reduce_sum": _reduction("Sum"),
    "reduce_max": _reduction("Max"),
    "reduce_min": _reduction("Min"),
    "reduce_prod": _reduction("Prod"),
    "reduce_any": _reduction("Any"),
    "reduce_all": _reduction("All"),
    "reduce_std": _reduction("Std"),
    "reduce_variance": _reduction("Var"),
    "reduce_logsumexp": _reduction("Logsumexp"),
    "argmax": _renamed("Argmax", _AXIS, axis=0),
    "argmin": _renamed("Argmin", _AXIS, axis=0),
    "cumsum": _renamed("Cumsum", _AXIS, axis=0),
    "softmax": _renamed("Softmax", _AXIS, axis=-1),
    "log_softmax": _renamed("LogSoftmax", _AXIS, axis=-1),
    "expand_dims": _renamed("ExpandDims", _AXIS),
    "squeeze": _renamed("Squeeze", _AXIS),
    "reverse": _renamed("Flip", _AXIS),
    "repeat": _renamed("Repeat", {"repeats": "repeats", **_AXIS}),
    "reshape": _renamed("Reshape", {"shape": "newshape"}),
    "broadcast_to": _renamed("BroadcastTo", {"shape": "shape"}),
    "tile": _renamed("Tile", {"multiples": "repeats"}),
    "cast": _renamed("Cast", {"dtype": "dtype"}),
    "one_hot": _renamed("OneHot", {"depth": "num_classes", **_AXIS}),
    "unstack": _unstacked,
    "clip_by_value": _renamed("Clip", {"clip_value_min": "x_min", "clip_value_max": "x_max"}),
    "l2_normalize": _renamed("Normalize", _AXIS),
    "concat": _joined("Concatenate"),
    "stack": _joined("Stack"),
    "getitem": _sliced,
    "split": _split,
    "where": _where,
    "transpose": _transpose,
    "gather": _gather,
    "pad": _pad,
    "norm": _norm,
}


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
