"""The record of what differs between two models, A and B: what ``rnncli diff --json`` writes."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from rnncli.problems import Problem
from rnncli.report.layer import Shape

# What became of a layer. One that ``follows`` is changed only because others are.
Kind = Literal["unchanged", "changed", "follows", "added", "removed"]


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two models: its name, and the file that it is from."""

    name: str
    source: str


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A fact that differs, such as the argument ``units``.

    ``before`` is the fact in A, and ``after`` in B. It is left out where there is none, such as an
    argument that has Keras's default.
    """

    what: str
    before: Any = msgspec.UNSET
    after: Any = msgspec.UNSET


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """A count in A and in B, None where it is not known; its formula, where that has one.

    In ``formula``, the numbers of what is equal are filled in: ``4·(units·(256 + units) + units)``.
    """

    before: int | None
    after: int | None
    formula: str | None = None

    @property
    def differs(self) -> bool:
        """Whether the counts differ."""
        return self.before != self.after

    @property
    def growth(self) -> float | None:
        """By what part of itself the count grows: -0.5 for half; None if that is not known."""
        if self.before is None or self.after is None or (not self.before and self.after):
            return None
        return (self.after - self.before) / self.before if self.before else 0.0


class TensorChange(msgspec.Struct, frozen=True, kw_only=True):
    """A tensor whose shape or dtype differs; None where the model has no such tensor."""

    name: str
    before: Shape | None
    after: Shape | None
    dtypes: tuple[str | None, str | None] | None = None


class LayerDiff(msgspec.Struct, frozen=True, kw_only=True, rename={"cls": "class"}):
    """What became of a layer.

    ``before`` is its name in A and ``after`` in B; None where the model has no such layer. ``cls``
    is its class, in B if there is one. ``place`` is where B's config has it, or A's for a layer
    that is removed: ``b.yaml:7``.

    ``arguments`` and ``wiring`` are what was changed in the layer itself. ``follows_from`` names
    the layers, inputs or settings in B that the rest of the changes follow from. A ``moved`` layer
    is at another place in the order of the layers, and reads another one. ``layers`` are the layers
    inside a nested model that differ.
    """

    kind: Kind
    before: str | None
    after: str | None
    cls: str
    place: str | None = None
    moved: bool = False
    arguments: tuple[Change, ...] = ()
    wiring: tuple[Change, ...] = ()
    inputs: tuple[TensorChange, ...] = ()
    outputs: tuple[TensorChange, ...] = ()
    params: Count
    macs: Count
    follows_from: tuple[str, ...] = ()
    layers: tuple[LayerDiff, ...] = ()

    @property
    def name(self) -> str:
        """The name in B, or in A for a layer that is removed."""
        return self.after or self.before or ""

    @property
    def is_renamed(self) -> bool:
        """Whether both models have the layer, under different names."""
        return None not in (self.before, self.after) and self.before != self.after

    @property
    def differs(self) -> bool:
        """Whether anything about the layer differs, be it its name or its place."""
        return self.kind != "unchanged" or self.is_renamed or self.moved


class WeightsFit(msgspec.Struct, frozen=True, kw_only=True):
    """Which weights of a checkpoint of A fit B, by the layers that have them.

    ``fit`` and ``misfit`` are names in A; ``new`` are names in B of layers that A has no weights
    for. Layers in a nested model are named with it: ``encoder/lstm``.
    """

    fit: tuple[str, ...]
    misfit: tuple[str, ...]
    new: tuple[str, ...]


class TotalCounts(msgspec.Struct, frozen=True, kw_only=True):
    """The totals of both models."""

    params: Count
    trainable: Count
    macs: Count
    weight_bytes: Count
    activation_bytes: Count


class Diff(msgspec.Struct, frozen=True, kw_only=True):
    """What differs between two models, A and B.

    ``settings`` are changes of the models as a whole: their batch, lengths, inputs and outputs.
    ``layers`` are in the order of B, each layer that is removed after the one that it followed.
    """

    schema: Literal["rnncli.diff.v1"] = "rnncli.diff.v1"
    a: Side
    b: Side
    equal: bool
    settings: tuple[Change, ...]
    layers: tuple[LayerDiff, ...]
    totals: TotalCounts
    weights: WeightsFit
    problems: tuple[Problem, ...] = ()
