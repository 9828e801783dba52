"""Messages of datatypes and dataspaces → names of dtypes, and shapes."""

from __future__ import annotations

import math
import struct

import msgspec

from rnncli.readers.hdf5.blocks import DamagedFile

_HEAD = struct.Struct("<B3sI")
_INTEGER, _FLOAT, _STRING, _OPAQUE, _ENUM, _ANY_LENGTH = 0, 1, 3, 5, 8, 9
_SCALAR, _EMPTY = 0, 2
# How many bits of a float are its exponent, where its size does not tell.
_SHORT_FLOATS = {
    (2, 5): "float16", (2, 8): "bfloat16", (1, 4): "float8_e4m3fn", (1, 5): "float8_e5m2",
}  # fmt: skip
_RANK = 32


class Datatype(msgspec.Struct, frozen=True):
    """The type of the items of an array: its name in NumPy, and the bytes of an item.

    ``text`` is "fixed" for text of so many bytes, "any" for text that is kept elsewhere, and None
    for what is no text.
    """

    name: str
    size: int
    text: str | None = None


def datatype(data: bytes) -> Datatype:
    """The type that a message describes."""
    kind_and_version, bits, size = _HEAD.unpack_from(data)
    kind = kind_and_version & 15
    if kind == _INTEGER:
        return Datatype(f"{'int' if bits[0] & 8 else 'uint'}{size * 8}", size)
    if kind == _FLOAT:
        exponent = data[_HEAD.size + 5]
        return Datatype(_SHORT_FLOATS.get((size, exponent), f"float{size * 8}"), size)
    if kind == _ANY_LENGTH and bits[0] & 15 == 1:
        return Datatype("string", size, "any")
    if kind == _OPAQUE:
        # h5py knows no bfloat16, and writes it as two bytes without a meaning.
        return Datatype("bfloat16" if size == 2 else "opaque", size)
    # The only enumeration that h5py writes is NumPy's bool.
    name = {_STRING: "string", _ENUM: "bool"}.get(kind, "object")
    return Datatype(name, size, "fixed" if kind == _STRING else None)


def dataspace(data: bytes) -> tuple[int, ...] | None:
    """The shape that a message describes; None for no items at all."""
    version, rank, _, kind = struct.unpack_from("<BBBB", data)
    if rank > _RANK or version not in (1, 2):
        raise DamagedFile("an array in it has no valid shape")
    if version == 2 and kind == _EMPTY:
        return None
    return tuple(struct.unpack_from(f"<{rank}Q", data, 8 if version == 1 else 4))


def count(shape: tuple[int, ...] | None) -> int:
    """The number of items."""
    return 0 if shape is None else math.prod(shape)
