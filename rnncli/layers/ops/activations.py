"""Activations of ``keras.ops``, and what normalises a tensor along an axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rnncli.layers.core.core import check_softmax
from rnncli.layers.ops.elementwise import function
from rnncli.layers.ops.operands import NUMERIC, REAL, as_float, require_family, result
from rnncli.report.shapes import shown
from rnncli.rules.dtypes import promoted
from rnncli.rules.rule import LayerCall, LayerPlan, Rule


def softmax(call: LayerCall) -> LayerPlan:
    """Floats that add up to 1 along one axis, or over all of them."""
    if isinstance(call["axis"], list):
        call.refuse(
            "wrong-value",
            f"{call.layer.label} takes one axis: over a list of axes, it runs when it is called, "
            "and fails in model.predict",
            _one_axis(call),
            argument="axis",
        )
    _checked_axes(call)
    require_family(call, call.inputs, ("float",))
    if call["axis"] is not None and call.layer.cls == "ops.softmax":
        check_softmax(call, call.x.rank, call.x.dtype)
    return result(call, call.x.axes, call.x.dtype)


def leaky_relu(call: LayerCall) -> LayerPlan:
    """Negative numbers times a slope; integers become float32, though Keras infers that they stay
    as they are."""
    require_family(call, call.inputs, ("float", "signed", "unsigned"))
    return result(call, call.x.axes, as_float(call.x.dtype))


def normalize(call: LayerCall) -> LayerPlan:
    """A tensor divided by its norm over some axes; ``order`` is the order of the norm."""
    axes, order = _checked_axes(call), call["order"]
    require_family(call, call.inputs, ("float",) if order == 2 else REAL)
    if order == 2:
        _check_square_norm(call, axes)
    elif not 1 <= len(axes) <= (2 if order == 1 else 1):
        call.refuse(
            "wrong-value",
            f"{call.layer.label} takes the norm of order {order} over {len(axes)} axes, and "
            f"TensorFlow takes it over {'one or two' if order == 1 else 'one'}",
            "write one axis, or leave order out",
            argument="axis",
        )
    return result(call, call.x.axes, as_float(call.x.dtype))


def _check_square_norm(call: LayerCall, axes: Sequence[int]) -> None:
    """Refuses what the norm of order 2 cannot take."""
    if len({*axes}) < len(axes):
        call.refuse(
            "wrong-value",
            f"axis of {call.layer.label} names an axis twice",
            "name each axis once",
            argument="axis",
        )
    if call["epsilon"] == 0:
        call.refuse(
            "wrong-value",
            f"{call.layer.label} divides by epsilon, which must not be 0",
            "leave epsilon out, and it is 1e-07",
            argument="epsilon",
        )


def _checked_axes(call: LayerCall) -> list[int]:
    """The axes that an operation works along, counted from the first; null means all of them."""
    rank, axis = call.x.rank, call["axis"]
    axes = range(rank) if axis is None else axis if isinstance(axis, list) else [axis]
    for number in axes:
        if not -rank <= number < rank:
            call.refuse(
                "wrong-value",
                f"{call.layer.label} reads {shown(call.x.shape)}, which has no axis {number}",
                f"name axes from 0, the batch, to {rank - 1}",
                argument="axis",
            )
    return [number % rank for number in axes]


def _one_axis(call: LayerCall) -> str:
    """The fix for a softmax over a list of axes."""
    axes = call["axis"]
    if len(axes) == 1:
        return f"write axis: {axes[0]}"
    if axes and call.layer.cls == "ops.softmax":
        return f"write Softmax: {{axis: {axes}}} in its place, the layer, which takes several"
    return "write one axis, or null for all of them"


_of_floats = function("float")
_of_complex_too = function("float", "complex")
_kept = function("float", "signed", "unsigned")

RULES: Mapping[str, Rule] = {
    "ops.relu": _kept,
    "ops.relu6": _kept,
    "ops.leaky_relu": leaky_relu,
    "ops.elu": _of_floats,
    "ops.selu": _of_floats,
    "ops.celu": _of_floats,
    "ops.gelu": _of_floats,
    "ops.silu": _of_complex_too,
    "ops.hard_silu": _of_floats,
    "ops.sigmoid": _of_complex_too,
    "ops.log_sigmoid": _of_floats,
    "ops.hard_sigmoid": _of_floats,
    "ops.tanh": function(*NUMERIC, dtype=lambda dtype: as_float(promoted([dtype, dtype]))),
    "ops.hard_tanh": _of_floats,
    "ops.softplus": _of_floats,
    "ops.softsign": _of_floats,
    "ops.softmax": softmax,
    "ops.log_softmax": softmax,
    "ops.normalize": normalize,
}
