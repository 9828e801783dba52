"""The record of many variants of one model: what ``rnncli sweep --json`` writes, a line each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from rnncli.problems import Problem
from rnncli.report.agreement import Difference
from rnncli.report.gradients import Verdict
from rnncli.report.report import Versions


class Axis(msgspec.Struct, frozen=True, kw_only=True):
    """What differs between the variants: the path that ``--set`` takes, and its values."""

    path: str
    values: tuple[str, ...]


class HalfLife(msgspec.Struct, frozen=True, kw_only=True):
    """In how many steps the gradient at a recurrent layer halves; None if it does not."""

    steps: float | None
    verdict: Verdict


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What the run of a variant in Keras showed.

    ``differences`` are the facts on which plan and run do not agree. The times are those of one
    forward pass on one batch, traced, over ``runs`` of them; None where there is nothing to run.
    ``peak_bytes`` is the largest resident memory of the whole process meanwhile. ``half_lives``
    are those of the recurrent layers by name, if they were asked for.
    """

    versions: Versions
    batch: int
    seed: int
    runs: int
    agrees: bool
    differences: tuple[Difference, ...] = ()
    min_seconds: float | None
    median_seconds: float | None
    peak_bytes: int
    half_lives: Mapping[str, HalfLife] | msgspec.UnsetType = msgspec.UNSET

    @property
    def half_life(self) -> float | None:
        """The shortest of the half-lives, in steps; None if there is none."""
        steps = [one.steps for one in (self.half_lives or {}).values() if one.steps is not None]
        return min(steps, default=None)


class Variant(msgspec.Struct, frozen=True, kw_only=True):
    """One variant of a model: its settings, and the totals of its plan.

    Totals are None where they are not known. ``over_budget`` names those that are over the budget
    of the config, or not known; ``problems`` are the errors of a variant that is no model, or that
    failed in Keras. ``measured`` is there if the variant was run.
    """

    schema: Literal["rnncli.sweep.v1"] = "rnncli.sweep.v1"
    name: str
    source: str
    settings: Mapping[str, Any]
    params: int | None = None
    macs: int | None = None
    weight_bytes: int | None = None
    activation_bytes: int | None = None
    over_budget: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    measured: Measured | msgspec.UnsetType = msgspec.UNSET


class Growth(msgspec.Struct, frozen=True, kw_only=True):
    """By what factor a total grows where the value of an axis doubles and no other changes.

    ``least`` and ``most`` are those of the variants; between values that are no doubles of one
    another, the factor is what growth at the same rate makes of it.
    """

    path: str
    total: Literal["params", "macs"]
    least: float
    most: float


class Sweep(msgspec.Struct, frozen=True, kw_only=True):
    """All variants of a model, in the order of the grid or sorted, and how the totals grow.

    ``axes`` are the settings that have several values; ``constants`` those that have one.
    """

    name: str
    source: str
    axes: tuple[Axis, ...]
    constants: tuple[Axis, ...] = ()
    variants: tuple[Variant, ...]
    growth: tuple[Growth, ...] = ()
