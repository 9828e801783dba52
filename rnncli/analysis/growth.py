"""A Diff and the growth that is allowed → the problem of a model that has grown by more."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from msgspec.structs import replace

from rnncli.analysis.budgets import NOUNS
from rnncli.problems import Problem, problem_of_file
from rnncli.report.diff import Count, Diff, LayerDiff

# How many layers a problem names.
_NAMED = 3


def growth_problem(diff: Diff, allowed: Fraction) -> Problem | None:
    """The problem of a model B whose totals have grown by more than this part of A's; else None.

    A total that is not known in one of the models is never within, unless the models are equal. The
    line of the problem is that of the layer that has grown most.
    """
    grown = [] if diff.equal else [*_grown(diff, allowed)]
    if not grown:
        return None
    message = (
        f"this has grown by more than {_percent(allowed)} since {diff.a.source}: {', '.join(grown)}"
    )
    growing = sorted(diff.layers, key=lambda layer: -_growth_of(layer))
    named = [layer for layer in growing[:_NAMED] if _growth_of(layer) > 0]
    if named:
        layers = ", ".join(f"{layer.name} +{_growth_of(layer):,}" for layer in named)
        message = f"{message}; parameters of {layers}"
    problem = problem_of_file(diff.b.source, "over-growth", message)
    file, _, line = (named[0].place or "").rpartition(":") if named else ("", "", "")
    return replace(problem, line=int(line)) if file == diff.b.source else problem


def _grown(diff: Diff, allowed: Fraction) -> Iterator[str]:
    """Yields each total that has grown by more than is allowed."""
    for name, noun in NOUNS.items():
        count: Count = getattr(diff.totals, name)
        if count.before is None or count.after is None:
            yield f"{noun} not known in both"
        elif count.after > count.before * (1 + allowed):
            more = _percent(Fraction(count.after, count.before) - 1) if count.before else "from 0"
            yield f"{noun} +{more} to {count.after:,}"


def _percent(part: Fraction) -> str:
    return f"{float(part * 100):.3g} %"


def _growth_of(layer: LayerDiff) -> int:
    """By how many parameters a layer has grown."""
    count = layer.params
    return 0 if count.before is None or count.after is None else count.after - count.before
