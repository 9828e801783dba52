"""The functions of TensorFlow that ``keras.ops`` has as well, by name and by arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Arguments = Mapping[str, Any]
# The class in Keras 3, and the arguments of its call; None where they cannot be rewritten.
Rewritten = tuple[str, dict[str, Any]] | None
_Rewrite = Callable[[Any, Arguments], Rewritten]


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
        return (cls, {"x": first, **arguments}) if is_plain(arguments) else None

    return rewrite


def is_plain(value: Any) -> bool:
    """Whether there is no tensor of the graph inside a value."""
    if isinstance(value, Mapping):
        return value.get("class_name") != "__keras_tensor__" and all(map(is_plain, value.values()))
    return not isinstance(value, list) or all(map(is_plain, value))


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
    return ("GetItem", {"x": first, "key": key}) if is_plain([key]) else None


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
    if others.get("conjugate") or not is_plain([others.get("perm")]):
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
    if not is_plain([widths, value]):
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
