"""The messages of an object → its attributes that are text, or lists of text."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

from rnncli.readers.hdf5.blocks import Blocks, DamagedFile, OversizedFile, decoded
from rnncli.readers.hdf5.datatypes import count, dataspace, datatype
from rnncli.readers.hdf5.headers import ATTRIBUTE, ATTRIBUTE_INFO, Message
from rnncli.readers.hdf5.links import refuse_dense

_HEAD = struct.Struct("<BBHHH")
_REFERENCE = struct.Struct("<IQI")
_HEAP = struct.Struct("<4sB3xQ")
_OBJECT = struct.Struct("<HH4xQ")
_VALUES = 200_000
_TEXT_BYTES = 64 * 2**20


class Attribute:
    """An attribute of an object; its text is read when it is asked for."""

    def __init__(self, blocks: Blocks, data: bytes) -> None:
        version, flags, name, of_type, of_space = _HEAD.unpack_from(data)
        if version not in (1, 2, 3) or (version > 1 and flags):
            raise DamagedFile("an attribute in it is of no common kind")
        at = _HEAD.size + (version == 3)
        pad = 8 if version == 1 else 1
        parts = []
        for size in (name, of_type, of_space):
            parts.append(data[at : at + size])
            at += -(-size // pad) * pad
        self.name = decoded(parts[0].partition(b"\0")[0])
        self._type, self.shape = datatype(parts[1]), dataspace(parts[2])
        self._data, self._blocks = data[at:], blocks

    def texts(self) -> list[str] | None:
        """All texts of the attribute; None where it holds numbers.

        Raises:
            DamagedFile: the texts are missing.
        """
        items = count(self.shape)
        if items == 0:
            return []
        if self._type.text is None:
            return None
        if items > _VALUES:
            raise OversizedFile
        if items * self._type.size > len(self._data):
            raise DamagedFile(f"its attribute {self.name} is cut off")
        size = self._type.size
        stretches = [self._data[at : at + size] for at in range(0, items * size, size)]
        if self._type.text == "fixed":
            return [decoded(stretch.rstrip(b"\0")) for stretch in stretches]
        return [decoded(_elsewhere(self._blocks, stretch)) for stretch in stretches]


def attributes(blocks: Blocks, messages: Sequence[Message]) -> dict[str, Attribute]:
    """The attributes of an object, by name."""
    for message in messages:
        if message.kind == ATTRIBUTE_INFO:
            refuse_dense(message.data, order_bytes=2)
    return {attribute.name: attribute for attribute in _all(blocks, messages)}


def _all(blocks: Blocks, messages: Sequence[Message]) -> Iterator[Attribute]:
    for message in messages:
        if message.kind == ATTRIBUTE:
            yield Attribute(blocks, message.data)


def _elsewhere(blocks: Blocks, reference: bytes) -> bytes:
    """The text that a reference leads to, in a collection of texts."""
    length, address, number = _REFERENCE.unpack_from(reference)
    if length == 0:
        return b""
    signature, _, size = blocks.unpack(_HEAP, address)
    if signature != b"GCOL":
        raise DamagedFile("a text in it is missing")
    at, end = address + _HEAP.size, address + size
    while at + _OBJECT.size <= end:
        index, _, held = blocks.unpack(_OBJECT, at)
        if index == number:
            if length > held or length > _TEXT_BYTES:
                raise DamagedFile("a text in it is longer than its place")
            return blocks.read(at + _OBJECT.size, length)
        if index == 0:
            break
        at += _OBJECT.size + -(-held // 8) * 8
    raise DamagedFile("a text in it is missing")
