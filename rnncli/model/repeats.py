"""Expands the repeated blocks of a config: one entry for every layer of every iteration."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from rnncli.config.spec import (
    EntrySpec,
    IncludeSpec,
    ModelSpec,
    NodeSpec,
    Reference,
    RepeatSpec,
)
from rnncli.model.graph import TensorRef

# A model of more layers than this is a mistake, or an attack.
LAYER_LIMIT = 20_000


class BlockIteration(msgspec.Struct, eq=False):
    """One iteration of a repeated block.

    ``names`` are those of its layers in this iteration by what they are called in the first;
    ``start`` is what entered the block, known once the layers before it are wired. ``line`` is
    where the config repeats the block, and ``number`` counts the iterations from 1.
    """

    outer: BlockIteration | None
    inbound: tuple[Reference, ...] | None
    line: int
    number: int
    names: dict[str, str] = msgspec.field(default_factory=dict)
    start: tuple[TensorRef, ...] | None = None

    def chain(self) -> list[BlockIteration]:
        """The iterations that it is inside of, outermost first, and itself."""
        return [*(self.outer.chain() if self.outer else ()), self]


class LayerEntry(msgspec.Struct, frozen=True, eq=False):
    """An entry that makes one layer, and the block that it is in.

    ``spec`` is the entry with what ``--set`` changes for this layer; ``entry`` is the one
    in the file, which all iterations of a block share.
    """

    spec: NodeSpec
    block: BlockIteration | None
    entry: EntrySpec


def expand_repeats(
    entries: Sequence[EntrySpec], block: BlockIteration | None = None
) -> Iterator[LayerEntry]:
    """Every layer, in order."""
    for entry in entries:
        if not isinstance(entry, RepeatSpec):
            yield LayerEntry(entry, block, entry)
            continue
        for number in range(entry.count):
            # Only the first iteration reads the block's from: the others read the one before.
            yield from expand_repeats(
                entry.entries,
                BlockIteration(
                    block, None if number else entry.inbound, entry.place.line, number + 1
                ),
            )


def size(entries: Sequence[EntrySpec]) -> int:
    """How many layers the entries make, with those of the models that they include."""
    return _size(entries, {})


def _size(entries: Sequence[EntrySpec], known: dict[int, int]) -> int:
    total = 0
    for entry in entries:
        if isinstance(entry, RepeatSpec):
            total += entry.count * _size(entry.entries, known)
        elif isinstance(entry, IncludeSpec) and entry.model is not None:
            total += 1 + _model_size(entry.model, known)
        else:
            total += 1
    return total


def _model_size(model: ModelSpec, known: dict[int, int]) -> int:
    if id(model) not in known:
        known[id(model)] = _size(model.layers, known)
    return known[id(model)]
