"""The address of an object → the messages in its header."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import msgspec

from rnncli.readers.hdf5.blocks import UNDEFINED, Blocks, DamagedFile, OversizedFile

SIGNATURE = b"\x89HDF\r\n\x1a\n"

# Kinds of messages.
DATASPACE, LINK_INFO, DATATYPE, LINK = 0x1, 0x2, 0x3, 0x6
EXTERNAL_FILES, LAYOUT, ATTRIBUTE = 0x7, 0x8, 0xC
CONTINUATION, SYMBOL_TABLE, ATTRIBUTE_INFO = 0x10, 0x11, 0x15

# A flag of messages that are kept elsewhere.
_SHARED = 2
_MESSAGES = 20_000
_ADDRESS = struct.Struct("<Q")
_PAIR = struct.Struct("<QQ")
# Before the messages of a header of the older format: how many bytes they have.
_OLD_HEAD = struct.Struct("<BxHII4x")
_OLD_MESSAGE = struct.Struct("<HHB3x")
_NEW_MESSAGE = struct.Struct("<BHB")
_CHECKSUM = 4


class Message(msgspec.Struct, frozen=True):
    """A message: what kind it is of, and its bytes."""

    kind: int
    data: bytes


def root_address(blocks: Blocks) -> int:
    """The address of the outermost group.

    Raises:
        DamagedFile: the file is no HDF5, or shorter than it says.
    """
    start = blocks.read(0, min(96, blocks.size))
    version = start[8]
    if version in (0, 1):
        sizes, fields = start[13:15], 24 + 4 * version
        base, _, end, _, _, root = struct.unpack_from("<QQQQQQ", start, fields)
    elif version in (2, 3):
        sizes = start[9:11]
        base, _, end, root = struct.unpack_from("<QQQQ", start, 12)
    else:
        raise DamagedFile(f"its version {version} is not known")
    if sizes != b"\10\10" or base:
        raise DamagedFile("its addresses are of no common kind")
    if end > blocks.size:
        raise DamagedFile(f"it ends after {blocks.size:,} of {end:,} bytes")
    return int(root)


def messages(blocks: Blocks, address: int) -> list[Message]:
    """All messages in the header of an object.

    Raises:
        DamagedFile: there is no header at this address.
    """
    if address == UNDEFINED:
        raise DamagedFile("it has an object without an address")
    is_new = blocks.read(address, 4) == b"OHDR"
    result: list[Message] = []
    first = _new_block(blocks, address) if is_new else _old_block(blocks, address)
    stretches = [first]
    order = is_new and bool(blocks.read(address + 5, 1)[0] & 4)
    for data in stretches:
        for message in _split_new(data, order) if is_new else _split_old(data):
            if len(result) > _MESSAGES or len(stretches) > _MESSAGES:
                raise OversizedFile
            if message.kind != CONTINUATION:
                result.append(message)
                continue
            place, size = _PAIR.unpack_from(message.data)
            block = blocks.read(place, size)
            stretches.append(block[4:-_CHECKSUM] if is_new else block)
    return result


def _old_block(blocks: Blocks, address: int) -> bytes:
    version, _, _, size = blocks.unpack(_OLD_HEAD, address)
    if version != 1:
        raise DamagedFile("an object in it has no header")
    return blocks.read(address + _OLD_HEAD.size, size)


def _new_block(blocks: Blocks, address: int) -> bytes:
    flags = blocks.read(address + 5, 1)[0]
    at = address + 6 + (16 if flags & 32 else 0) + (4 if flags & 16 else 0)
    width = 1 << (flags & 3)
    size = int.from_bytes(blocks.read(at, width), "little")
    return blocks.read(at + width, size)


def _split_old(data: bytes) -> Iterator[Message]:
    at = 0
    while at + _OLD_MESSAGE.size <= len(data):
        kind, size, flags = _OLD_MESSAGE.unpack_from(data, at)
        at += _OLD_MESSAGE.size
        yield _message(kind, data[at : at + size], flags)
        at += size


def _split_new(data: bytes, order: bool) -> Iterator[Message]:
    at, head = 0, _NEW_MESSAGE.size + (2 if order else 0)
    while at + head <= len(data):
        kind, size, flags = _NEW_MESSAGE.unpack_from(data, at)
        at += head
        yield _message(kind, data[at : at + size], flags)
        at += size


def _message(kind: int, data: bytes, flags: int) -> Message:
    if flags & _SHARED:
        # Such as a type that has a name: nothing that Keras writes.
        return Message(-1, data)
    return Message(kind, data)
