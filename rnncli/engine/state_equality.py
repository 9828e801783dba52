"""Finds the part of an output that a state equals, by comparing the values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from rnncli.model.tensor_names import part_of


def found_equal(name: str, state: Any, outputs: Mapping[str, Any]) -> str | None:
    """Returns the part of an output that a state equals in every value, or None.

    ``state`` is (batch, …, units); an output is (batch, …, width) or (batch, time, …, width).
    """
    # The output of its own direction first: if all values are zero, every output equals it.
    own_first = sorted(outputs.items(), key=lambda item: not name.startswith(item[0]))
    for output_name, output in own_first:
        for expression, part in _parts(name, output_name, output, state):
            if part.shape == state.shape and np.array_equal(part, state, equal_nan=True):
                return expression
    return None


def _parts(name: str, output_name: str, output: Any, state: Any) -> Iterator[tuple[str, Any]]:
    rank, units, width = state.ndim, state.shape[-1], output.shape[-1]
    backward = name.startswith("backward")
    steps: list[tuple[str | None, Any]] = []
    if output.ndim == rank:
        steps = [(None, output)]
    elif output.ndim == rank + 1 and output.shape[1]:
        steps = [("-1", output[:, -1]), ("0", output[:, 0])]
    for text, step in reversed(steps) if backward else steps:
        if width == units:
            yield part_of(output_name, rank, text), step
            continue
        halves = [(f":{units}", step[..., :units]), (f"{width - units}:", step[..., -units:])]
        for half, part in reversed(halves) if backward else halves:
            yield part_of(output_name, rank, text, half), part
