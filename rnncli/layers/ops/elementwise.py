"""Functions of one tensor, element by element: powers, logarithms, waves, rounding, bounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rnncli.layers.core.core import check_selection
from rnncli.layers.ops.operands import (
    NUMERIC,
    REAL,
    as_float,
    itself,
    refuse_dtype,
    require_family,
    result,
)
from rnncli.report.shapes import is_float
from rnncli.rules.dtypes import Family, family, promoted
from rnncli.rules.rule import LayerCall, LayerPlan, Rule


def unchanged(dtype: str) -> str:
    """The dtype itself."""
    return dtype


def function(
    *families: Family, dtype: Callable[[str], str] = unchanged, same: tuple[Family, ...] = ()
) -> Rule:
    """The rule of a function of numbers of these families; ``dtype`` is of what it returns.

    Of numbers of the families in ``same`` it returns the tensor itself.
    """

    def rule(call: LayerCall) -> LayerPlan:
        require_family(call, call.inputs, families)
        if family(call.x.dtype) in same:
            return itself(call)
        return result(call, call.x.axes, dtype(call.x.dtype))

    return rule


def _promoted_float(dtype: str) -> str:
    """That of a fraction, where Keras promotes the operand with a float: complex64 at most."""
    return as_float(promoted([dtype, dtype]))


def _counted(dtype: str) -> str:
    return "int32" if dtype == "bool" else dtype


def _modulus(dtype: str) -> str:
    """The dtype of an absolute value; that of a complex number is real."""
    return {"complex64": "float32", "complex128": "float64"}.get(dtype, dtype)


def sign(call: LayerCall) -> LayerPlan:
    """-1, 0 or 1; TensorFlow has no sign of booleans and of uint64."""
    require_family(call, call.inputs, ("float", "signed", "unsigned", "complex"))
    if call.x.dtype == "uint64":
        refuse_dtype(call, call.x)
    return result(call, call.x.axes, call.x.dtype)


def clip(call: LayerCall) -> LayerPlan:
    """Numbers between two bounds, which are whole numbers where the tensor's are."""
    require_family(call, call.inputs, REAL)
    for name in ("x_min", "x_max"):
        if not is_float(call.x.dtype) and isinstance(call[name], float):
            call.refuse(
                "wrong-value",
                f"{name} of {call.layer.label} must be a whole number, as it bounds "
                f"{call.x.dtype} numbers",
                f"write {call[name]:.0f}, or put ops.cast: float32 before it",
                argument=name,
            )
    return result(call, call.x.axes, _counted(call.x.dtype))


def nan_to_num(call: LayerCall) -> LayerPlan:
    """NaN and infinity replaced by numbers; what is no float has neither, and stays as it is."""
    require_family(call, call.inputs, (*REAL, "float8", "string"))
    if not is_float(call.x.dtype):
        is_string = call.x.dtype == "string"
        return result(call, call.x.axes, call.x.dtype) if is_string else itself(call)
    check_selection(call, call.x.rank)
    return result(call, call.x.axes, call.x.dtype)


_exponential = function(*NUMERIC, dtype=as_float)
_logarithm = function(*NUMERIC, dtype=_promoted_float)
_integral = function(*REAL, dtype=as_float)
_of_floats = function("float")

RULES: Mapping[str, Rule] = {
    "ops.negative": function("float", "signed", "complex"),
    "ops.absolute": function(*NUMERIC, dtype=_modulus, same=("unsigned", "bool")),
    "ops.sign": sign,
    "ops.square": function(*NUMERIC, dtype=_counted),
    "ops.sqrt": _logarithm,
    "ops.rsqrt": function("float", "complex"),
    "ops.reciprocal": function("float", "complex"),
    "ops.exp": _exponential,
    "ops.expm1": _exponential,
    "ops.log": _logarithm,
    "ops.log1p": _logarithm,
    "ops.log2": _logarithm,
    "ops.log10": _logarithm,
    "ops.sin": _logarithm,
    "ops.cos": _logarithm,
    "ops.tan": _logarithm,
    "ops.erf": _of_floats,
    "ops.floor": _integral,
    "ops.ceil": _integral,
    "ops.round": function("float", "signed", "unsigned", same=("signed", "unsigned")),
    "ops.clip": clip,
    "ops.nan_to_num": nan_to_num,
}
