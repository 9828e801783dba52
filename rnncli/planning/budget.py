"""The problems of a model that is over its budget: what costs most, and what would fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from rnncli.analysis.budgets import NOUNS, Excess, over_budget
from rnncli.config import ModelSpec, override
from rnncli.model.graph import KerasObject, Model
from rnncli.model.mending import set_on
from rnncli.problems import ConfigError, Fix, Problem, errors, problem
from rnncli.report.layer import Layer
from rnncli.report.report import Report

# How many layers a problem names, and how many of them it looks for a change in.
_NAMED = 3
# The arguments that are a matter of choice.
_FREE = frozenset({"units", "filters", "output_dim", "key_dim", "num_heads"})
# The largest model that is planned again with other arguments; each plan takes a while.
_LAYERS = 500


def budget_problems(spec: ModelSpec, model: Model, report: Report) -> Iterator[Problem]:
    """Yields a problem for each total of the plan that is over its limit, or not known."""
    budget = spec.budget
    if budget is None:
        return
    limits = {name: limit.amount for name, limit in budget.limits.items()}
    for excess in over_budget(report, limits):
        limit = budget.limits[excess.name]
        fix: Fix | str | None = None
        if excess.total is None:
            message = _unknown(excess)
        else:
            message = f"{_total(excess)}: {_costs(excess, excess.total)}"
            fix = _Scaling(spec, model, report, excess).fix()
        over = problem("over-budget", message, fix, place=limit.place)
        if limit.place is None:
            over = replace(over, message=f"{message} ({limit.option})", file=spec.source.name)
        yield over


def _total(excess: Excess) -> str:
    assert excess.total is not None
    over = excess.total - excess.limit
    return f"{excess.total:,} {NOUNS[excess.name]} are {over:,} over the budget of {excess.limit:,}"


def _unknown(excess: Excess) -> str:
    names = ", ".join(f"{layer.name} ({layer.cls})" for layer, _ in excess.costs[:_NAMED])
    why = f": those of {names} are not" if names else ""
    what = NOUNS[excess.name]
    return f"the {what} are not known{why}, and what is not known is not within {excess.limit:,}"


def _costs(excess: Excess, total: int) -> str:
    named = [(layer, cost) for layer, cost in excess.costs[:_NAMED] if cost]
    return ", ".join(f"{layer.name} {cost:,} ({cost / total:.0%})" for layer, cost in named)


class _Scaling:
    """Plans a model with other arguments of the layers that cost most."""

    def __init__(self, spec: ModelSpec, model: Model, report: Report, excess: Excess) -> None:
        self.spec = replace(spec, budget=None, data=None)
        self.layers = {node.layer.name: node.layer for node in model.nodes if not node.shared_with}
        self.excess = excess
        self.batch = report.batch
        self.lengths = {name: free.size for free in report.lengths for name in free.inputs}
        self.is_small = len(report.layers) <= _LAYERS
        self.outputs = {ref.node for ref in model.outputs}

    def fix(self) -> Fix | str | None:
        """The largest argument of one layer that keeps the total within its limit, and how the
        total grows with the arguments of the layers that cost most."""
        if not self.is_small:
            return None
        growing = [*self._growing()]
        growth = ", ".join(f"{path} ×{ratio:.3g}" for path, _, _, ratio in growing)
        noun = NOUNS[self.excess.name]
        words = f"doubling an argument multiplies the {noun}: {growth}" if growth else None
        for path, layer, value, _ in growing:
            if self._is_given(path):
                continue
            fitting = self._largest(path, value)
            if fitting is not None:
                fix = set_on(layer, path.rpartition(".")[2], fitting, safe=False)
                return replace(fix, text=f"{fix.text}\n{words}")
        return f"no argument alone is enough; {words}" if words else None

    def _is_given(self, path: str) -> bool:
        """Whether an argument follows from the data or the task: sizes of vocabularies, outputs."""
        layer, _, argument = path.partition(".")
        return argument.rpartition(".")[2] not in _FREE or layer in self.outputs

    def _growing(self) -> Iterator[tuple[str, KerasObject, int, float]]:
        """Yields the arguments that the total grows with: path, layer, value, and by how much."""
        for report_layer, cost in self.excess.costs[:_NAMED]:
            layer = self.layers.get(report_layer.name)
            for path, value in _sizes(report_layer, layer) if layer and cost else ():
                total = self._total(path, 2 * value)
                if layer and total is not None and total > (self.excess.total or 0):
                    yield path, layer, value, total / (self.excess.total or 1)

    def _largest(self, path: str, value: int) -> int | None:
        """The largest value of an argument that keeps the total within the limit; None if none."""
        fits, too_large = 0, value
        while too_large - fits > 1:
            middle = (fits + too_large) // 2
            total = self._total(path, middle)
            if total is not None and total <= self.excess.limit:
                fits = middle
            else:
                too_large = middle
        return fits or None

    def _total(self, path: str, value: int) -> int | None:
        """The total with another value of an argument; None if that is no model."""
        from rnncli.planning.plan import plan

        try:
            changed = override(self.spec, [f"{path}={value}"])
            report = plan(changed, self.batch, self.lengths or None)
        except ConfigError:
            return None
        total: int | None = getattr(report.totals, self.excess.name)
        return None if errors(report.problems) else total


def _sizes(report_layer: Layer, layer: KerasObject | None) -> Sequence[tuple[str, int]]:
    """The positive integers among the arguments of a layer, or of the layer that it wraps, with
    the paths that ``--set`` takes."""
    if layer is None:
        return ()
    inner = layer.arguments.get("layer")
    path = report_layer.name
    if isinstance(inner, KerasObject):
        layer, path = inner, f"{path}.layer"
    return [
        (f"{path}.{name}", value)
        for name, value in layer.arguments.items()
        if isinstance(value, int) and not isinstance(value, bool) and value > 0
    ]
