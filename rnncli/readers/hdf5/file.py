"""A file → its outermost group, and from there every group, array and attribute."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from rnncli.readers.hdf5.attributes import Attribute, attributes
from rnncli.readers.hdf5.blocks import Blocks, DamagedFile
from rnncli.readers.hdf5.datatypes import dataspace, datatype
from rnncli.readers.hdf5.headers import (
    DATASPACE,
    DATATYPE,
    EXTERNAL_FILES,
    LAYOUT,
    SIGNATURE,
    messages,
    root_address,
)  # fmt: skip
from rnncli.readers.hdf5.links import links

# The kind of layout of an array that is put together from others.
_VIRTUAL = 3


class Object:
    """A group or an array."""

    def __init__(self, blocks: Blocks, address: int) -> None:
        self._blocks, self.address = blocks, address
        self._messages = messages(blocks, address)
        addresses = links(blocks, self._messages)
        self.is_group = addresses is not None
        self.links = addresses or {}

    def __contains__(self, name: str) -> bool:
        return name in self.links

    def __getitem__(self, name: str) -> Object:
        return Object(self._blocks, self.links[name])

    def at(self, path: str) -> Object | None:
        """What a path leads to from here; None where it leads nowhere."""
        place: Object = self
        for name in filter(None, path.split("/")):
            if name not in place:
                return None
            place = place[name]
        return place

    @property
    def attributes(self) -> dict[str, Attribute]:
        """The attributes, by name."""
        return attributes(self._blocks, self._messages)

    @property
    def array(self) -> tuple[tuple[int, ...], str] | None:
        """The shape and the dtype of an array; None where this is none, or one of other files."""
        data: dict[int, bytes] = {message.kind: message.data for message in self._messages}
        if not {DATASPACE, DATATYPE, LAYOUT} <= data.keys() or EXTERNAL_FILES in data:
            return None
        layout = data[LAYOUT]
        if layout[0] >= _VIRTUAL and layout[1] == _VIRTUAL:
            return None
        return dataspace(data[DATASPACE]) or (), datatype(data[DATATYPE]).name


def open_file(stream: IO[bytes]) -> Object:
    """The outermost group of a file.

    Raises:
        DamagedFile: this is no HDF5, or damaged.
    """
    blocks = Blocks(stream)
    if blocks.size < len(SIGNATURE) or blocks.read(0, len(SIGNATURE)) != SIGNATURE:
        raise DamagedFile("it does not start as HDF5 does")
    return Object(blocks, root_address(blocks))


def walk(root: Object, depth: int) -> Iterator[tuple[str, Object]]:
    """Every object below a group that is no group, once, with its path; numbers in their order.

    Raises:
        DamagedFile: groups are nested more deeply than ``depth``.
    """
    seen = {root.address}
    pending = [("", root)]
    while pending:
        path, place = pending.pop()
        if not place.is_group:
            yield path, place
            continue
        if path.count("/") >= depth:
            raise DamagedFile("its groups are nested more deeply than any model's")
        inner = []
        for name, address in sorted(place.links.items(), key=_order):
            if address not in seen:
                seen.add(address)
                inner.append((f"{path}/{name}" if path else name, place[name]))
        pending += reversed(inner)


def _order(item: tuple[str, int]) -> tuple[int, str]:
    """Numbers come before names, in their order."""
    name = item[0]
    is_number = name.isascii() and name.isdigit() and len(name) < 10
    return (int(name), "") if is_number else (2**40, name)
