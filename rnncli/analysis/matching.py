"""The layers of two models → which of them are the same layer.

Layers are matched by name. Names that Keras gives by itself count the layers of a class: where one
is added, the numbers of those behind it shift. So where the models have different numbers of such
layers, they are matched by what they are, in order. What is left is matched by structure.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

import msgspec

from rnncli.report.layer import Layer

# The number of comparisons from which on only the beginnings and the ends are compared.
_TOO_MANY = 4_000_000

Pairs = dict[int, int]


def match(a: Sequence[Layer], b: Sequence[Layer]) -> Pairs:
    """The places of layers in B by the places of the same layers in A."""
    pairs: Pairs = {}
    _by_own_name(a, b, pairs)
    _by_automatic_name(a, b, pairs)
    _by_key(a, b, pairs, _structure)
    _by_key(a, b, pairs, _call)
    _by_wires(a, b, pairs)
    return pairs


def moved(pairs: Pairs) -> set[int]:
    """The places in B of the fewest layers that are at another place in the order."""
    in_order = sorted((after, before) for before, after in pairs.items())
    # The longest rising sequence of places in A, by its least end for each length.
    ends: list[int] = []
    chains: list[tuple[int, int | None]] = []
    last_of: list[int] = []
    for number, (_, before) in enumerate(in_order):
        length = bisect_left(ends, before)
        ends[length:] = [before, *ends[length + 1 :]] if length < len(ends) else [before]
        last_of[length:] = [number, *last_of[length + 1 :]] if length < len(last_of) else [number]
        chains.append((number, last_of[length - 1] if length else None))
    kept: set[int] = set()
    link: int | None = last_of[-1] if last_of else None
    while link is not None:
        kept.add(link)
        link = chains[link][1]
    return {after for number, (after, _) in enumerate(in_order) if number not in kept}


def is_automatic(layer: Layer) -> bool:
    """Whether the name of a layer is the one that Keras gives by itself."""
    stem, _, number = layer.name.rpartition("_")
    stem = stem if number.isdecimal() else layer.name
    return stem.replace("_", "") == re.sub(r"\W+", "", layer.cls).lower()


def _by_own_name(a: Sequence[Layer], b: Sequence[Layer], pairs: Pairs) -> None:
    """Matches layers of one name that a config gives."""
    places = {layer.name: place for place, layer in enumerate(b) if not is_automatic(layer)}
    for place, layer in enumerate(a):
        if layer.name in places and not is_automatic(layer):
            pairs[place] = places[layer.name]


def _by_automatic_name(a: Sequence[Layer], b: Sequence[Layer], pairs: Pairs) -> None:
    """Matches layers of one class whose names count them."""
    ours, theirs = _left_of_class(a, pairs), _left_of_class(b, pairs.values())
    for cls, before in ours.items():
        left = before, theirs.get(cls, [])
        if len(left[0]) != len(left[1]):
            left = _aligned(a, b, *left, pairs)
        names = {b[place].name: place for place in left[1]}
        for place in left[0]:
            if a[place].name in names:
                pairs[place] = names[a[place].name]


def _left_of_class(layers: Sequence[Layer], matched: Iterable[int]) -> dict[str, list[int]]:
    """The places of layers with automatic names that are not matched, by class."""
    taken = set(matched)
    places: dict[str, list[int]] = defaultdict(list)
    for place, layer in enumerate(layers):
        if place not in taken and is_automatic(layer):
            places[layer.cls].append(place)
    return places


def _aligned(
    a: Sequence[Layer], b: Sequence[Layer], before: list[int], after: list[int], pairs: Pairs
) -> tuple[list[int], list[int]]:
    """Matches layers of one class with equal arguments in order; returns the places that are
    left."""
    ours = [_call(a[place]) for place in before]
    theirs = [_call(b[place]) for place in after]
    start = 0
    while start < min(len(ours), len(theirs)) and ours[start] == theirs[start]:
        start += 1
    end = 0
    while end < min(len(ours), len(theirs)) - start and ours[-1 - end] == theirs[-1 - end]:
        end += 1
    equal = [*zip(before[:start], after[:start], strict=True)]
    if end:
        equal += zip(before[-end:], after[-end:], strict=True)
    rest = slice(start, len(ours) - end), slice(start, len(theirs) - end)
    if len(ours[rest[0]]) * len(theirs[rest[1]]) <= _TOO_MANY:
        matcher = SequenceMatcher(None, ours[rest[0]], theirs[rest[1]], autojunk=False)
        for block in matcher.get_matching_blocks():
            for number in range(block.size):
                equal.append((before[start + block.a + number], after[start + block.b + number]))
    pairs.update(equal)
    taken = {place for place, _ in equal}, {place for _, place in equal}
    return (
        [place for place in before if place not in taken[0]],
        [place for place in after if place not in taken[1]],
    )


def _by_key(
    a: Sequence[Layer], b: Sequence[Layer], pairs: Pairs, key_of: Callable[[Layer], Hashable]
) -> None:
    """Matches layers that are left and have equal keys, in order."""
    free: dict[Hashable, list[int]] = defaultdict(list)
    taken = set(pairs.values())
    for place in reversed(range(len(b))):
        if place not in taken:
            free[key_of(b[place])].append(place)
    for place, layer in enumerate(a):
        if place not in pairs and free:
            places = free.get(key_of(layer))
            if places:
                pairs[place] = places.pop()


def _by_wires(a: Sequence[Layer], b: Sequence[Layer], pairs: Pairs) -> None:
    """Matches layers that are left where they read the same: those of one class, and those that may
    have become one another."""
    names = {a[before].name: b[after].name for before, after in pairs.items()}
    ours = _left(a, pairs)
    theirs = _left(b, pairs.values())
    for place, layer in ours.items():
        reads = [names.get(name, name) for name in _reads(layer, a, ours)]
        for other, candidate in theirs.items():
            if _are_akin(layer, candidate) and _reads(candidate, b, theirs) == reads:
                pairs[place] = other
                names[layer.name] = candidate.name
                del theirs[other]
                break


def _left(layers: Sequence[Layer], matched: Iterable[int]) -> dict[int, Layer]:
    """The layers that are not matched, by their places."""
    taken = set(matched)
    return {place: layer for place, layer in enumerate(layers) if place not in taken}


def _reads(layer: Layer, layers: Sequence[Layer], left: Mapping[int, Layer]) -> list[str]:
    """What a layer reads, before layers that are not matched and read one tensor."""
    unmatched = {other.name: other for other in left.values()}
    reads = []
    for reference in layer.inbound:
        source, steps = reference, 0
        while source in unmatched and len(unmatched[source].inbound) == 1 and steps < len(layers):
            source, steps = unmatched[source].inbound[0], steps + 1
        reads.append(source)
    return reads


def _are_akin(layer: Layer, other: Layer) -> bool:
    """Whether one layer may have become the other: an LSTM a GRU, or a Bidirectional of an LSTM."""
    if layer.cls == other.cls:
        return True
    if bool(layer.states) != bool(other.states):
        return False
    ours, theirs = ({*(side.arguments or {})} for side in (layer, other))
    return bool(ours & theirs) or layer.cls in wrapped(other) or other.cls in wrapped(layer)


def wrapped(layer: Layer) -> Mapping[str, Any]:
    """The layer in the argument ``layer`` of a wrapper, by its class: empty for other layers."""
    inner = (layer.arguments or {}).get("layer")
    return inner if isinstance(inner, Mapping) else {}


def _structure(layer: Layer) -> Hashable:
    """What a layer is, apart from its name and its place: class, arguments and weights."""
    weights = [(weight.name, weight.shape) for weight in layer.weights or ()]
    inner = [_structure(inside) for inside in layer.layers]
    return layer.cls, msgspec.json.encode((layer.arguments or {}, weights)), tuple(inner)


def _call(layer: Layer) -> Hashable:
    """What a layer is apart from its weights, which follow from what it reads."""
    inner = [_call(inside) for inside in layer.layers]
    return layer.cls, msgspec.json.encode(layer.arguments or {}), tuple(inner)
