"""Operations that take elements by their indices: Python's indexing, and lists of indices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from rnncli.layers.ops.axes import (
    along,
    broadcast_as_inferred,
    refuse_short,
    require_max_rank,
    with_size,
)
from rnncli.layers.ops.operands import result, written_operand
from rnncli.model.indexing import ELLIPSIS, Entry, NotAnIndex, Slice, index_text, parse_index
from rnncli.problems import Place
from rnncli.report.layer import Shape
from rnncli.report.shapes import Axis, shown
from rnncli.rules.rule import LayerCall, LayerPlan, Rule
from rnncli.rules.sizes import at_least
from rnncli.rules.tensors import Tensor

# The dtypes of the indices that TensorFlow takes elements by.
_INDICES = ("int16", "int32", "int64")


def get_item(call: LayerCall) -> LayerPlan:
    """The part of a tensor that an index names, as in Python: ``x[:, -1]``."""
    try:
        entries = parse_index(call["key"])
    except NotAnIndex as error:
        call.refuse(
            "wrong-value",
            f"the index of {call.layer.label} {error.reason}",
            "write it as in Python, such as [:, -1], [0:3] or [..., None]",
            at=_part_of(call.place("key"), index_text(call["key"]), error),
        )
    named = len([entry for entry in entries if entry is not None and entry is not ELLIPSIS])
    rank = call.x.rank
    if named > rank:
        call.refuse(
            "wrong-rank",
            f"the index of {call.layer.label} names {named} axes, and {shown(call.x.shape)} has "
            f"{rank}",
            "leave some out; the batch is the first",
            argument="key",
        )
    require_max_rank(call, 8)
    if ELLIPSIS not in entries:
        entries = (*entries, ELLIPSIS)
    shape = tuple(_indexed(call, entries, rank - named))
    return result(call, shape, call.x.dtype)


def _part_of(place: Place, text: str, error: NotAnIndex) -> Place:
    """The place of a part of an index, if the line has its text as it is."""
    line = place.source.lines[place.line - 1]
    start = line.find(text, place.column - 1)
    if not place.verbatim or start < 0:
        return place
    first = start + error.position + 1
    return replace(place, column=first, end=first + max(1, len(error.part)))


def _indexed(call: LayerCall, entries: Sequence[Entry], left: int) -> Iterator[Axis]:
    """The axes of the part that entries name; ``left`` axes are those of the ellipsis."""
    axis = 0
    for entry in entries:
        if entry is None:
            yield 1
        elif entry is ELLIPSIS:
            yield from call.x.axes[axis : axis + left]
            axis += left
        elif isinstance(entry, Slice):
            yield _sliced(call.x.axes[axis], entry)
            axis += 1
        else:
            assert isinstance(entry, int)
            _require_index(call, axis, entry, "key", call.x.axes)
            axis += 1


def _sliced(size: Axis, part: Slice) -> Axis:
    """How many elements of an axis are in a slice; Python takes bounds beyond an end for it."""
    if size is None:
        return None
    step = part.step or 1
    if step > 0:
        start = _bound(size, 0 if part.start is None else part.start, 0, size)
        stop = size if part.stop is None else _bound(size, part.stop, 0, size)
        span = stop - start
    else:
        start = size - 1 if part.start is None else _bound(size, part.start, -1, size - 1)
        stop = -1 if part.stop is None else _bound(size, part.stop, -1, size - 1)
        span = start - stop
    if not at_least(span, 0):
        return 0
    return (span + abs(step) - 1) // abs(step)


def _bound(size: int, bound: int, least: int, most: int) -> int:
    """A bound of a slice, counted from the first element, from ``least`` to ``most``."""
    if bound < 0:
        return size + bound if at_least(size, least - bound) else least
    return bound if at_least(most, bound) else most


def take(call: LayerCall) -> LayerPlan:
    """The elements at some indices along axis, or of all elements in a row."""
    if call.layer.reads[0] != "x":
        call.refuse(
            "wrong-value",
            f"{call.layer.label} takes elements of a tensor, and x is no tensor",
            "name x in from: {x: a, indices: b}",
            argument="x",
        )
    indices = written_operand(call, "indices")
    shape, axis = along(call)
    if isinstance(indices, Tensor):
        if indices.dtype not in _INDICES:
            call.refuse(
                "wrong-dtype",
                f"{call.layer.label} takes elements by int16, int32 or int64, not by "
                f"{indices.dtype}",
                "give the indices dtype: int32",
            )
        places: Shape = indices.axes
    else:
        places = _list_shape(call, indices)
        for index in _flat(indices):
            _require_index(call, axis, index, "indices", shape)
    if call["axis"] is None:
        return result(call, places, call.x.dtype)
    return result(call, (*shape[:axis], *places, *shape[axis + 1 :]), call.x.dtype)


def _list_shape(call: LayerCall, indices: Any) -> tuple[int, ...]:
    """The shape of an integer, or of nested lists of them, which must be of one length."""
    if not isinstance(indices, list):
        return ()
    shapes = {_list_shape(call, entry) for entry in indices}
    if len(shapes) != 1:
        call.refuse(
            "wrong-value",
            f"indices of {call.layer.label} must be lists of one length",
            "give all lists inside the same length",
            argument="indices",
        )
    return (len(indices), *shapes.pop())


def _flat(indices: Any) -> Iterator[int]:
    if isinstance(indices, list):
        for entry in indices:
            yield from _flat(entry)
    else:
        yield indices


def _require_index(call: LayerCall, axis: int, index: int, argument: str, shape: Shape) -> None:
    """Refuses an index that an axis does not have."""
    size = shape[axis]
    least = index + 1 if index >= 0 else -index
    if size is not None and not at_least(size, least):
        refuse_short(call, axis, least, argument, shape)


def take_along_axis(call: LayerCall) -> LayerPlan:
    """The elements at indices along axis, each at its place along the other axes."""
    x, indices = call.inputs
    shape, axis = along(call)
    if indices.dtype == "string":
        call.refuse(
            "wrong-dtype",
            f"{call.layer.label} takes elements by numbers, and its indices are words",
            "give the indices dtype: int32",
        )
    if indices.rank != len(shape):
        call.refuse(
            "wrong-rank",
            f"{call.layer.label} reads {shown(shape)} and indices {shown(indices.shape)}; they "
            "must have the same number of axes",
            "give the indices an axis for each, of size 1 where they are the same",
        )
    taken = with_size(shape, axis, 1)
    merged = broadcast_as_inferred(taken, with_size(indices.axes, axis, 1))
    if merged is None:
        call.refuse(
            "shape-mismatch",
            f"{call.layer.label} reads {shown(shape)} and indices {shown(indices.shape)}, which "
            f"must be alike but for axis {axis}",
            "give the indices the sizes of what it reads, or 1",
        )
    return result(call, with_size(merged, axis, indices.axes[axis]), x.dtype)


RULES: Mapping[str, Rule] = {
    "ops.get_item": get_item,
    "ops.take": take,
    "ops.take_along_axis": take_along_axis,
}
