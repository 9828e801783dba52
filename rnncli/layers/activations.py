"""Activation layers: ELU, LeakyReLU, PReLU, ReLU and Softmax."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from rnncli.layers.core.core import check_selection, check_softmax
from rnncli.layers.normalization import check_axis
from rnncli.report.shapes import shown
from rnncli.rules.dtypes import promoted
from rnncli.rules.requirements import known_size, refuse_dtypes, require_float
from rnncli.rules.rule import LayerCall, LayerPlan, Rule, source
from rnncli.rules.tensors import Tensor, covers, stretched
from rnncli.rules.weights import make_weight


def cast_to_compute_dtype(call: LayerCall) -> LayerPlan:
    """The same shape, computed in the layer's dtype."""
    x = call.x
    return LayerPlan(
        (call.output(x.shape, masked=x.masked),),
        mask="passes" if x.masked else None,
    )


def relu(call: LayerCall) -> LayerPlan:
    """The same shape; integers stay integers, unless a slope makes fractions of them."""
    refuse_dtypes(call, "compares numbers with a threshold", "bool")
    facts = call.passthrough()
    if call.x.is_float:
        return facts
    dtype = call.x.dtype
    if call["negative_slope"]:
        dtype = _sloped_dtype(call, dtype)
    elif call["threshold"]:
        dtype = promoted([dtype, dtype])
    return replace(facts, outputs=(replace(facts.output, dtype=dtype),))


def _sloped_dtype(call: LayerCall, dtype: str) -> str:
    """The dtype of integers with a slope, whose negative part Keras subtracts without a cast."""
    if call["max_value"] is None and not call["threshold"]:
        return "float32"
    whole = all(isinstance(call[name], int) for name in ("negative_slope", "threshold"))
    if dtype.startswith("u") or not whole:
        call.refuse(
            "wrong-dtype",
            f"{call.layer.label} takes a part of {dtype} numbers away from them, with "
            "negative_slope beside max_value or threshold, and Keras does not cast it",
            "give the input dtype: float32, or put Rescaling: 1 before it",
            argument="negative_slope",
        )
    return dtype


def leaky_relu(call: LayerCall) -> LayerPlan:
    """The same shape; integers become float32, whatever the layer's dtype."""
    refuse_dtypes(call, "multiplies by a slope", "bool")
    facts = cast_to_compute_dtype(call)
    if call.x.is_float:
        return facts
    return replace(facts, outputs=(replace(facts.output, dtype="float32"),))


def elu(call: LayerCall) -> LayerPlan:
    """The same shape, of floating-point numbers only."""
    if not call.x.is_float:
        call.refuse(
            "wrong-dtype",
            f"{call.layer.label} computes fractions, and {source(call.x)} {call.x.dtype}",
            "give the input a float dtype, or put Rescaling: 1 before it",
        )
    return cast_to_compute_dtype(call)


def softmax(call: LayerCall) -> LayerPlan:
    """The same shape, normalised along axis."""
    axes = call["axis"] if isinstance(call["axis"], list) else [call["axis"]]
    for axis in axes:
        check_axis(call, axis)
    if not call.x.masked:
        require_float(call)
    if isinstance(call["axis"], int):
        check_softmax(call, call.x.rank)
    else:
        check_selection(call, call.x.rank)
    _check_mask(call)
    plan = replace(cast_to_compute_dtype(call), mask="uses" if call.x.masked else None)
    if call.x.is_float:
        return plan
    # A mask is added as float32, which makes floats of integers, whatever the layer's dtype.
    return replace(plan, outputs=(replace(plan.output, dtype="float32"),))


def _check_mask(call: LayerCall) -> None:
    """Refuses a mask that does not fit: Softmax aligns it with the trailing axes."""
    mask, axes = call.x.mask_shape or (), call.x.axes
    if call.x.masked and not covers(mask, axes):
        call.refuse(
            "mask-misfit",
            f"{call.layer.label} cannot apply the mask {shown(mask)} to {shown(axes)}",
            "use activation: softmax on the layer before it, or Activation: softmax, which leave "
            "the mask alone",
        )


def prelu(call: LayerCall) -> LayerPlan:
    """A slope for each element of a sample, or one for all along shared_axes (counted from 1)."""
    require_float(call)
    shared = call["shared_axes"] or []
    shared = shared if isinstance(shared, list) else [shared]
    if any(not -call.x.rank < axis < call.x.rank for axis in shared):
        call.refuse(
            "wrong-value",
            f"{call.layer.label} reads {shown(call.x.shape)}; its axes are 1 to {call.x.rank - 1}",
            "name axes behind the batch, which is axis 0",
            argument="shared_axes",
        )
    built = call.first[0] if call.first and call.first[0].rank == call.x.rank else call.x
    shape, words = [], []
    for axis in range(1, call.x.rank):
        is_shared = axis in shared
        shape.append(1 if is_shared else known_size(call, axis, f"{axis}.", built))
        words.append("1" if is_shared else f"axis_{axis}")
    weight = make_weight(call, "alpha", " × ".join(words), shape)
    return LayerPlan(
        (_sloped(call, built, shape, shared),),
        weights=(weight,),
        formula="·".join(words) + " = " + "·".join(map(str, shape)) if shape else None,
        mask="passes" if call.x.masked else None,
    )


def _sloped(call: LayerCall, built: Tensor, slopes: Sequence[int], shared: Sequence[int]) -> Tensor:
    """The output of PReLU.

    In a later call the input is broadcast to the slopes, though Keras infers that the shape stays
    the same. Where some axes are shared, the others must have the sizes that the layer was built
    for.
    """
    output, x = cast_to_compute_dtype(call).output, call.x.axes
    shape = x if built is call.x else stretched(x, slopes)
    pairs = zip(x[1:], slopes, strict=True)
    unshared = [pair for axis, pair in enumerate(pairs, 1) if shared and axis not in shared]
    if shape is None or any(size not in (None, slope) for size, slope in unshared):
        call.refuse(
            "shared-misfit",
            f"{call.layer.label} was built for {shown(built.shape)}, and its slopes of "
            f"{shown(tuple(slopes))} do not fit {shown(x)}",
            "make a layer of its own here",
        )
    return output if shape == x else replace(output, shape=shape, inferred=x)


RULES: Mapping[str, Rule] = {
    "ELU": elu,
    "LeakyReLU": leaky_relu,
    "PReLU": prelu,
    "ReLU": relu,
    "Softmax": softmax,
}
