"""The record of many variants of one model: what ``rnncli sweep --json`` writes, a line each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from rnncli.problems import Problem


class Axis(msgspec.Struct, frozen=True, kw_only=True):
    """What differs between the variants: the path that ``--set`` takes, and its values."""

    path: str
    values: tuple[str, ...]


class Variant(msgspec.Struct, frozen=True, kw_only=True):
    """One variant of a model: its settings, and the totals of its plan.

    Totals are None where they are not known. ``over_budget`` names those that are over the budget
    of the config, or not known; ``problems`` are the errors of a variant that is no model.
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
