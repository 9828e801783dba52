"""The library's call for many variants of one model: planned, and run where asked."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from rnncli.config import ModelSpec
from rnncli.config.budget import BUDGET_KEYS
from rnncli.config.writing import flow
from rnncli.report.sweep import Axis, Sweep, Variant

if TYPE_CHECKING:
    from rnncli.model.lengths import ChosenLengths
    from rnncli.planning.swept import PlannedVariant


class ModelSweep(Sweep, frozen=True, kw_only=True):
    """A sweep that shows itself as a table, in a terminal and in a notebook."""

    def __repr__(self) -> str:
        from rnncli.formats.render_options import RenderOptions
        from rnncli.formats.sweep import as_table

        return as_table(self, RenderOptions())

    __str__ = __repr__

    def _repr_markdown_(self) -> str:
        from rnncli.formats.sweep import as_markdown

        return as_markdown(self)


# What only a run measures, and a sweep can be sorted by.
MEASURED_KEYS = ("median_seconds", "peak_bytes", "half_life")


def sweep(
    spec: ModelSpec,
    settings: Sequence[str] | Mapping[str, Sequence[Any]],
    *,
    zipped: bool = False,
    sort: str | None = None,
    batch: int | None = None,
    length: ChosenLengths | None = None,
    run: bool = False,
    seed: int = 0,
    runs: int = 10,
    half_life: bool = False,
    force: bool = False,
    workers: int | None = None,
    scheduler: str | None = None,
    journal: str | os.PathLike[str] | None = None,
) -> ModelSweep:
    """Many variants of a model: the totals of each, how they grow, and what a run shows.

    ``settings`` are as ``--set`` takes them, ``"lstm.units=32,64"`` or ``"lstm.units=32:512:32"``,
    or map the path of each to its values. The variants are all combinations; with ``zipped``, the
    first values of all settings, then the second ones, and so on. ``sort`` is a total, such as
    ``params``, or what a run measures, such as ``median_seconds``: the least comes first.

    With ``run``, each variant without errors is built and run in Keras on random numbers: whether
    it agrees with its plan, the time of a forward pass over ``runs`` of them, the peak memory, and
    with ``half_life`` that of the gradients. ``workers`` runs in so many processes, which a
    program starts below ``if __name__ == "__main__"``; ``scheduler`` is the address of a cluster of
    Dask. ``journal`` is a file that has what has run, so that it is not run again. ``force`` runs
    what memory may not be enough for.

    Raises:
        ValueError: the settings make no sweep, or there is nothing to sort by.
        ConfigError: a setting leads nowhere, or the model cannot be planned at all.
        CannotRun: the journal is none, memory is not enough for so many workers, or the cluster
            does not answer, has no workers, or has other versions.
        EngineMissing: Keras, TensorFlow or Dask cannot be imported.
    """
    from rnncli.sweeping.running import HowToRun, prepare
    from rnncli.sweeping.running import run as run_all

    check_sort(sort, is_run=run)
    planned = planned_sweep(spec, settings, zipped=zipped, batch=batch, length=length)
    variants = planned.variants
    if run:
        how = HowToRun(
            seed=seed,
            runs=runs,
            half_life=half_life,
            force=force,
            workers=workers,
            scheduler=scheduler,
            journal=None if journal is None else os.fspath(journal),
        )
        variants = run_all(prepare(spec, variants, how, batch, length), how)
    return replace(planned, variants=sorted_by(sort, variants))


def check_sort(sort: str | None, *, is_run: bool) -> None:
    """Checks what a sweep is sorted by.

    Raises:
        ValueError: there is no such total, or only a run measures it.
    """
    if sort is None or sort in BUDGET_KEYS:
        return
    if sort not in MEASURED_KEYS:
        known = ", ".join((*BUDGET_KEYS, *MEASURED_KEYS))
        raise ValueError(f"a sweep is sorted by {known}, not {sort}")
    if not is_run:
        raise ValueError(f"a sweep is sorted by {sort} where it is run, and not only planned")


def planned_sweep(
    spec: ModelSpec,
    settings: Sequence[str] | Mapping[str, Sequence[Any]],
    *,
    zipped: bool,
    batch: int | None,
    length: ChosenLengths | None,
) -> ModelSweep:
    """The plans of the variants, in the order of the grid.

    Raises:
        ValueError, ConfigError: as for ``sweep``.
    """
    from rnncli.analysis.sweep import axis, combinations, growth
    from rnncli.planning.swept import plan_variants

    if isinstance(settings, Mapping):
        axes = [Axis(path=path, values=(*map(flow, values),)) for path, values in settings.items()]
    else:
        axes = [*map(axis, settings)]
    planned = plan_variants(
        spec, [swept.path for swept in axes], combinations(axes, zipped), batch, length
    )
    limits = (
        {name: limit.amount for name, limit in spec.budget.limits.items()} if spec.budget else {}
    )
    variants = [_variant(spec, one, limits) for one in planned]
    several = tuple([swept for swept in axes if len(swept.values) > 1])
    return ModelSweep(
        name=spec.name,
        source=spec.source.name,
        axes=several,
        constants=tuple([swept for swept in axes if len(swept.values) == 1]),
        variants=tuple(variants),
        growth=tuple(growth(several, variants)),
    )


def sorted_by(sort: str | None, variants: tuple[Variant, ...]) -> tuple[Variant, ...]:
    """The variants, the least first, and last those without such a number."""
    if sort is None:
        return variants

    def key(variant: Variant) -> tuple[bool, float]:
        where = variant if sort in BUDGET_KEYS else variant.measured
        number = getattr(where, sort, None)
        return number is None, number or 0

    return tuple(sorted(variants, key=key))


def _variant(spec: ModelSpec, planned: PlannedVariant, limits: Mapping[str, int]) -> Variant:
    totals = planned.totals
    over = []
    if totals is not None:
        counts = {name: getattr(totals, name) for name in limits}
        over = [name for name, count in counts.items() if count is None or count > limits[name]]
    return Variant(
        name=spec.name,
        source=spec.source.name,
        settings=planned.settings,
        params=totals.params if totals else None,
        macs=totals.macs if totals else None,
        weight_bytes=totals.weight_bytes if totals else None,
        activation_bytes=totals.activation_bytes if totals else None,
        over_budget=tuple(over),
        problems=planned.problems,
    )
