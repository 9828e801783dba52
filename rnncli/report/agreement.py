"""The record of a comparison of the plan with Keras, or with a model file."""

from __future__ import annotations

from typing import Literal

import msgspec


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """How many things the plan was compared in with the run, or with what a file records."""

    outputs: int
    states: int
    weights: int


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One fact on which the plan, Keras's own inference and the run do not all agree.

    Where the witness is a file, ``ran`` is what the file records.
    """

    layer: str
    what: str
    planned: str | None
    inferred: str | None
    ran: str | None


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """Whether Keras agrees with the plan, in how many things, and where not.

    ``witness`` is what the plan is compared with: a run, or the model file that it was read from.
    ``not_run`` names the layers that did not run: custom layers, and what depends on them.
    """

    agrees: bool
    witness: Literal["run", "file"] = "run"
    compared: Compared
    differences: tuple[Difference, ...] = ()
    not_run: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
