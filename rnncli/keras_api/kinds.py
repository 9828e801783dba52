"""Kinds of values that arguments take."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import msgspec
from msgspec.structs import replace

from rnncli.keras_api.policies import PLAIN_POLICIES, quantized_policies, read_policy
from rnncli.report.layer import ITEM_BYTES


class Kind(msgspec.Struct, frozen=True):
    """A kind of value: its description in messages, its checks, an example.

    ``fits`` checks the type and ``allowed`` the value. ``family`` names the family of Keras classes
    whose objects are valid here, and ``words`` the list of names that Keras accepts. ``keys`` are
    the keys of a mapping, with the kinds of their values. ``pattern`` is the regular expression of
    what may be allowed beside the options. ``code`` is the problem code of a value that is not
    allowed, if the kind has its own.
    """

    expects: str
    example: str
    fits: Callable[[Any], bool]
    allowed: Callable[[Any], bool] = lambda value: True
    family: str | None = None
    words: str | None = None
    options: tuple[str, ...] = ()
    keys: tuple[tuple[str, Kind], ...] = ()
    pattern: str | None = None
    nullable: bool = False
    code: str | None = None


def is_whole(value: Any) -> bool:
    """Whether a value is an integer and not a boolean."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: Any) -> bool:
    """Whether a value is a finite number and not a boolean."""
    return is_whole(value) or (isinstance(value, float) and math.isfinite(value))


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


def _is_sizes(value: Any) -> bool:
    return is_whole(value) or (_is_list(value) and all(is_whole(size) for size in value))


def _is_pairs(value: Any) -> bool:
    return is_whole(value) or (_is_list(value) and all(_is_sizes(entry) for entry in value))


def _is_numbers(value: Any) -> bool:
    return is_number(value) or (_is_list(value) and all(map(_is_numbers, value)))


def _all_positive(value: Any) -> bool:
    return value > 0 if is_whole(value) else bool(value) and all(size > 0 for size in value)


def _none_negative(value: Any) -> bool:
    return value >= 0 if is_whole(value) else all(map(_none_negative, value))


def _is_ordered(clipping: Mapping[str, Any]) -> bool:
    """Whether the lower bound of batch renormalization does not exceed the upper one."""
    lowest, largest = clipping.get("rmin"), clipping.get("rmax")
    return lowest is None or largest is None or bool(lowest <= largest)


def _never(value: Any) -> bool:
    return False


def choice(*options: str, nullable: bool = False) -> Kind:
    """One of a few words."""
    listed = " or ".join([*filter(None, [", ".join(options[:-1])]), options[-1]])
    return Kind(
        f"{listed}, or null" if nullable else listed,
        options[0],
        _is_text,
        options.__contains__,
        options=options,
        nullable=nullable,
    )


def _named(family: str, expects: str, example: str) -> Kind:
    return Kind(expects, example, _is_text, family=family, words=family, nullable=True)


POSITIVE = Kind("a positive integer", "3", is_whole, lambda value: value > 0, code="not-positive")


WHOLE = Kind("an integer", "1", is_whole)


NUMBER = Kind("a number", "0.1", is_number)


RATE = Kind(
    "a number from 0 to 1", "0.2", is_number, lambda value: 0 <= value <= 1, code="not-a-rate"
)


NOT_NEGATIVE = Kind("a number of at least 0", "0.1", is_number, lambda value: value >= 0)


COUNT = Kind("an integer of at least 0", "1", is_whole, lambda value: value >= 0)


BOOLEAN = Kind("true or false", "true", _is_bool)


TEXT = Kind("a word", "encoder", _is_text)


SIZES = Kind("a positive integer, or a list of them", "2", _is_sizes, _all_positive)


AXES = Kind("an integer, or a list of them", "-1", _is_sizes)


NUMBERS = Kind("a number, or a list of them", "0.1", _is_numbers)


COUNTS = Kind("an integer of at least 0, or a list of them", "1", _is_sizes, _none_negative)


ENDS = Kind(
    "an integer of at least 0, or a list of them or of pairs", "1", _is_pairs, _none_negative
)


SHAPE = Kind("a list of sizes", "[4, 2]", lambda value: _is_list(value) and _is_sizes(value))


PARTIAL_SHAPE = Kind(
    "a list of sizes, null where an axis is left alone",
    "[null, 1, 8]",
    lambda value: _is_list(value) and all(size is None or is_whole(size) for size in value),
)


OUTPUT_SHAPE = Kind(
    "a positive integer, or a list of them, null where the size is the input's",
    "[null, 8]",
    lambda value: PARTIAL_SHAPE.fits(value) or is_whole(value),
    # An axis of the input may be empty.
    lambda value: value > 0 if is_whole(value) else all(not size or size > 0 for size in value),
)


LAYER = Kind("a layer", "{Dense: 3}", _never, family="layers")


CELLS = Kind("a cell, or a list of cells", "{LSTMCell: 8}", _never, family="layers")


ACTIVATION = Kind(
    "an activation", "tanh", _is_text, family="layers", words="activations", nullable=True
)


INITIALIZER = _named("initializers", "an initializer", "glorot_uniform")


REGULARIZER = _named("regularizers", "a regularizer", "l2")


CONSTRAINT = _named("constraints", "a constraint", "non_neg")


@cache
def dtype_kind(quantizations: tuple[str, ...]) -> Kind:
    """A dtype policy of a layer whose weights can be quantized in these ways, if in any."""
    quantized = quantized_policies(quantizations)
    also = f", or a quantized policy such as {quantized[0]}" if quantized else ""
    return Kind(
        f"a dtype, a mixed policy{also}" if quantized else "a dtype or a mixed policy",
        "float32",
        _is_text,
        lambda value: read_policy(value) is not None,
        options=(*sorted(PLAIN_POLICIES), *quantized),
        pattern="^[\\w/-]+_from_\\w+$",
    )


# The dtype of a layer that ignores it.
ANY_DTYPE = Kind(
    "a dtype or a mixed policy",
    "float32",
    _is_text,
    lambda value: value in ITEM_BYTES or read_policy(value) is not None,
    options=tuple(sorted({*ITEM_BYTES, *PLAIN_POLICIES})),
    pattern="^[\\w/-]+_from_\\w+$",
)


PLAIN = Kind("a plain value", "1", lambda value: True)


# How far batch renormalization may correct (Ioffe 2017): r is kept in [rmin, rmax], d in ±dmax.
CLIPPING = Kind(
    "a mapping of numbers in which rmax is at least rmin",
    "{rmax: 3, rmin: 0.3, dmax: 5}",
    _never,
    _is_ordered,
    keys=(
        ("rmax", replace(NUMBER, example="3")),
        ("rmin", replace(NUMBER, example="0.3")),
        ("dmax", replace(NOT_NEGATIVE, example="5")),
    ),
)
