"""The bytes of an HDF5 file, at addresses, up to a limit of all that is read."""

from __future__ import annotations

import io
import struct
from typing import IO, Any

# The address of what there is not.
UNDEFINED = 2**64 - 1
# Far more than the headers of any model, whose descriptions are counted as well.
_BUDGET = 256 * 2**20
# What the least read counts: it bounds how many there are.
_LEAST = 512


class DamagedFile(ValueError):
    """The bytes do not follow the format of HDF5, or use what files of Keras do not."""


class OversizedFile(ValueError):
    """The headers are more than any model's."""


class Blocks:
    """Reads blocks of a file. ``size`` is the file's, and ``base`` is what addresses start from."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._left = _BUDGET
        self.size = stream.seek(0, io.SEEK_END)

    def read(self, address: int, count: int) -> bytes:
        """The bytes of a block.

        Raises:
            DamagedFile: the block is not in the file.
            OversizedFile: too much was read.
        """
        if address + count > self.size:
            raise DamagedFile("it points to a place after its end")
        self._left -= max(count, _LEAST)
        if self._left < 0:
            raise OversizedFile
        self._stream.seek(address)
        data = self._stream.read(count)
        if len(data) < count:
            raise DamagedFile("its end is missing")
        return data

    def unpack(self, form: struct.Struct, address: int) -> tuple[Any, ...]:
        """The fields of a block."""
        return form.unpack(self.read(address, form.size))

    def text(self, address: int, end: int) -> str:
        """A text that a zero byte ends, before the end of its block."""
        text = b""
        while address < end:
            data = self.read(address, min(64, end - address))
            head, zero, _ = data.partition(b"\0")
            text += head
            if zero:
                return decoded(text)
            address += len(data)
        raise DamagedFile("a name in it has no end")


def decoded(data: bytes) -> str:
    """Bytes as text; Keras writes no other than UTF-8."""
    return data.decode("utf-8", "backslashreplace")
