"""Places for the boxes of a graph: in layers, so that every wire runs down.

A box lies below all that it reads (longest paths); in each layer, boxes are ordered by the means of
their neighbours (barycentres); then each comes as close below its neighbours as there is room.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence
from itertools import pairwise

import msgspec

from rnncli.pictures.canvas import Point

_SWEEPS = 8
_APART = 36.0
_GAP = 52.0
# How far a wire runs straight before it comes to a box.
_STRAIGHT = 14.0


class Node(msgspec.Struct, frozen=True):
    """A box, a text on a wire, or with no width a place where a wire passes a layer."""

    width: float
    height: float


class Edge(msgspec.Struct, frozen=True):
    """A wire from one box to a later one; a text on it has a size."""

    source: int
    target: int
    text: Node | None = None


class Layout(msgspec.Struct, frozen=True):
    """The middle of each box, the points of each wire, and the middle of the text on each.

    A wire runs straight down between its points 1 and 2, 3 and 4, and so on, and bends between the
    others.
    """

    boxes: tuple[Point, ...]
    wires: tuple[tuple[Point, ...], ...]
    texts: tuple[Point | None, ...]


def ranks(count: int, edges: Sequence[Edge]) -> list[int]:
    """The layer of each box. A box comes after all that it reads; edges lead to later boxes."""
    before: list[list[int]] = [[] for _ in range(count)]
    after: list[list[int]] = [[] for _ in range(count)]
    for edge in edges:
        before[edge.target].append(edge.source)
        after[edge.source].append(edge.target)
    rank = [0] * count
    for node in range(count):
        rank[node] = max([rank[source] + 1 for source in before[node]], default=0)
    for node in range(count):
        # What reads nothing comes close to what reads it.
        if not before[node] and after[node]:
            rank[node] = min(rank[target] for target in after[node]) - 1
    return rank


def layered(nodes: Sequence[Node], edges: Sequence[Edge]) -> Layout:
    """Places boxes and wires; the boxes are in an order in which each follows all that it reads."""
    return _Layering(nodes, edges).layout()


class _Layering:
    def __init__(self, nodes: Sequence[Node], edges: Sequence[Edge]) -> None:
        self.nodes = [*nodes]
        self.edges = edges
        # A text has a layer of its own, between those of two boxes.
        self.rank = [2 * rank for rank in ranks(len(nodes), edges)]
        used = {*self.rank, *(self.rank[edge.target] - 1 for edge in edges if edge.text)}
        self.chains = [self._chain(edge, used) for edge in edges]
        self.layers: dict[int, list[int]] = {rank: [] for rank in sorted({*self.rank})}
        for node, rank in enumerate(self.rank):
            self.layers[rank].append(node)
        self.above: list[list[int]] = [[] for _ in self.nodes]
        self.below: list[list[int]] = [[] for _ in self.nodes]
        for chain in self.chains:
            for here, there in pairwise(chain):
                self.below[here].append(there)
                self.above[there].append(here)
        self.x = [0.0] * len(self.nodes)

    def _chain(self, edge: Edge, used: set[int]) -> list[int]:
        """The nodes that a wire goes through, with new ones in each layer that it passes."""
        chain = [edge.source]
        last = self.rank[edge.target]
        for rank in range(self.rank[edge.source] + 1, last):
            is_text = rank == last - 1 and edge.text is not None
            if rank in used:
                chain.append(len(self.nodes))
                self.nodes.append(edge.text if is_text and edge.text else Node(0.0, 0.0))
                self.rank.append(rank)
        return [*chain, edge.target]

    def layout(self) -> Layout:
        self._order()
        self._place()
        tops, heights = self._heights()
        boxes = [
            (self.x[node], tops[self.rank[node]] + heights[self.rank[node]] / 2)
            for node in range(len(self.nodes))
        ]
        wires, texts = [], []
        ends = self._ends()
        for number, (edge, chain) in enumerate(zip(self.edges, self.chains, strict=True)):
            source, target = chain[0], chain[-1]
            x, y = boxes[source]
            points = [(x, y + self.nodes[source].height / 2)]
            bottom = tops[self.rank[source]] + heights[self.rank[source]]
            points.append((x, bottom))
            for node in chain[1:-1]:
                top = tops[self.rank[node]]
                points += [(self.x[node], top), (self.x[node], top + heights[self.rank[node]])]
            x, y = ends[number], boxes[target][1] - self.nodes[target].height / 2
            points += [(x, tops[self.rank[target]] - _STRAIGHT), (x, y)]
            wires.append(tuple(points))
            texts.append(boxes[chain[-2]] if edge.text else None)
        count = len(self.nodes) - sum(len(chain) - 2 for chain in self.chains)
        return Layout(tuple(boxes[:count]), tuple(wires), tuple(texts))

    def _order(self) -> None:
        """Orders each layer by the means of what its nodes read, and of what reads them.

        Of all orders on the way, the one with the fewest crossings stays.
        """
        place = [0.0] * len(self.nodes)
        layers = [*self.layers.values()]
        for layer in layers:
            _number(layer, place)
        best, fewest = [[*layer] for layer in layers], self._crossings(place)
        for sweep in range(3 * _SWEEPS):
            if not fewest:
                break
            down = sweep % 2 == 0
            neighbours = self.above if down else self.below
            for layer in layers if down else reversed(layers):
                means = {
                    node: _mean([place[other] for other in neighbours[node]], place[node])
                    for node in layer
                }
                layer.sort(key=means.__getitem__)
                _number(layer, place)
            crossings = self._crossings(place)
            if crossings < fewest:
                best, fewest = [[*layer] for layer in layers], crossings
        for layer, ordered in zip(layers, best, strict=True):
            layer[:] = ordered

    def _crossings(self, place: Sequence[float]) -> int:
        """How many pairs of wires cross between neighbouring layers."""
        count = 0
        for layer in self.layers.values():
            ends = [sorted(place[other] for other in self.below[node]) for node in layer]
            before: list[float] = []
            for lower in ends:
                for end in lower:
                    count += len(before) - bisect_right(before, end)
                for end in lower:
                    insort(before, end)
        return count

    def _place(self) -> None:
        """Moves each node as near to its neighbours as there is room in its layer."""
        layers = [*self.layers.values()]
        for layer in layers:
            self._settle(layer, [0.0 for _ in layer])
        # The last sweep is down: what reads one node comes straight below it.
        for sweep in range(2 * _SWEEPS + 1):
            down = sweep % 2 == 0
            neighbours = self.above if down else self.below
            for layer in layers if down else reversed(layers):
                wanted = [
                    _mean([self.x[other] for other in neighbours[node]], self.x[node])
                    for node in layer
                ]
                self._settle(layer, wanted)

    def _settle(self, layer: Sequence[int], wanted: Sequence[float]) -> None:
        """Gives a layer the places nearest to those wanted that keep its order and distances.

        Nodes that would overlap move together, to the mean of what they want.
        """
        offsets, offset = [], 0.0
        for before, node in zip([None, *layer], layer, strict=False):
            if before is not None:
                half = (self.nodes[before].width + self.nodes[node].width) / 2
                offset += half + (_APART if half else _APART / 2)
            offsets.append(offset)
        groups: list[list[float]] = []
        for want, offset in zip(wanted, offsets, strict=True):
            groups.append([want - offset, 1.0])
            while len(groups) > 1 and groups[-2][0] > groups[-1][0]:
                mean, weight = groups.pop()
                other, others = groups[-1]
                whole = weight + others
                groups[-1] = [(mean * weight + other * others) / whole, whole]
        settled = [mean for mean, weight in groups for _ in range(int(weight))]
        for node, at, offset in zip(layer, settled, offsets, strict=True):
            self.x[node] = at + offset

    def _heights(self) -> tuple[dict[int, float], dict[int, float]]:
        """The upper end and the height of each layer; where wires run far aside, it is lower."""
        tops: dict[int, float] = {}
        heights: dict[int, float] = {}
        y = 0.0
        for rank, layer in self.layers.items():
            aside = max(
                [abs(self.x[node] - self.x[other]) for node in layer for other in self.above[node]],
                default=0.0,
            )
            is_text = rank % 2 == 1
            if tops:
                y += (_GAP / 2 if is_text or rank - 1 in tops else _GAP) + min(aside * 0.06, 60.0)
            tops[rank] = y
            heights[rank] = max(self.nodes[node].height for node in layer)
            y += heights[rank]
        return tops, heights

    def _ends(self) -> list[float]:
        """Where each wire comes to its box: side by side, in the order in which they come."""
        coming: dict[int, list[int]] = {}
        for number, edge in enumerate(self.edges):
            coming.setdefault(edge.target, []).append(number)
        ends = [0.0] * len(self.edges)
        for target, numbers in coming.items():
            numbers.sort(key=lambda number: self.x[self.chains[number][-2]])
            room = min(28.0, self.nodes[target].width / (len(numbers) + 1))
            for index, number in enumerate(numbers):
                ends[number] = self.x[target] + room * (index - (len(numbers) - 1) / 2)
        return ends


def _number(layer: Sequence[int], place: list[float]) -> None:
    """Gives the nodes of a layer their places from its middle, which is 0."""
    for index, node in enumerate(layer):
        place[node] = index - (len(layer) - 1) / 2


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise
