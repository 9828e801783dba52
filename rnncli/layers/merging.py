"""Layers that merge several tensors into one: Concatenate, Add and others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NoReturn

from msgspec.structs import replace

from rnncli.model.tensor_names import state_parts
from rnncli.report.layer import Shape
from rnncli.report.shapes import Axis, product, shown
from rnncli.rules.dtypes import divided, promoted
from rnncli.rules.length_fixes import length_fix
from rnncli.rules.requirements import require_batch
from rnncli.rules.rule import LayerCall, LayerPlan, Rule
from rnncli.rules.sizes import alike
from rnncli.rules.tensors import Tensor, broadcast, covers


def concatenate(call: LayerCall) -> LayerPlan:
    """Tensors joined along axis; their other axes have the same sizes."""
    _several(call)
    first = call.x
    axis: int = call["axis"]
    if any(tensor.rank != first.rank for tensor in call.inputs) or not (
        -first.rank <= axis < first.rank
    ):
        _mismatch(call, f"along axis {axis}", "give them the same number of axes")
    axis %= first.rank
    if axis:
        _check_batches(call)
    uneven = [
        number
        for number in range(1, first.rank)
        if number != axis and not alike([tensor.axes[number] for tensor in call.inputs])
    ]
    if uneven and uneven[-1] < first.rank - 1:
        fix = length_fix(call, uneven)
        if first.rank == 3 and alike([tensor.axes[2] for tensor in call.inputs]):
            fix += ", or set axis: 1 to join them in time"
        _mismatch(call, f"along axis {axis}", fix)
    if uneven:
        fix = "project them to the same size with a Dense, or choose another axis"
        _mismatch(call, f"along axis {axis}", fix)
    _check_words(call)
    sizes_along = [tensor.axes[axis] for tensor in call.inputs]
    total = None if None in sizes_along else sum(size or 0 for size in sizes_along)
    shape = (*first.axes[:axis], total, *first.axes[axis + 1 :])
    masked = any(tensor.masked for tensor in call.inputs)
    return _merged(call, shape, mask=_joined_mask(call, axis) if masked else None)


def elementwise(call: LayerCall) -> LayerPlan:
    """Tensors of shapes that broadcast, merged element by element."""
    _several(call)
    _check_words(call)
    shape = _broadcast(call)
    if all(tensor.dtype == "bool" for tensor in call.inputs[:2]):
        call.refuse(
            "wrong-dtype",
            f"{call.layer.label} computes with numbers, and its first two tensors are booleans",
            "give one of the inputs dtype: int32 or float32",
        )
    return _merged(call, shape, mask=_common_mask(call))


def without_masked(call: LayerCall) -> LayerPlan:
    """Tensors merged element by element, without masked elements; each mask must fit its tensor."""
    facts = elementwise(call)
    for x in call.inputs:
        if x.masked and not (len(x.mask) < x.rank and covers((*x.mask, 1), x.axes)):
            _mismatch(call, "with their masks", "merge them unmasked")
    output = facts.output
    if not output.masked:
        return facts
    return replace(facts, outputs=(replace(output, mask_shape=output.axes[:-1]),))


def average(call: LayerCall) -> LayerPlan:
    """The mean, which is a float even for integers."""
    facts = elementwise(call)
    dtype = divided(facts.output.dtype)
    return replace(facts, outputs=(replace(facts.output, dtype=dtype),))


def subtract(call: LayerCall) -> LayerPlan:
    """The first tensor minus the second."""
    _two(call)
    return elementwise(call)


def dot(call: LayerCall) -> LayerPlan:
    """Two tensors, multiplied and summed along one axis of each.

    The output has the other axes of the first tensor, then those of the second.
    """
    _two(call)
    axes = call["axes"]
    rest: list[Axis] = []
    summed: list[Axis] = []
    lost: list[Tensor] = []
    empty: list[Tensor] = []
    for number, tensor in enumerate(call.inputs):
        axis = axes if isinstance(axes, int) else axes[number]
        # Keras takes a lone negative number modulo the rank, however low it is.
        wraps = isinstance(axes, int) and axes < 0
        if not (wraps or -tensor.rank <= axis < tensor.rank) or axis % tensor.rank == 0:
            call.refuse(
                "wrong-value",
                f"{call.layer.label} reads {shown(tensor.shape)}; its axes are 1 to "
                f"{tensor.rank - 1}",
                "name axes behind the batch, which is axis 0",
                argument="axes",
            )
        axis %= tensor.rank
        kept = [*tensor.axes[1:axis], *tensor.axes[axis + 1 :]]
        if 0 in kept:
            # Keras makes matrices of more axes, and cannot tell how many rows an empty one has.
            (lost if tensor.rank > 3 and tensor.axes[axis] == 0 else empty).append(tensor)
        summed.append(tensor.axes[axis])
        rest += kept
    if lost and not empty:
        call.refuse(
            "empty-axis",
            f"{call.layer.label} needs at least one number for each product, but reads "
            f"{shown(lost[0].shape)}",
            "give what it reads elements along its axes",
        )
    # Keras wants both sizes known, or none, where it builds the layer.
    half_known = not call.first and (summed[0] is None) != (summed[1] is None)
    if not alike(summed) or half_known:
        _mismatch(call, "along axes of different size", "choose axes of equal size")
    if call["normalize"] and not all(tensor.is_float for tensor in call.inputs):
        call.refuse(
            "wrong-dtype",
            f"{call.layer.label} divides each vector by its length, which takes floating-point "
            f"numbers, not {' and '.join(tensor.dtype for tensor in call.inputs)}",
            "give both inputs dtype: float32, or leave normalize out",
            argument="normalize",
        )
    _check_batches(call)
    shape = (call.x.axes[0], *(rest or [1]))
    merged = _merged(call, shape)
    if all(tensor.dtype == "int8" for tensor in call.inputs):
        # A product of matrices of int8 is summed in int32.
        merged = replace(merged, outputs=(replace(merged.output, dtype="int32"),))
    return replace(merged, macs=product((*shape, summed[0])))


def _two(call: LayerCall) -> None:
    if len(call.inputs) != 2:
        call.refuse(
            "needs-several",
            f"{call.layer.label} takes two tensors, not {len(call.inputs)}",
            "name two: from: [a, b]",
        )
    require_batch(call)


def _several(call: LayerCall) -> None:
    if len(call.inputs) < 2:
        call.refuse(
            "needs-several",
            f"{call.layer.label} merges several tensors, and one reaches it",
            "name them: from: [a, b]",
        )
    require_batch(call)


def _check_batches(call: LayerCall) -> None:
    if not alike([tensor.axes[0] for tensor in call.inputs]):
        _mismatch(call, "of different batches", "let them keep axis 0, the batch, as it is")


def _check_words(call: LayerCall) -> None:
    dtypes = sorted({tensor.dtype for tensor in call.inputs})
    if "string" in dtypes and len(dtypes) > 1:
        call.refuse(
            "wrong-dtype",
            f"{call.layer.label} joins words and numbers: {' and '.join(dtypes)}",
            "join words with words, or put StringLookup before it",
        )


def _broadcast(call: LayerCall) -> Shape:
    if (
        len({tensor.rank for tensor in call.first}) == 1
        and len({tensor.rank for tensor in call.inputs}) > 1
    ):
        return _as_they_are(call)
    # Keras aligns a shorter shape on the right, behind the batch.
    merged = broadcast(*(tensor.axes[1:] for tensor in call.inputs))
    batch = _batch(call)
    if merged is None or batch is None:
        _mismatch(call, "element by element", _broadcast_fix(call))
    return (*batch, *merged)


def _batch(call: LayerCall) -> Shape | None:
    """The batch of the merged tensor; None where the inputs' do not fit.

    Keras wants those that it knows alike, and broadcasts those that depend on a length.
    """
    batches = {tensor.axes[0] for tensor in call.inputs}
    if len({batch for batch in batches if type(batch) is int}) > 1:
        return None
    return tuple(batches) if len(batches) == 1 else broadcast(*((batch,) for batch in batches))


def _as_they_are(call: LayerCall) -> Shape:
    """The merged shape, in a later call of a layer that was built for tensors of one rank.

    Such a layer aligns all axes on the right, the batch included.
    """
    merged = broadcast(*(tensor.axes for tensor in call.inputs))
    if merged is None:
        built, joined = (
            " and ".join(shown(tensor.shape) for tensor in tensors)
            for tensors in (call.first, call.inputs)
        )
        call.refuse(
            "shared-misfit",
            f"{call.layer.label} was built for {built}, of one rank, and cannot merge {joined}: it "
            "does not line their axes up",
            "make a layer of its own here",
        )
    return merged


def _broadcast_fix(call: LayerCall) -> str:
    """How to make the shapes of the inputs fit: in time, in width, or both."""
    project = "project them to the same size with a Dense"
    rank = call.x.rank
    if any(tensor.rank != rank for tensor in call.inputs):
        return project
    uneven = [
        number
        for number in range(1, rank)
        if broadcast(*((tensor.axes[number],) for tensor in call.inputs)) is None
    ]
    in_time = [number for number in uneven if number < rank - 1]
    if not in_time:
        return project
    fix = length_fix(call, in_time)
    return fix if in_time == uneven else f"{fix}; and {project}"


def _common_mask(call: LayerCall) -> Shape | None:
    """The mask of the output, where each input has a mask."""
    masks = [tensor.mask for tensor in call.inputs if tensor.masked]
    if len(masks) < len(call.inputs):
        return None
    # Masks are aligned on the right, the batch included.
    common = broadcast(*masks)
    if common is None:
        _mismatch(call, "with their masks", "give them as many axes, or merge them unmasked")
    return common


def _joined_mask(call: LayerCall, axis: int) -> Shape:
    """The mask of tensors that are joined along an axis.

    A mask with fewer axes than its tensor is broadcast to it, aligned on the right.
    """
    masks: list[Shape] = []
    for x in call.inputs:
        mask = x.mask if x.masked else x.axes
        if x.masked and len(mask) < x.rank:
            mask = broadcast((*mask, 1), x.axes) or ()
        masks.append(mask)
    if len({len(mask) for mask in masks}) > 1 or not masks[0]:
        _mismatch(call, "with their masks", "merge them unmasked")
    sizes = [mask[axis] for mask in masks]
    joined = [*masks[0]]
    joined[axis] = None if None in sizes else sum(size or 0 for size in sizes)
    for number in range(len(joined)):
        if number != axis and not alike([mask[number] for mask in masks]):
            _mismatch(call, "with their masks", "merge them unmasked")
    return tuple(joined[:-1])


def _merged(call: LayerCall, shape: Shape, mask: Shape | None = None) -> LayerPlan:
    dtypes = [tensor.dtype for tensor in call.inputs]
    kept = len({*dtypes}) == 1 and (call.layer.cls == "Concatenate" or dtypes[0] == "string")
    output = call.output(
        shape,
        dtype=dtypes[0] if kept else promoted(dtypes),
        masked=mask is not None,
        mask_shape=mask,
        last_step_of=None,
        state=_state(call.inputs),
    )
    return LayerPlan((output,), mask="passes" if mask is not None else None)


def _state(merged: Sequence[Tensor]) -> str | None:
    """The kind of state that all merged tensors are, such as the h of two directions."""
    kinds = {state_parts(tensor.state or "")[0] for tensor in merged}
    return kinds.pop() or None if len(kinds) == 1 else None


def _mismatch(call: LayerCall, how: str, fix: str) -> NoReturn:
    shapes = " and ".join(shown(tensor.shape) for tensor in call.inputs)
    call.refuse("shape-mismatch", f"{call.layer.label} cannot join {shapes} {how}", fix)


RULES: Mapping[str, Rule] = {
    "Add": elementwise,
    "Average": average,
    "Concatenate": concatenate,
    "Dot": dot,
    "Maximum": without_masked,
    "Minimum": without_masked,
    "Multiply": without_masked,
    "Subtract": subtract,
}
