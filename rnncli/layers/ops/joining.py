"""Operations that join several tensors into one, or cut one into several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rnncli.layers.ops.axes import axis_of, require_size, with_size
from rnncli.layers.ops.operands import output, result
from rnncli.report.layer import Shape
from rnncli.report.shapes import add, shown
from rnncli.rules.dtypes import promoted
from rnncli.rules.requirements import require_min_rank
from rnncli.rules.rule import LayerCall, LayerPlan, Rule
from rnncli.rules.sizes import alike, divisible


def stack(call: LayerCall) -> LayerPlan:
    """Tensors of one shape along a new axis, at its place in the result."""
    axis = axis_of(call, rank=call.x.rank + 1)
    _require_alike(call, None)
    shape = (*call.x.axes[:axis], len(call.inputs), *call.x.axes[axis:])
    return result(call, shape, _joined_dtype(call))


def concatenate(call: LayerCall) -> LayerPlan:
    """Tensors joined along axis, which is the batch by default."""
    return _concatenated(call, axis_of(call))


def hstack(call: LayerCall) -> LayerPlan:
    """Tensors joined along their second axis."""
    for tensor in call.inputs:
        require_min_rank(call, 2, "tensors of at least two axes", tensor)
    return _concatenated(call, 1)


def vstack(call: LayerCall) -> LayerPlan:
    """Tensors joined along the batch."""
    require_min_rank(call, 1, "tensors with an axis")
    return _concatenated(call, 0)


def _concatenated(call: LayerCall, axis: int) -> LayerPlan:
    _require_alike(call, axis)
    size = add(*(tensor.axes[axis] for tensor in call.inputs))
    return result(call, with_size(call.x.axes, axis, size), _joined_dtype(call))


def _require_alike(call: LayerCall, joined: int | None) -> None:
    """Refuses tensors that differ in rank, or in the size of an axis that is not joined."""
    rank = call.x.rank
    if any(tensor.rank != rank for tensor in call.inputs) or not all(
        alike([tensor.axes[axis] for tensor in call.inputs])
        for axis in range(rank)
        if axis != joined
    ):
        shapes = " and ".join(shown(tensor.shape) for tensor in call.inputs)
        but = "" if joined is None else f", but for axis {joined}"
        call.refuse(
            "shape-mismatch",
            f"{call.layer.label} cannot join {shapes}",
            f"give them one shape{but}; the batch is axis 0",
        )


def _joined_dtype(call: LayerCall) -> str:
    """The dtype of joined tensors; one that all of them have stays."""
    dtypes = [tensor.dtype for tensor in call.inputs]
    if "string" in dtypes and len({*dtypes}) > 1:
        call.refuse(
            "wrong-dtype",
            f"{call.layer.label} joins words and numbers: {' and '.join(sorted({*dtypes}))}",
            "join words with words, or put StringLookup before it",
        )
    return dtypes[0] if len({*dtypes}) == 1 else promoted(dtypes)


def split(call: LayerCall) -> LayerPlan:
    """Equal parts along axis, or the parts that begin at some indices."""
    axis, sections = axis_of(call), call["indices_or_sections"]
    size = call.x.axes[axis]
    if isinstance(sections, int):
        if size is not None and not divisible(size, sections):
            call.refuse(
                "wrong-value",
                f"{call.layer.label} cannot cut the {size} elements along axis {axis} of "
                f"{shown(call.x.shape)} into {sections} equal parts",
                "give a number that divides them, or a list of indices, such as [1]",
                argument="indices_or_sections",
            )
        part = None if size is None else size // sections
        return _parts(call, [with_size(call.x.axes, axis, part)] * sections)
    if sections != sorted(sections):
        call.refuse(
            "wrong-value",
            f"indices_or_sections of {call.layer.label} must be indices in order, not {sections}",
            f"such as {sorted(sections)}",
            argument="indices_or_sections",
        )
    require_size(call, axis, sections[-1], "indices_or_sections", call.x.axes)
    known = [after - before for before, after in zip([0, *sections], sections, strict=False)]
    rest = None if size is None else size - sections[-1]
    return _parts(call, [with_size(call.x.axes, axis, part) for part in (*known, rest)])


def unstack(call: LayerCall) -> LayerPlan:
    """The elements along axis, each a tensor without that axis."""
    axis, count = axis_of(call), call["num"]
    size = call.x.axes[axis]
    if not alike((size, count)):
        call.refuse(
            "wrong-value",
            f"{call.layer.label} gives {count} tensors, and axis {axis} of {shown(call.x.shape)} "
            f"has {size} elements",
            f"set num: {size}" if type(size) is int else "give it a known length",
            argument="num",
        )
    return _parts(call, [(*call.x.axes[:axis], *call.x.axes[axis + 1 :])] * count)


def _parts(call: LayerCall, shapes: Sequence[Shape]) -> LayerPlan:
    dtype = call.x.dtype
    return LayerPlan(
        tuple(
            [output(call, shape, dtype, f"output_{number}") for number, shape in enumerate(shapes)]
        )
    )


RULES: Mapping[str, Rule] = {
    "ops.stack": stack,
    "ops.concatenate": concatenate,
    "ops.hstack": hstack,
    "ops.vstack": vstack,
    "ops.split": split,
    "ops.unstack": unstack,
}
