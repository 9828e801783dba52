"""Dtype promotion, as Keras does it.

Booleans become the other dtype, integers become the float dtype, and an unsigned and a signed
integer become the next wider signed one: https://keras.io/api/ops, which follows JAX's lattice of
types. Whatever meets a complex number becomes complex64, complex128 too.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from typing import Literal

from rnncli.report.shapes import is_float

_UNSIGNED = ("uint8", "uint16", "uint32")
_SIGNED = ("int8", "int16", "int32", "int64")
_FLOATS = ("bfloat16", "float16", "float32", "float64")

Family = Literal["float", "float8", "signed", "unsigned", "bool", "complex", "string"]


def family(dtype: str) -> Family:
    """The family of a dtype. Keras computes with floats, but not with those of 8 bits."""
    if is_float(dtype):
        return "float8" if dtype.startswith("float8") else "float"
    if dtype.startswith("complex"):
        return "complex"
    if dtype == "string":
        return "string"
    if dtype == "bool":
        return "bool"
    return "unsigned" if dtype.startswith("u") else "signed"


def promoted(dtypes: Iterable[str]) -> str:
    """The dtype that these dtypes promote to."""
    return reduce(_promote, dtypes)


def divided(dtype: str) -> str:
    """The dtype of a quotient: TensorFlow divides wide integers in float64."""
    if is_float(dtype):
        return dtype
    return "float64" if dtype.endswith(("32", "64")) else "float32"


def _promote(first: str, second: str) -> str:
    if "complex" in {family(first), family(second)}:
        return "complex64"
    floats = {dtype for dtype in (first, second) if is_float(dtype)}
    if floats == {"bfloat16", "float16"}:
        return "float32"
    if floats:
        return max(floats, key=_FLOATS.index)
    if "bool" in (first, second):
        return _counted(second if first == "bool" else first)
    return _promote_integers(first, second)


def _promote_integers(first: str, second: str) -> str:
    unsigned = [dtype for dtype in (first, second) if dtype.startswith("u")]
    if len(unsigned) == 2:
        return max(map(_counted, unsigned), key=_UNSIGNED.index)
    if not unsigned:
        return max(first, second, key=_SIGNED.index)
    signed = second if unsigned == [first] else first
    if unsigned == ["uint64"]:
        return "float32"
    # A signed dtype that holds all values of an unsigned one is twice as wide.
    return max(signed, _SIGNED[_UNSIGNED.index(unsigned[0]) + 1], key=_SIGNED.index)


def _counted(dtype: str) -> str:
    """Keras computes with uint64 as with uint32."""
    return "uint32" if dtype == "uint64" else dtype
