"""Equal iterations of a repeated block → one of them, marked ``× 12``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import msgspec
from msgspec.structs import replace

from rnncli.report.layer import Layer, Params
from rnncli.report.totals import totals


def folded(layers: Sequence[Layer]) -> tuple[Layer, ...]:
    """Returns the layers with each run of equal iterations as one entry that holds the first.

    The entry is called ``× 12``. Its parameters and its MACs are those of all iterations.
    """
    entries: list[Layer] = []
    for run in runs(layers):
        entries += run[0] if len(run) == 1 else [fold(run)]
    return tuple(entries)


def is_fold(layer: Layer) -> bool:
    """Returns whether an entry stands for several iterations of a block: it has no class."""
    return not layer.cls


def runs(layers: Sequence[Layer]) -> Iterator[list[list[Layer]]]:
    """Yields the runs of equal iterations; a layer that is not repeated is a run of its own."""
    run: list[list[Layer]] = []
    for iteration in _iterations(layers):
        if run and not _is_alike(run[0], iteration):
            yield run
            run = []
        run.append(iteration)
    if run:
        yield run


def _iterations(layers: Sequence[Layer]) -> Iterator[list[Layer]]:
    """Yields the layers of each iteration of a block together, every other layer by itself."""
    for repeat, group in groupby(layers, key=lambda layer: layer.repeat):
        if repeat is msgspec.UNSET:
            yield from ([layer] for layer in group)
        else:
            yield list(group)


def _is_alike(first: Sequence[Layer], other: Sequence[Layer]) -> bool:
    """Returns whether two iterations are of one block and differ only in their names."""
    here, there = first[0].repeat, other[0].repeat
    if here is msgspec.UNSET or there is msgspec.UNSET or here.line != there.line:
        return False
    return [*map(_unnamed, first)] == [*map(_unnamed, other)]


def _unnamed(layer: Layer) -> Layer:
    """Returns a layer without the fields that differ between iterations."""
    return replace(
        layer,
        name="",
        inbound=(),
        initial_state=(),
        inputs=(),
        outputs=tuple([replace(output, values=msgspec.UNSET) for output in layer.outputs]),
        states=tuple([replace(state, values=msgspec.UNSET) for state in layer.states]),
        shared_with=layer.shared_with and "",
        repeat=msgspec.UNSET,
        layers=tuple(map(_unnamed, layer.layers)),
    )


def fold(run: Sequence[Sequence[Layer]]) -> Layer:
    """Returns the entry of equal iterations: the layers of the first, and the counts of all."""
    whole = totals(layer for iteration in run for layer in iteration)
    params = None
    if whole.params is not None:
        params = Params(
            total=whole.params,
            trainable=whole.trainable or 0,
            non_trainable=whole.non_trainable or 0,
        )
    return Layer(name=f"× {len(run)}", cls="", params=params, macs=whole.macs, layers=tuple(run[0]))
