"""The calls of the library that hold models against each other: ``diff``, and budgets."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec.structs import asdict, replace

from rnncli import library
from rnncli.config import ModelSpec
from rnncli.config.budget import BUDGET_KEYS, amount_of, example, misread, respelled
from rnncli.config.spec import BudgetSpec, Limit
from rnncli.model.binding import bind
from rnncli.model.graph import Model
from rnncli.model.tensor_names import is_model
from rnncli.problems import Problem
from rnncli.report.diff import Diff
from rnncli.report.report import Report

if TYPE_CHECKING:
    from fractions import Fraction

    from rnncli.model.lengths import ChosenLengths

# A model: its spec, its report, or the path of either, which may be in a commit: main:model.yaml.
Comparable = ModelSpec | Report | str | os.PathLike[str]


class ModelDiff(Diff, frozen=True, kw_only=True):
    """A diff that shows itself as a table, in a terminal and in a notebook."""

    def __repr__(self) -> str:
        from rnncli.formats.diff import as_table
        from rnncli.formats.render_options import RenderOptions

        return as_table(self, RenderOptions())

    __str__ = __repr__

    def _repr_markdown_(self) -> str:
        from rnncli.formats.diff import as_markdown

        return as_markdown(self)


def diff(
    a: Comparable,
    b: Comparable,
    *,
    batch: int | None = None,
    length: ChosenLengths | None = None,
) -> ModelDiff:
    """What differs between two models, cause and consequence apart. Nothing is built.

    A model is a spec, a report, or a path: of a config, a model file or a saved report, or of a
    file in a commit of a git repository, such as ``HEAD:model.yaml``. ``batch`` and ``length`` are
    as for ``plan``; a report has its own. A model without lengths of its own is
    planned at those of the other one.

    Raises:
        ConfigError: as for ``load`` and ``plan``; or there is no such commit or report.
    """
    from rnncli.analysis.diff import diff as difference

    sides = _read(a), _read(b)
    before, after = (
        side if isinstance(side, Report) else library.plan(side, batch=batch, length=length)
        for side in sides
    )
    before, after = _at_lengths(sides[0], before, after), _at_lengths(sides[1], after, before)
    places = [{} if isinstance(side, Report) else places_of(side) for side in sides]
    return ModelDiff(**asdict(difference(before, after, *places)))


def _at_lengths(side: ModelSpec | Report, report: Report, other: Report) -> Report:
    """The plan of a model at the lengths of the other one, where nobody gave it lengths."""
    if isinstance(side, Report) or not all(free.chosen for free in report.lengths):
        return report
    sizes = {name: free.size for free in other.lengths if not free.chosen for name in free.inputs}
    lengths = _known(sizes, side)
    return library.plan(side, batch=report.batch, length=lengths) if lengths else report


def with_budget(spec: ModelSpec, **limits: int | str) -> ModelSpec:
    """The model with limits beside those of its config, such as ``params="2M"``.

    The totals are ``params``, ``macs``, ``weight_bytes`` and ``activation_bytes``. A plan of the
    model then has an error for each that is over its limit.

    Raises:
        ValueError: there is no such total, or an amount is none.
    """
    added = {}
    for name, written in limits.items():
        if name not in BUDGET_KEYS:
            raise ValueError(f"a budget has no {name}: it has {', '.join(BUDGET_KEYS)}")
        amount = amount_of(name, written)
        if amount is None:
            near = respelled(name, written)
            hint = f"did you mean {near}?" if near else f"such as {example(name)}"
            raise ValueError(f"{misread(name)}; {hint}")
        added[name] = Limit(amount, option=option_of(name))
    known = spec.budget.limits if spec.budget else {}
    return replace(spec, budget=BudgetSpec({**known, **added})) if added else spec


def option_of(name: str) -> str:
    """The option of ``check`` that sets a limit: ``--max-params``."""
    return f"--max-{name.replace('_', '-')}"


def growth_problem(
    before: Comparable, after: ModelSpec, report: Report, allowed: Fraction
) -> Problem | None:
    """The problem of a model, with its plan, that has grown by more than this part of another.

    Raises:
        ConfigError: the other model cannot be read or planned.
    """
    from rnncli.analysis.diff import diff as difference
    from rnncli.analysis.growth import growth_problem as problem_of

    lengths = {name: free.size for free in report.lengths for name in free.inputs}
    base = _read(before)
    if not isinstance(base, Report):
        base = library.plan(base, batch=report.batch, length=_known(lengths, base))
    return problem_of(difference(base, report, {}, places_of(after)), allowed)


def _known(lengths: dict[str, int], spec: ModelSpec) -> dict[str, int] | None:
    """The lengths of inputs that a model has."""
    names = {model_input.name for model_input in spec.inputs}
    return {name: size for name, size in lengths.items() if name in names} or None


def _read(side: Comparable) -> ModelSpec | Report:
    if isinstance(side, ModelSpec | Report):
        return side
    from rnncli.readers.sides import read_side

    if isinstance(side, str) and library.is_text(side):
        return library.load(side)
    return read_side(os.fspath(side))


def places_of(spec: ModelSpec) -> dict[str, str]:
    """Where the config has each layer, by its name: ``{"encoder/lstm": "encoder.yaml:4"}``."""
    return dict(_places(bind(spec), ""))


def _places(model: Model, path: str) -> Iterator[tuple[str, str]]:
    for node in model.nodes:
        layer = node.layer
        source = layer.place.source
        if not source.generated:
            yield f"{path}{layer.name}", f"{source.name}:{layer.place.line}"
        if is_model(layer):
            yield from _places(layer["model"], f"{path}{layer.name}/")
