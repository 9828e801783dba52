"""Axes of size 0: Keras runs most layers on empty tensors, and the others are refused here."""

from __future__ import annotations

from collections.abc import Sequence

from rnncli.keras_api.traits import traits
from rnncli.problems import Fix
from rnncli.report.shapes import shown
from rnncli.rules.policies import is_quantized_call, scales_input
from rnncli.rules.rule import LayerCall
from rnncli.rules.sequences import shape_fix
from rnncli.rules.windows import channels_first


def check_empty(call: LayerCall) -> None:
    """Refuses an axis of size 0 where Keras needs an element along it."""
    axes = call.x.axes
    if 0 not in axes:
        return
    empty = [axis for axis in _needed(call) if axes[axis] == 0]
    if empty:
        _refuse(call, empty)
    channels = 1 if channels_first(call) else -1
    if (
        "maximum" in traits(call.layer.cls).needs
        and axes[channels] == 0
        and _padding(call) == "valid"
    ):
        call.fails_in_graph("it reads no channels", "give it at least one")


def _needed(call: LayerCall) -> Sequence[int]:
    """The axes of the input that must not be empty."""
    cls, rank = call.layer.cls, call.x.rank
    needs = traits(cls).needs
    # TensorFlow returns an empty tensor in its own shape, and takes no maximum of no elements.
    if ("elements" in needs and rank == _rank_of_a_batch(cls)) or _interpolates(call):
        return range(1, rank)
    if "step" in needs and rank > 2 and call.x.axes[1] == 0:
        return [1]
    if scales_input(call):
        # The scale is a maximum.
        return range(1, rank)
    channels = 1 if channels_first(call) else rank - 1
    space = [axis for axis in range(1, rank) if axis != channels] if "space" in needs else []
    if space or "channels" in needs:
        return [*space, *([channels] if "channels" in needs else [])]
    if cls == "GroupNormalization" and call["axis"] % rank:
        return [call["axis"] % rank]
    # The fused kernel of product and bias ends the process where there is nothing to multiply.
    fused = "product" in needs and call["use_bias"] and call.compute == "float32"
    fused = fused and not is_quantized_call(call)
    return [rank - 1] if fused and (cls != "Dense" or rank == 2) else []


def _rank_of_a_batch(cls: str) -> int:
    """The rank of a batch of samples, or of frames over time."""
    return int(cls[-2]) + (3 if traits(cls).recurrent_over else 2)


def _interpolates(call: LayerCall) -> bool:
    return call.layer.cls == "UpSampling2D" and call["interpolation"] != "nearest"


def _padding(call: LayerCall) -> str:
    return call["padding"] if "padding" in call.layer.signature.arguments else "valid"


def _refuse(call: LayerCall, empty: Sequence[int]) -> None:
    x = call.x
    what = "element along every axis"
    if "step" in traits(call.layer.cls).needs and empty == [1]:
        what = "step"
    elif empty == [x.rank - 1]:
        what = "feature"
    fix: str | Fix = f"give the input at least one {what}, and let the layers before it leave one"
    if x.producer is None:
        size = None if what == "step" else 8
        sizes = [size if axis in empty else known for axis, known in enumerate(x.axes)]
        words = f"give the input at least one {what}"
        words += ", or null where their number is unknown" if what == "step" else ""
        fix = shape_fix(x, words, sizes[1:])
    call.refuse(
        "empty-axis",
        f"{call.layer.label} needs at least one {what}, but reads {shown(x.shape)}",
        fix,
    )
