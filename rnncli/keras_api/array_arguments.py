"""Which kinds of values the operations on axes, shapes and indices take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from rnncli.keras_api.kinds import (
    AXES,
    BOOLEAN,
    COUNT,
    COUNTS,
    NUMBER,
    SHAPE,
    WHOLE,
    Kind,
    _none_negative,
    choice,
    is_number,
    is_whole,
)
from rnncli.report.layer import ITEM_BYTES


def _is_index(value: Any) -> bool:
    """Whether a value is an index as text, or as far as YAML reads one without quotes."""
    entries = value if isinstance(value, list) else [value]
    return all(isinstance(entry, str) or is_whole(entry) for entry in entries)


def _is_integers(value: Any) -> bool:
    return is_whole(value) or (isinstance(value, list) and all(map(_is_integers, value)))


def _is_axes(value: Any) -> bool:
    return isinstance(value, list) and all(map(is_whole, value))


def _is_pair_of_axes(value: Any) -> bool:
    is_pair = isinstance(value, list) and len(value) == 2 and all(map(_is_axes, value))
    return is_whole(value) or (is_pair and len(value[0]) == len(value[1]))


def _is_padding(value: Any) -> bool:
    return isinstance(value, list) and all(_is_axes(pair) and len(pair) in (1, 2) for pair in value)


def _is_order(value: Any) -> bool:
    return is_number(value) or value in ("fro", "nuc")


#: The tensors that an operation returns at most: each one has a name.
MOST_PARTS = 10_000
_AXIS = replace(WHOLE, expects="the number of an axis", example="-1")
_ORDER = Kind("the numbers of all axes, in order", "[0, 2, 1]", _is_axes)
_DTYPES = tuple(sorted({*ITEM_BYTES} - {"string"}))
_DTYPE = replace(choice(*_DTYPES), expects="a dtype", example="float32")
_SECTIONS = Kind(
    f"a number of parts up to {MOST_PARTS}, or a list of the indices where parts begin",
    "2",
    lambda value: is_whole(value) or (_is_axes(value) and bool(value)),
    lambda value: 0 < value <= MOST_PARTS if is_whole(value) else min(value) >= 0,
)
_PADDING = Kind(
    "a list of pairs [before, after], one for each axis",
    "[[0, 0], [1, 1], [0, 0]]",
    lambda value: is_whole(value) or _is_padding(value) or _is_axes(value),
    _none_negative,
)
_INDEX = Kind("an index as Python writes it", "[:, -1]", _is_index)
_INDICES = Kind(
    "an integer, a list of them, or a tensor that from names",
    "[0, 2]",
    lambda value: _is_integers(value) and value != [],
)
_TENSORDOT = Kind("a number of axes, or two lists of axes of one length", "1", _is_pair_of_axes)

BY_NAME: Mapping[str, Kind] = {
    "axes": _ORDER,
    "axis1": _AXIS,
    "axis2": _AXIS,
    "constant_values": NUMBER,
    "destination": AXES,
    "indices_or_sections": _SECTIONS,
    "initial": NUMBER,
    "k": COUNT,
    "key": _INDEX,
    "keepdims": BOOLEAN,
    "mode": choice("constant", "reflect", "symmetric"),
    "n": COUNT,
    "newshape": replace(SHAPE, fits=AXES.fits, expects="a list of sizes, the batch included"),
    "num": Kind(
        f"a positive integer up to {MOST_PARTS}", "2", is_whole, lambda n: 0 < n <= MOST_PARTS
    ),
    "ord": Kind("a number, fro or nuc", "2", _is_order),
    "pad_width": _PADDING,
    "repeats": COUNTS,
    "shape": replace(SHAPE, allowed=_none_negative, expects="a list of sizes, the batch included"),
    "shift": AXES,
    "source": AXES,
    "subscripts": Kind("subscripts of einsum", "bij,bjk->bik", lambda v: isinstance(v, str)),
}
_ONE_AXIS = (
    "argmax",
    "argmin",
    "concatenate",
    "cumprod",
    "cumsum",
    "diff",
    "repeat",
    "split",
    "stack",
    "take",
    "take_along_axis",
    "unstack",
)
_SORTS = ("sort", "argsort")
BY_FUNCTION: Mapping[tuple[str, str], Kind] = {
    **{(f"ops.{function}", "axis"): _AXIS for function in _ONE_AXIS},
    **{(f"ops.{function}", "dtype"): _DTYPE for function in ("cumsum", "cumprod", "prod")},
    # Without an axis, these work on all elements in a row, though that is not their default.
    **{(f"ops.{function}", "axis"): replace(_AXIS, nullable=True) for function in _SORTS},
    ("ops.take", "indices"): _INDICES,
    ("ops.tensordot", "axes"): _TENSORDOT,
    ("ops.tril", "k"): WHOLE,
    ("ops.triu", "k"): WHOLE,
}
