"""The facts that a run shows, a line for each kind."""

from __future__ import annotations

from collections.abc import Mapping

from rnncli.report.facts import FactKind
from rnncli.report.report import Report

TITLE = "Verified on this run"
# How many lines there are, and how many layers one names.
_LINES = 5
_NAMED = 3

# In the order of the lines.
_SAYS: Mapping[FactKind, str] = {
    "masked-step": "a masked step repeats the state before it.",
    "second-call": "a second call goes on from the states of the first (stateful).",
    "sum-of-directions": "the output is the sum of its two directions.",
    "dense-of-steps": "Dense after a sequence equals TimeDistributed(Dense).",
    "output-is-state": "the output is the state h, and there is no other.",
    "no-dropout": "dropout does nothing outside training.",
}


def lines(report: Report) -> list[str]:
    """Returns what holds of which layers, one kind of fact a line."""
    layers: dict[FactKind, list[str]] = {}
    for fact in report.facts or ():
        layers.setdefault(fact.kind, []).append(fact.layer)
    return [f"{_names(layers[kind])}: {says}" for kind, says in _SAYS.items() if kind in layers][
        :_LINES
    ]


def _names(layers: list[str]) -> str:
    if len(layers) <= _NAMED:
        return ", ".join(layers)
    return f"{', '.join(layers[:_NAMED])} and {len(layers) - _NAMED} more"
