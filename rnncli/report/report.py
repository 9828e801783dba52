"""What is found out about a model: the record that every format prints.

A report is a tree of immutable structs, the same for a plan and for a run. Shapes carry the
batch axis; an axis of unknown size is None, and so is any number that is not known.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from rnncli.problems import Problem
from rnncli.report.agreement import Agreement
from rnncli.report.decoding import Decode, Decoded
from rnncli.report.facts import Fact
from rnncli.report.layer import Layer, Tensor
from rnncli.report.model_file import FileFormat
from rnncli.report.training import TrainingMemory

# The size of an unknown length if no other is set, and if it fits.
DEFAULT_LENGTH = 10
Stage = Literal["plan", "run"]


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """Sums over the layers. ``activation_bytes`` counts every layer's outputs once."""

    params: int | None
    trainable: int | None
    non_trainable: int | None
    weight_bytes: int | None
    activation_bytes: int | None
    macs: int | None


class Length(msgspec.Struct, frozen=True, kw_only=True):
    """A length that is not known: its letter, the inputs that have it, what it is in the run.

    ``chosen`` says that nobody gave that size.
    """

    letter: str
    inputs: tuple[str, ...]
    size: int
    chosen: bool = False


class Versions(msgspec.Struct, frozen=True, kw_only=True):
    """What a report was made with; None for what took no part.

    ``engine`` is what Keras computed on.
    """

    rnncli: str
    python: str
    keras: str | None = None
    tensorflow: str | None = None
    jax: str | None = None
    torch: str | None = None
    numpy: str | None = None
    engine: Literal["tensorflow", "jax", "torch", "numpy"] | None = None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of a model at one stage.

    ``lengths`` are those that are not known; ``length`` is what stands for them, where it is one.
    ``output_names`` are those that the config gives to the outputs, in their order. ``format`` is
    the kind of a model file, and ``written_by`` what wrote it: ``Keras 2.2.4``. ``data`` is the
    file that the run reads; it is left out where it reads random numbers. ``facts`` are what the
    run shows of its layers. ``training`` is the memory of a training step, where it was asked for.
    """

    schema: Literal["rnncli.report.v1"] = "rnncli.report.v1"
    name: str
    source: str
    stage: Stage
    versions: Versions
    batch: int
    length: int | None = None
    lengths: tuple[Length, ...] = ()
    seed: int | None
    inputs: tuple[Tensor, ...]
    outputs: tuple[str, ...]
    output_names: tuple[str, ...] | None = None
    layers: tuple[Layer, ...]
    totals: Totals
    decode: Decode | None = None
    decoded: Decoded | None = None
    problems: tuple[Problem, ...] = ()
    agreement: Agreement | None = None
    format: FileFormat | msgspec.UnsetType = msgspec.UNSET
    written_by: str | msgspec.UnsetType = msgspec.UNSET
    data: str | msgspec.UnsetType = msgspec.UNSET
    facts: tuple[Fact, ...] | msgspec.UnsetType = msgspec.UNSET
    training: TrainingMemory | msgspec.UnsetType = msgspec.UNSET
