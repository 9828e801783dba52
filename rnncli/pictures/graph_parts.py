"""A report → the parts of its graph: inputs, layers, models inside and repeats, and their wires."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from rnncli.report.folding import fold, runs
from rnncli.report.layer import Layer, Tensor


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Something that wires lead from and to.

    ``name`` is an input's, or what a frame is called. ``is_reference`` says that it stands for
    another part of that name. ``content`` is what is inside a frame.
    """

    kind: Literal["input", "layer", "frame"]
    name: str
    tensor: Tensor | None = None
    layer: Layer | None = None
    is_output: bool = False
    is_reference: bool = False
    content: Parts | None = None


class WirePart(msgspec.Struct, frozen=True):
    """A wire between two parts, by their numbers; ``carries`` names what is more than an output."""

    source: int
    target: int
    carries: tuple[str, ...]


class Parts(msgspec.Struct, frozen=True):
    """The parts of a graph in an order in which each follows what it reads, and their wires."""

    parts: tuple[Part, ...]
    wires: tuple[WirePart, ...]


def parts_of(
    inputs: Sequence[Tensor], layers: Sequence[Layer], outputs: Iterable[str] = ()
) -> Parts:
    """The parts of a model; ``outputs`` are the names of what it returns."""
    collector = _Collector({name.partition(".")[0] for name in outputs})
    for tensor in inputs:
        collector.add(Part(kind="input", name=tensor.name, tensor=tensor), (tensor.name,))
    for run in runs(layers):
        if len(run) > 1:
            collector.repeat(run)
        else:
            for layer in run[0]:
                collector.layer(layer)
    return collector.collected()


class _Collector:
    def __init__(self, outputs: set[str]) -> None:
        self._outputs = outputs
        self._parts: list[Part] = []
        self._numbers: dict[str, int] = {}
        self._masked: set[str] = set()
        self._wires: dict[tuple[int, int], dict[str, None]] = {}

    def collected(self) -> Parts:
        wires = [
            WirePart(source, target, tuple(filter(None, carries)))
            for (source, target), carries in self._wires.items()
        ]
        return Parts(tuple(self._parts), tuple(wires))

    def add(self, part: Part, names: Iterable[str]) -> int:
        """Adds a part that gives the tensors of these layers; returns its number."""
        number = len(self._parts)
        self._parts.append(part)
        self._numbers |= dict.fromkeys(names, number)
        return number

    def layer(self, layer: Layer) -> None:
        """Adds a layer, or a frame where it is or wraps a model."""
        sources = [
            (self._source(name), label or self._mask(name, layer)) for name, label in _reads(layer)
        ]
        is_output = layer.name in self._outputs
        inner = model_inside(layer)
        if inner is None or layer.shared_with:
            part = Part(kind="layer", name=layer.name, layer=layer, is_output=is_output)
        else:
            part = Part(
                kind="frame",
                name=layer.name,
                layer=layer,
                is_output=is_output,
                content=_content(inner),
            )
        number = self.add(part, (layer.name,))
        self._connect(sources, number)
        if layer.mask in ("makes", "passes", "uses"):
            self._masked.add(layer.name)

    def _mask(self, name: str, layer: Layer) -> str:
        """``with mask`` for an output that comes with one."""
        comes_in = layer.mask in ("passes", "uses", "drops")
        return "with mask" if comes_in and name in self._masked else ""

    def repeat(self, run: Sequence[Sequence[Layer]]) -> None:
        """Adds a frame for the equal iterations of a block, which shows the first of them."""
        names = {layer.name for iteration in run for layer in iteration}
        first = {layer.name for layer in run[0]}
        sources = [
            (self._source(name), name.partition(".")[2])
            for layer in (layer for iteration in run for layer in iteration)
            for name, _ in _reads(layer)
            if name.partition(".")[0] not in names
        ]
        aliases = {
            name: "start"
            for here, there in zip(run[0], run[1], strict=True)
            for (name, _), (other, _) in zip(_reads(here), _reads(there), strict=True)
            if name.partition(".")[0] not in first and name != other
        }
        number = self.add(
            Part(
                kind="frame",
                name=f"× {len(run)}",
                layer=fold(run),
                is_output=bool(names & self._outputs),
                content=_content(run[0], aliases),
            ),
            names,
        )
        self._connect(sources, number)

    def _source(self, name: str) -> int:
        node = name.partition(".")[0]
        if node not in self._numbers:
            self.add(Part(kind="input", name=name), (node,))
        return self._numbers[node]

    def _connect(self, sources: Iterable[tuple[int, str]], target: int) -> None:
        for source, label in sources:
            self._wires.setdefault((source, target), {})[label] = None


def _content(layers: Sequence[Layer], aliases: Mapping[str, str] | None = None) -> Parts:
    """The parts inside a frame; what is read from outside is an input."""
    inside = {layer.name for layer in layers}
    outside = {
        name: None
        for layer in layers
        for name, _ in _reads(layer)
        if name.partition(".")[0] not in inside
    }
    collector = _Collector(set())
    for name in outside:
        part = Part(kind="input", name=(aliases or {}).get(name, name))
        collector.add(part, (name.partition(".")[0],))
    for run in runs(layers):
        for layer in run[0] if len(run) == 1 else ():
            collector.layer(layer)
        if len(run) > 1:
            collector.repeat(run)
    return collector.collected()


def model_inside(layer: Layer) -> tuple[Layer, ...] | None:
    """The layers of a model that a layer is, or that it calls at each time step."""
    if layer.is_model:
        return layer.layers
    if len(layer.layers) == 1:
        return model_inside(layer.layers[0])
    return None


def _reads(layer: Layer) -> list[tuple[str, str]]:
    """What a layer reads, each with what the wire carries, if that is not just an output."""
    roles = layer.roles or ()
    several = len(layer.inbound) > 1
    reads = []
    for number, name in enumerate(layer.inbound):
        role = roles[number] if several and number < len(roles) else ""
        reads.append((name, role or name.partition(".")[2]))
    for name in layer.initial_state:
        reads.append((name, name.partition(".")[2] or "state"))
    return reads
