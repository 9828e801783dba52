"""The messages of a group → the names in it, and the addresses that they lead to.

Soft links and links to other files are left out.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence

from rnncli.readers.hdf5.blocks import UNDEFINED, Blocks, DamagedFile, OversizedFile, decoded
from rnncli.readers.hdf5.headers import LINK, LINK_INFO, SYMBOL_TABLE, Message

_LINKS = 200_000
_LEVELS = 10
_TREE = struct.Struct("<4sBBHQQ")
_HEAP = struct.Struct("<4sB3xQQQ")
_NODE = struct.Struct("<4sBxH")
_ENTRY = struct.Struct("<QQII16x")
_PAIR = struct.Struct("<QQ")
_SOFT_LINK = 2


def links(blocks: Blocks, messages: Sequence[Message]) -> Mapping[str, int] | None:
    """The addresses of what is in a group by name, sorted; None where this is no group."""
    addresses: dict[str, int] = {}
    is_group = False
    for message in messages:
        if message.kind == SYMBOL_TABLE:
            is_group = True
            addresses.update(_of_table(blocks, message.data))
        elif message.kind == LINK:
            is_group = True
            addresses.update(_of_link(message.data))
        elif message.kind == LINK_INFO:
            is_group = True
            refuse_dense(message.data, order_bytes=8)
    return dict(sorted(addresses.items())) if is_group else None


def refuse_dense(data: bytes, order_bytes: int) -> None:
    """Refuses groups and attributes in the format that only HDF5's newest files use."""
    at = 2 + (order_bytes if data[1] & 1 else 0)
    if int.from_bytes(data[at : at + 8], "little") != UNDEFINED:
        raise DamagedFile("it was written with libver='latest', which Keras never does")


def _of_link(data: bytes) -> Iterator[tuple[str, int]]:
    flags, at = data[1], 2
    if flags & 8:
        if data[at]:
            return
        at += 1
    at += (8 if flags & 4 else 0) + (1 if flags & 16 else 0)
    width = 1 << (flags & 3)
    size = int.from_bytes(data[at : at + width], "little")
    at += width
    (address,) = struct.unpack_from("<Q", data, at + size)
    yield decoded(data[at : at + size]), address


def _of_table(blocks: Blocks, data: bytes) -> Iterator[tuple[str, int]]:
    tree, heap = _PAIR.unpack_from(data)
    signature, _, size, _, names = blocks.unpack(_HEAP, heap)
    if signature != b"HEAP":
        raise DamagedFile("the names of a group are missing")
    for count, (name, address) in enumerate(_entries(blocks, tree)):
        if count > _LINKS:
            raise OversizedFile
        yield blocks.text(names + name, names + size), address


def _entries(blocks: Blocks, root: int) -> Iterator[tuple[int, int]]:
    """The places of names and the addresses, in all leaves of a tree."""
    pending, seen = [(root, _LEVELS)], {root}
    while pending:
        address, levels = pending.pop()
        signature, kind, level, count, _, _ = blocks.unpack(_TREE, address)
        if signature != b"TREE" or kind or level >= levels:
            raise DamagedFile("the index of a group is missing")
        pairs = blocks.read(address + _TREE.size, count * _PAIR.size)
        children = [child for _, child in _PAIR.iter_unpack(pairs)]
        if seen & {*children}:
            raise DamagedFile("the index of a group leads back to itself")
        seen.update(children)
        if level:
            pending += [(child, level) for child in reversed(children)]
            continue
        for child in children:
            signature, _, entries = blocks.unpack(_NODE, child)
            if signature != b"SNOD":
                raise DamagedFile("a part of a group is missing")
            data = blocks.read(child + _NODE.size, entries * _ENTRY.size)
            for name, place, cached, _ in _ENTRY.iter_unpack(data):
                if cached != _SOFT_LINK and place != UNDEFINED:
                    yield name, place
