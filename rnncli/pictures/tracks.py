"""A report → what its picture in time shows: layers above each other, and their cells.

A track is a chain of layers, of which each reads what the one below it returns. A layer that reads
something else starts a track of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from rnncli.report.layer import Layer, State, Tensor
from rnncli.report.report import Report


class Lane(msgspec.Struct, frozen=True, kw_only=True):
    """A cell repeated in time: its states, and what each of them starts from."""

    name: str
    cls: str
    params: int | None
    states: tuple[State, ...]
    starts: tuple[str, ...]


class Direction(msgspec.Struct, frozen=True):
    """Cells that run over time in one direction, each reading what the one below it returns."""

    lanes: tuple[Lane, ...]
    backwards: bool


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A layer at its place in a track; ``directions`` are those of a recurrent layer.

    ``reads`` names what it reads beside what the layer below returns.
    """

    layer: Layer
    directions: tuple[Direction, ...] = ()
    reads: tuple[str, ...] = ()


class Track(msgspec.Struct, frozen=True, kw_only=True):
    """A chain of layers over a tensor called ``source``; ``end`` is the last layer's output.

    ``loops`` says that the model feeds this output back, step by step. ``is_read`` says that
    something reads the output, or that it is one of the model's.
    """

    source: str
    tensor: Tensor
    rows: tuple[Row, ...]
    end: str
    is_read: bool
    loops: bool


def tracks(report: Report, layers: Sequence[Layer] | None = None) -> list[Track]:
    """The tracks of a report, or of some of its layers, in the order of the first layer of each."""
    chosen = report.layers if layers is None else layers
    tensors: dict[str, Tensor] = {tensor.name: tensor for tensor in report.inputs}
    chains: list[_Chain] = []
    for layer in chosen:
        _add(chains, tensors, layer)
        tensors |= dict(_returned(layer))
    read = {name for layer in report.layers for name in (*layer.inbound, *layer.initial_state)}
    read |= {name.removesuffix(".output") for name in report.outputs}
    return [chain.track(report, read) for chain in chains]


class _Chain:
    """A track while layers are added to it."""

    def __init__(self, source: str, tensor: Tensor) -> None:
        self.source = source
        self.tensor = tensor
        self.rows: list[Row] = []
        self.end = source

    def track(self, report: Report, read: set[str]) -> Track:
        decode = report.decode
        loops = (
            decode is not None
            and not decode.feeds_prefix
            and decode.input == self.source
            and decode.output.removesuffix(".output") == self.end
        )
        return Track(
            source=self.source,
            tensor=self.tensor,
            rows=tuple(self.rows),
            end=self.end,
            is_read=self._is_read(read),
            loops=loops
            and decode is not None
            and decode.output.removesuffix(".output") == self.end,
        )

    def _is_read(self, read: set[str]) -> bool:
        outputs = self.rows[-1].layer.outputs
        names = {self.end, *(f"{self.end}.{output.name}" for output in outputs)}
        return not names.isdisjoint(read)


def _add(chains: list[_Chain], tensors: dict[str, Tensor], layer: Layer) -> None:
    """Adds a layer to the chain that it reads the end of, or to a new one."""
    names = list(layer.inbound)
    ends = {chain.end: chain for chain in chains}
    main = next((name for name in names if name in ends), names[0] if names else "input")
    chain = ends.get(main)
    if chain is None:
        tensor = tensors.get(main) or (layer.inputs[0] if layer.inputs else _unknown(main))
        chain = _Chain(main, tensor)
        chains.append(chain)
    if main in names:
        names.remove(main)
    chain.rows.append(Row(layer=layer, directions=directions(layer), reads=tuple(names)))
    chain.end = layer.name


def _unknown(name: str) -> Tensor:
    return Tensor(name=name, shape=None, dtype=None)


def _returned(layer: Layer) -> Iterator[tuple[str, Tensor]]:
    """The tensors that a layer returns, by the names that others read them by."""
    for tensor in (*layer.outputs, *layer.states):
        yield (layer.name if tensor.name == "output" else f"{layer.name}.{tensor.name}"), tensor


def directions(layer: Layer) -> tuple[Direction, ...]:
    """The directions of a recurrent layer, in the order of its states; none of other layers."""
    if not layer.states or not layer.recurrence:
        return ()
    starts = _starts(layer)
    if layer.recurrence.merge is msgspec.UNSET:
        cells = layer.layers or (layer,)
        lanes = _lanes(cells, layer, [*zip(layer.states, starts, strict=True)])
        return (Direction(lanes, bool(layer.recurrence.goes_backwards)),)
    made = []
    for inner, name in zip(layer.layers, ("forward_", "backward_"), strict=True):
        pairs = [
            (state, start)
            for state, start in zip(layer.states, starts, strict=True)
            if state.name.startswith(name)
        ]
        lanes = _lanes(inner.layers or (inner,), inner, pairs)
        backwards = bool(inner.recurrence and inner.recurrence.goes_backwards)
        made.append(Direction(lanes, backwards))
    return tuple(made)


def _starts(layer: Layer) -> tuple[str, ...]:
    """What each state starts from: its name, or 0."""
    if len(layer.initial_state) == len(layer.states):
        return layer.initial_state
    if len(layer.initial_state) == 1:
        return layer.initial_state * len(layer.states)
    return ("0",) * len(layer.states)


def _lanes(
    cells: Sequence[Layer], whole: Layer, states: Sequence[tuple[State, str]]
) -> tuple[Lane, ...]:
    """The cells of one direction, each with its states, which end in its number."""
    lanes = []
    for number, cell in enumerate(cells):
        own = [
            (state, start)
            for state, start in states
            if len(cells) == 1 or state.name.endswith(f"_{number}")
        ]
        lanes.append(
            Lane(
                name=cell.name if len(cells) > 1 else whole.name,
                cls=cell.cls.removesuffix("Cell"),
                params=cell.params.total if cell.params else None,
                states=tuple([state for state, _ in own]),
                starts=tuple([start for _, start in own]),
            )
        )
    return tuple(lanes)
