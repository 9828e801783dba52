"""Iterations of a repeated block that differ in nothing → one of them, marked ``× 12``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
from msgspec.structs import replace

from rnncli.report.layer import Layer, Params

FOLD = "×"


def folded(layers: Sequence[Layer]) -> tuple[Layer, ...]:
    """The layers with each run of equal iterations as one entry, which holds the first of them.

    The entry is called ``× 12``. Its parameters and its MACs are those of all iterations.
    """
    return tuple(
        [
            _fold(run) if len(run) > 1 else layer
            for run in _runs(layers)
            for layer in (run[0][:1] if len(run) > 1 else run[0])
        ]
    )


def is_fold(layer: Layer) -> bool:
    """Whether an entry stands for several iterations of a block."""
    return not layer.cls and layer.name.startswith(FOLD)


def _runs(layers: Sequence[Layer]) -> Iterator[list[tuple[Layer, ...]]]:
    """The layers in runs of equal iterations; what is not repeated is a run of its own."""
    run: list[tuple[Layer, ...]] = []
    for iteration in _iterations(layers):
        if run and _is_alike(run[0], iteration):
            run.append(iteration)
        else:
            if run:
                yield run
            run = [iteration]
    if run:
        yield run


def _iterations(layers: Sequence[Layer]) -> Iterator[tuple[Layer, ...]]:
    """The layers of each iteration of a block together, every other layer by itself."""
    together: list[Layer] = []
    for layer in layers:
        if together and (layer.repeat is msgspec.UNSET or layer.repeat != together[0].repeat):
            yield tuple(together)
            together = []
        if layer.repeat is msgspec.UNSET:
            yield (layer,)
        else:
            together.append(layer)
    if together:
        yield tuple(together)


def _is_alike(first: Sequence[Layer], other: Sequence[Layer]) -> bool:
    """Whether two iterations of one block differ in nothing but their names."""
    places = [layers[0].repeat for layers in (first, other)]
    if msgspec.UNSET in places or len(first) != len(other):
        return False
    lines = {place.line for place in places if place is not msgspec.UNSET}
    return len(lines) == 1 and all(map(_same, first, other))


def _same(first: Layer, other: Layer) -> bool:
    return _unnamed(first) == _unnamed(other)


def _unnamed(layer: Layer) -> Layer:
    """A layer without what tells it from the same layer of another iteration."""
    return replace(
        layer,
        name="",
        sources=(),
        initial_state=(),
        inputs=(),
        outputs=tuple([replace(output, values=msgspec.UNSET) for output in layer.outputs]),
        states=tuple([replace(state, values=msgspec.UNSET) for state in layer.states]),
        shared_with=layer.shared_with and "",
        repeat=msgspec.UNSET,
        layers=tuple(map(_unnamed, layer.layers)),
    )


def _fold(run: Sequence[Sequence[Layer]]) -> Layer:
    layers = [layer for iteration in run for layer in iteration]
    return Layer(
        name=f"{FOLD} {len(run)}",
        cls="",
        params=_sum([layer.params for layer in layers]),
        macs=_total([layer.macs for layer in layers]),
        layers=tuple(run[0]),
    )


def _sum(counts: Sequence[Params | None]) -> Params | None:
    known = [count for count in counts if count is not None]
    if len(known) < len(counts):
        return None
    return Params(
        total=sum(count.total for count in known),
        trainable=sum(count.trainable for count in known),
        non_trainable=sum(count.non_trainable for count in known),
    )


def _total(counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None
