"""Stacks of up to twelve layers, grown so that most of them hold together."""

from __future__ import annotations

import json
import re
from typing import Any

from hypothesis import strategies as st

from rnncli.config import parse
from rnncli.keras_api.traits import TRAITS
from rnncli.planning.plan import plan
from rnncli.problems import Source, errors
from tests.conformance.drawing import Strategy
from tests.conformance.judge import LENGTH

IDS = [cls for cls, row in TRAITS.items() if row.ids_below]


def stacks(cases: dict[str, Strategy]) -> Strategy:
    """Chains of the layers that the cases draw; one in ten layers may not fit those before."""
    drawn = st.one_of([each.map(lambda case: case["layers"]) for each in cases.values()])
    starts = st.sampled_from(
        [
            {"input": [5, 8], "layers": []},
            {"input": [None, 4], "layers": []},
            {"input": [6], "layers": []},
            {"input": [4, 3, 2], "layers": []},
            {
                "input": {"shape": [None], "dtype": "int32"},
                "layers": [{"Embedding": {"input_dim": 9, "output_dim": 4, "mask_zero": True}}],
            },
            {"input": [7, 3], "layers": ["Masking"]},
        ]
    )
    return st.builds(_grow, starts, st.lists(drawn, min_size=2, max_size=11), st.integers(0, 9))


def _grow(start: dict[str, Any], drawn: list[list[Any]], misfit: int) -> dict[str, Any]:
    layers = [*start["layers"]]
    for number, more in enumerate(drawn):
        if layers and _reads_ids(more):
            continue
        grown = {**start, "layers": [*layers, *more]}
        spec = parse(Source("stack.yaml", json.dumps(grown)))
        may_misfit = number == misfit == len(drawn) - 1 and not deadly(more)
        if may_misfit or not errors(plan(spec, 2, LENGTH).problems):
            layers += more
    return {**start, "layers": layers or ["Flatten"]}


def _reads_ids(layers: list[Any]) -> bool:
    """Whether ids are read that, behind other layers, depend on the data: any may be too large."""
    return any(f'"{cls}"' in json.dumps(layers) for cls in IDS)


def deadly(layers: list[Any]) -> bool:
    """Whether TensorFlow may end the process where these do not fit: its kernel for the largest
    of a window divides by zero where the window is a step longer than the axis."""
    return re.search(r'"(Adaptive)?MaxPooling', json.dumps(layers)) is not None
