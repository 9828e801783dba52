"""The calls of a model: the entries of a config, their names and their order."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator, Sequence

import msgspec

from rnncli.readers.saved import SavedCall, SavedLayer
from rnncli.readers.translation.calls import tensors_of


class Node(msgspec.Struct):
    """A call of a layer, which is an entry of the config; ``number`` counts the calls from 0."""

    layer: SavedLayer
    number: int
    name: str
    call: SavedCall


def in_order(nodes: Sequence[Node]) -> Iterator[Node]:
    """The calls, each behind those that it reads, and otherwise in the file's order.

    Calls that are in a circle, which Keras never writes, are left out.
    """
    waiting = {(node.layer.name, node.number): node for node in nodes}
    needs = {
        key: {(t.layer, t.call) for t in tensors_of(node.call)} & waiting.keys()
        for key, node in waiting.items()
    }
    for (name, number), before in needs.items():
        if (name, number - 1) in waiting:
            before.add((name, number - 1))
    readers: dict[tuple[str, int], list[tuple[str, int]]] = {}
    for key, before in needs.items():
        for other in before:
            readers.setdefault(other, []).append(key)
    place = {key: index for index, key in enumerate(waiting)}
    ready = [(place[key], key) for key, before in needs.items() if not before]
    heapq.heapify(ready)
    while ready:
        _, key = heapq.heappop(ready)
        yield waiting[key]
        for reader in readers.get(key, ()):
            needs[reader].discard(key)
            if not needs[reader]:
                heapq.heappush(ready, (place[reader], reader))


def printable(name: str) -> str:
    """A name that a config can have: a dot would name a tensor of the layer."""
    kept = "".join([letter if letter.isprintable() else "_" for letter in name])
    return kept.replace(".", "_").replace("/", "_").strip() or "layer"


def free_name(name: str, taken: Collection[str]) -> str:
    """The name, with a number behind it if it is taken."""
    free, number = name, 0
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free
