"""The record of what a model takes: time and memory, measured beside what is planned."""

from __future__ import annotations

from typing import Literal

import msgspec

from rnncli.problems import Problem
from rnncli.report.report import Versions
from rnncli.report.training import TrainingMemory

Work = Literal["forward", "training"]
How = Literal["traced", "eager", "jit"]


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """The wall time of one run, over so many runs after a first one that does not count."""

    runs: int
    minimum_seconds: float
    median_seconds: float


class PassProfile(msgspec.Struct, frozen=True, kw_only=True):
    """A forward pass or a training step of the whole model.

    ``gmacs_per_second`` are the planned MACs of a forward pass, in billions, divided by the minimum
    of its time. ``time`` is None where TensorFlow cannot run it so; ``why`` is what it says.
    """

    work: Work
    how: How
    time: Timing | None
    gmacs_per_second: float | None = None
    why: str | None = None


class LayerProfile(msgspec.Struct, frozen=True, kw_only=True, rename={"cls": "class"}):
    """One call of a layer alone, traced, on what it reads in the model.

    ``without_cudnn`` is there where the fused kernel of a GPU computed it: its time with
    ``use_cudnn`` false.
    """

    name: str
    cls: str
    macs: int | None
    time: Timing
    gmacs_per_second: float | None
    without_cudnn: Timing | None = None


Witness = Literal["device", "process", "samples"]


class PeakMemory(msgspec.Struct, frozen=True, kw_only=True):
    """By how much the memory grows at most in one traced run, which weights and slots are not in.

    ``witness`` is what was read: the ``device``'s own count, the ``process``'s high-water mark, or
    ``samples`` of what it takes, which may miss a short peak: a lower bound.
    """

    work: Work
    bytes: int
    witness: Witness


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """The time and the memory of one model on one device.

    ``call_seconds`` is the time of a traced call of nothing: every layer's time has it.
    ``unattributed_seconds`` are the traced forward pass without the layers, minimum by minimum. It
    is below 0 where the layers together are faster, or skip the cost of a call each.
    ``training`` is the planned memory of a training step.
    """

    schema: Literal["rnncli.profile.v1"] = "rnncli.profile.v1"
    name: str
    source: str
    versions: Versions
    batch: int
    seed: int | None = None
    device: str | None = None
    macs: int | None = None
    passes: tuple[PassProfile, ...] = ()
    layers: tuple[LayerProfile, ...] = ()
    call_seconds: float | None = None
    unattributed_seconds: float | None = None
    peaks: tuple[PeakMemory, ...] = ()
    training: TrainingMemory | None = None
    problems: tuple[Problem, ...] = ()

    def __getitem__(self, name: str) -> LayerProfile:
        """The profile of a layer; of one in a nested model as in ``encoder/lstm``.

        Raises:
            KeyError: there is no such layer.
        """
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise KeyError(f"{name} is none of: {', '.join(layer.name for layer in self.layers)}")

    def pass_of(self, work: Work, how: How = "traced") -> PassProfile | None:
        """A pass of the whole model; None if it was not asked for."""
        return next((one for one in self.passes if (one.work, one.how) == (work, how)), None)
