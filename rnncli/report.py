"""What is found out about a model: the record that every format prints.

A report is a tree of immutable structs, the same for a plan and for a run. Shapes carry the
batch axis; an axis of unknown size is None, and so is any number that is not known.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from rnncli.problems import Problem

Shape = tuple[int | None, ...]
Stage = Literal["plan", "run"]
MaskUse = Literal["makes", "passes", "uses", "drops"]


class Tensor(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A named tensor.

    ``shape`` has None for an axis of unknown size, and is None where even the rank is unknown.
    ``filled`` is the shape at the report's length, given only where it differs from ``shape``.
    """

    name: str
    shape: Shape | None
    dtype: str | None
    filled: Shape | None = None
    values: Any = msgspec.UNSET

    @property
    def actual(self) -> Shape | None:
        """The shape with unknown lengths filled in, as a run has it."""
        return self.shape if self.filled is None else self.filled


class State(Tensor, frozen=True, kw_only=True):
    """A state of a recurrent layer after its last step.

    ``returned`` says whether the layer hands it on; ``equals`` is the part of the output that
    it equals, or None where it equals none.
    """

    returned: bool
    equals: str | None


class Weight(msgspec.Struct, frozen=True, kw_only=True):
    """A weight of a layer. ``formula`` gives its shape in words: ``features × 4·units``."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    count: int
    trainable: bool
    formula: str | None = None


class Params(msgspec.Struct, frozen=True, kw_only=True):
    """How many parameters a layer has, with what it holds, and the formula of the count."""

    total: int
    trainable: int
    non_trainable: int
    formula: str | None = None


class Cudnn(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a recurrent layer can use the fused GPU kernel, and if not, why."""

    eligible: bool
    why: str | None = None


class Layer(msgspec.Struct, frozen=True, kw_only=True, rename={"cls": "class", "sources": "from"}):
    """One layer of a model, and the layers that it holds.

    ``weights`` are the layer's own; those of what it holds are listed there. ``params`` counts
    both. Where no rule knows the layer, ``weights``, ``params`` and ``macs`` are None.
    """

    name: str
    cls: str
    sources: tuple[str, ...] = ()
    inputs: tuple[Tensor, ...] = ()
    outputs: tuple[Tensor, ...] = ()
    states: tuple[State, ...] = ()
    weights: tuple[Weight, ...] | None = None
    params: Params | None = None
    macs: int | None = None
    mask: MaskUse | None = None
    cudnn: Cudnn | None = None
    shared_with: str | None = None
    layers: tuple[Layer, ...] = ()


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """Sums over the layers. ``activation_bytes`` counts every layer's outputs once."""

    params: int | None
    trainable: int | None
    non_trainable: int | None
    weight_bytes: int | None
    activation_bytes: int | None
    macs: int | None


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
    """Whether Keras agrees with the plan, in how many things, and where not."""

    agrees: bool
    compared: Compared
    differences: tuple[Difference, ...] = ()


class Versions(msgspec.Struct, frozen=True, kw_only=True):
    """What a report was made with; None for what took no part."""

    rnncli: str
    python: str
    keras: str | None = None
    tensorflow: str | None = None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of a model at one stage."""

    schema: Literal["rnncli.report.v1"] = "rnncli.report.v1"
    name: str
    source: str
    stage: Stage
    versions: Versions
    batch: int
    length: int | None
    seed: int | None
    inputs: tuple[Tensor, ...]
    outputs: tuple[str, ...]
    layers: tuple[Layer, ...]
    totals: Totals
    problems: tuple[Problem, ...] = ()
    agreement: Agreement | None = None


ITEM_BYTES = {
    "bool": 1, "int8": 1, "uint8": 1, "int16": 2, "uint16": 2, "int32": 4, "uint32": 4,
    "int64": 8, "uint64": 8, "float16": 2, "bfloat16": 2, "float32": 4, "float64": 8,
    "float8_e4m3fn": 1, "float8_e5m2": 1, "complex64": 8, "complex128": 16,
}  # fmt: skip
