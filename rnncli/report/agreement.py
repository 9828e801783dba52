"""The record of a comparison of the plan with Keras."""

from __future__ import annotations

import msgspec


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """How many things the plan and the run were compared in."""

    outputs: int
    states: int
    weights: int


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One fact on which the plan, Keras's own inference and the run do not all agree."""

    layer: str
    what: str
    planned: str | None
    inferred: str | None
    ran: str | None


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """Whether Keras agrees with the plan, in how many things, and where not.

    ``not_run`` names the layers that did not run: custom layers, and what depends on them.
    """

    agrees: bool
    compared: Compared
    differences: tuple[Difference, ...] = ()
    not_run: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
