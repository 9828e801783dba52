"""Operations that move, repeat, pad or clear elements along axes."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

from rnncli.layers.ops.axes import (
    along,
    axes_of,
    refuse_dtypes,
    require_max_rank,
    require_size,
    with_size,
)
from rnncli.layers.ops.operands import refuse_strings, result
from rnncli.report.shapes import Axis, product, shown
from rnncli.rules.requirements import require_min_rank
from rnncli.rules.rule import LayerCall, LayerPlan, Rule
from rnncli.rules.sizes import alike


def flip(call: LayerCall) -> LayerPlan:
    """The elements in reverse order along axis."""
    require_max_rank(call, 8)
    axes_of(call)
    return result(call, call.x.axes, call.x.dtype)


def roll(call: LayerCall) -> LayerPlan:
    """The elements moved by shift along axis; those that leave it enter at its other end."""
    axis, shift = call["axis"], call["shift"]
    axes_of(call, twice=True)
    counts = [len(value) if isinstance(value, list) else None for value in (shift, axis)]
    if counts[0] != counts[1] or counts[0] == 0:
        call.refuse(
            "wrong-value",
            f"{call.layer.label} must have one shift for each axis",
            "such as {shift: 1, axis: 1} or {shift: [1, 2], axis: [1, 2]}",
            argument="shift",
        )
    return result(call, call.x.axes, call.x.dtype)


def tile(call: LayerCall) -> LayerPlan:
    """The whole tensor repeated along its axes, the last of which repeats names last."""
    refuse_dtypes(call, ("uint16",), "repeats no uint16", "put ops.cast: int32 before it")
    repeats: list[int] = call["repeats"] if isinstance(call["repeats"], list) else [call["repeats"]]
    axes = call.x.axes
    rank = max(len(axes), len(repeats))
    sizes = (*[1] * (rank - len(axes)), *axes)
    counts = (*[1] * (rank - len(repeats)), *repeats)
    shape = [product(pair) for pair in zip(sizes, counts, strict=True)]
    return result(call, tuple(shape), call.x.dtype)


def repeat(call: LayerCall) -> LayerPlan:
    """Each element along axis repeated, all equally often or each by its own number."""
    shape, axis = along(call)
    size, repeats = shape[axis], call["repeats"]
    if not isinstance(repeats, list) or len(repeats) == 1:
        times = repeats[0] if isinstance(repeats, list) else repeats
        return result(call, with_size(shape, axis, product((size, times))), call.x.dtype)
    if not alike((size, len(repeats))):
        call.refuse(
            "wrong-value",
            f"repeats of {call.layer.label} has {len(repeats)} numbers for the {size} elements "
            f"along axis {axis} of {shown(shape)}",
            "give a number for each, or a single one",
            argument="repeats",
        )
    repeated: Axis = None if size is None else sum(repeats)
    return result(call, with_size(shape, axis, repeated), call.x.dtype)


def pad(call: LayerCall) -> LayerPlan:
    """The tensor with more elements before and after, along each axis, the batch among them."""
    axes, mode, value = call.x.axes, call["mode"], call["constant_values"]
    require_max_rank(call, 8 if mode == "constant" else 5)
    widths = _widths(call)
    if _joined(widths) > 6:
        call.refuse(
            "wrong-rank",
            f"{call.layer.label} pads {shown(axes)}, and TensorFlow pads at most 6 axes, where "
            "neighbours without padding count as one",
            "pad in two steps",
        )
    if value is not None and mode != "constant":
        call.refuse(
            "wrong-value",
            f"{call.layer.label} pads by mode: {mode}, and constant_values is for mode: constant",
            "leave one of them out",
            argument="constant_values",
        )
    # TensorFlow pads with zeros of the tensor's own dtype, however the zero is written.
    if value and (
        call.x.dtype in ("bool", "string") or (isinstance(value, float) and not call.x.is_float)
    ):
        call.refuse(
            "wrong-dtype",
            f"constant_values of {call.layer.label} must be a {call.x.dtype}, as what it reads, "
            f"not {value}",
            "leave constant_values out, for 0",
            argument="constant_values",
        )
    for axis, width in enumerate(widths):
        if mode != "constant" and any(width):
            # What is mirrored is as long as the padding; reflect leaves the border out.
            require_size(call, axis, max(width) + (mode == "reflect"), "pad_width", axes)
    shape = [
        None if size is None else size + sum(width)
        for size, width in zip(axes, widths, strict=True)
    ]
    return result(call, tuple(shape), call.x.dtype)


def _joined(widths: list[list[int]]) -> int:
    """How many axes TensorFlow pads: those without padding that lie side by side are one."""
    runs = groupby(widths, key=any)
    return sum(len([*run]) if padded else 1 for padded, run in runs)


def _widths(call: LayerCall) -> list[list[int]]:
    """How many elements are added before and after, along each axis."""
    widths, rank = call["pad_width"], call.x.rank
    pairs: list[list[int]]
    if isinstance(widths, int):
        pairs = [[widths, widths]]
    elif all(isinstance(pair, int) for pair in widths):
        pairs = [widths]
    else:
        # A single number is for both ends, if each axis has one.
        single = all(len(pair) == 1 for pair in widths)
        pairs = [pair * 2 if single else pair for pair in widths]
    if len(pairs) != rank or any(len(pair) != 2 for pair in pairs):
        call.refuse(
            "wrong-value",
            f"pad_width of {call.layer.label} must have a pair [before, after] for each of the "
            f"{rank} axes of {shown(call.x.shape)}",
            f"such as {[[0, 0], *[[1, 1]] * (rank - 1)]}, with [0, 0] for the batch",
            argument="pad_width",
        )
    return pairs


def triangle(call: LayerCall) -> LayerPlan:
    """The matrices of the last two axes with zeros below or above a diagonal."""
    require_min_rank(call, 2, "matrices along its last two axes")
    k, rank = call["k"], call.x.rank
    if k < 0 if call.layer.cls == "ops.tril" else k > 0:
        require_max_rank(call, 8)
    elif call.x.dtype == "string":
        refuse_strings(call, f"with k: {k}")
    if call.layer.cls == "ops.tril" and k > 0:
        require_size(call, rank - 1, k, "k", call.x.axes)
    if call.layer.cls == "ops.triu" and k < 0:
        require_size(call, rank - 2, -k, "k", call.x.axes)
    return result(call, call.x.axes, call.x.dtype)


RULES: Mapping[str, Rule] = {
    "ops.flip": flip,
    "ops.roll": roll,
    "ops.tile": tile,
    "ops.repeat": repeat,
    "ops.pad": pad,
    "ops.triu": triangle,
    "ops.tril": triangle,
}
