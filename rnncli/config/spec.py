"""The content of a config, with the place of every word: syntax only, no name is looked up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from rnncli.config.nodes import Node, Scalar
from rnncli.problems import Place, Problem, Source
from rnncli.report.model_file import ModelFile


class Value(msgspec.Struct, frozen=True):
    """An argument's value: a scalar, a list, a plain mapping, a Keras object, or a model in the
    place of a layer."""

    data: Scalar | tuple[Value, ...] | Mapping[str, Argument] | ObjectSpec | IncludeSpec
    place: Place


class Argument(msgspec.Struct, frozen=True):
    """A named argument and its value; ``key`` is where its name stands."""

    key: Place
    value: Value


class ObjectSpec(msgspec.Struct, frozen=True):
    """A Keras object as written: ``LSTM: 3`` or ``LSTM: {units: 3}``.

    ``first`` is the value of the first argument, whatever its name is in Keras.
    """

    cls: str
    place: Place
    first: Value | None = None
    keywords: Mapping[str, Argument] = msgspec.field(default_factory=dict)


class InputSpec(msgspec.Struct, frozen=True):
    """A tensor that a model reads. ``shape`` is without the batch axis; None is unknown."""

    name: str
    shape: tuple[int | None, ...]
    place: Place
    dtype: str | None = None
    below: int | None = None
    dtype_place: Place | None = None


class Reference(msgspec.Struct, frozen=True):
    """What a layer reads: an input's or a layer's name, and which of its tensors.

    ``tensor`` is None for the main output; ``role`` is the argument of the layer's call that the
    tensor is for, such as ``query`` or ``mask``, where the config says so.
    """

    node: str
    tensor: str | None
    place: Place
    role: str | None = None


class LayerSpec(msgspec.Struct, frozen=True):
    """A layer of a model, or an operation: the object, its name if it has one, and what it reads.

    ``inbound`` is None if the layer reads the one before it; ``initial_state`` is None if the
    layer starts from zeros. ``call`` holds further arguments of its call. ``beside`` holds the
    pairs beside the layer that mean nothing there, such as its arguments; ``respelled`` is the
    place of an entry in another program's spelling, such as ``type: LSTM``.
    """

    object: ObjectSpec
    place: Place
    name: str | None = None
    name_place: Place | None = None
    inbound: tuple[Reference, ...] | None = None
    initial_state: tuple[Reference, ...] | None = None
    call: Mapping[str, Argument] | None = None
    beside: Mapping[str, Argument] | None = None
    respelled: Place | None = None


class UseSpec(msgspec.Struct, frozen=True):
    """A layer called again, by the name that it has in the model."""

    used: str
    place: Place
    name: str | None = None
    name_place: Place | None = None
    inbound: tuple[Reference, ...] | None = None
    initial_state: tuple[Reference, ...] | None = None
    call: Mapping[str, Argument] | None = None


class IncludeSpec(msgspec.Struct, frozen=True):
    """A model within the model; None where it cannot be read.

    It is from a file of its own, or written ``in_place``.
    """

    model: ModelSpec | None
    place: Place
    name: str | None = None
    name_place: Place | None = None
    inbound: tuple[Reference, ...] | None = None
    in_place: bool = False


class TensorSpec(msgspec.Struct, frozen=True):
    """An output or a weight of a custom layer; the shape of an output is without the batch axis.

    None is an axis of unknown size, or an output of which even the number of axes is unknown.
    """

    name: str
    shape: tuple[int | None, ...] | None
    place: Place
    dtype: str | None = None
    dtype_place: Place | None = None
    trainable: bool = True


class CustomSpec(msgspec.Struct, frozen=True):
    """A layer of a class that is not Keras's, described by what it returns and its weights."""

    cls: str
    place: Place
    outputs: tuple[TensorSpec, ...] = ()
    weights: tuple[TensorSpec, ...] = ()
    name: str | None = None
    name_place: Place | None = None
    inbound: tuple[Reference, ...] | None = None


class RepeatSpec(msgspec.Struct, frozen=True):
    """A block of entries, repeated ``count`` times."""

    count: int
    entries: tuple[EntrySpec, ...]
    place: Place
    inbound: tuple[Reference, ...] | None = None


# An entry that is one layer of the graph.
NodeSpec = LayerSpec | UseSpec | IncludeSpec | CustomSpec
EntrySpec = NodeSpec | RepeatSpec


class DecodeSpec(msgspec.Struct, frozen=True):
    """How a trained model would be run a step at a time.

    ``output`` becomes the next ``input``; None is the model's first output. ``first`` is the first
    input, and ``steps`` is how many steps are run.
    """

    input: str
    output: Reference | None
    steps: int
    first: int | float
    place: Place
    input_place: Place


class LengthSpec(msgspec.Struct, frozen=True):
    """The sizes of unknown lengths: one size for all inputs, or a size for each input named."""

    place: Place
    size: int | None = None
    inputs: Mapping[str, tuple[int, Place]] = msgspec.field(default_factory=dict)

    def of(self, name: str) -> tuple[int, Place] | None:
        """The length of an input, and its place."""
        return self.inputs.get(name) if self.size is None else (self.size, self.place)


class Limit(msgspec.Struct, frozen=True):
    """The most that a total of a model may be, and where the config has it.

    ``option`` is what set it where no config did, such as ``--max-params``.
    """

    amount: int
    place: Place | None = None
    option: str = ""


class BudgetSpec(msgspec.Struct, frozen=True):
    """The limits of a model's totals, by their names: ``params``, ``macs``, ``weight_bytes``, …"""

    limits: Mapping[str, Limit]


class Setting(msgspec.Struct, frozen=True):
    """A change from the command line: a path such as ``("lstm", "units")``, and the value there.

    ``value`` is read as that of an argument, and its place is the whole setting. ``node`` is the
    same value as it is written.
    """

    path: tuple[str, ...]
    value: Value
    node: Node

    @property
    def place(self) -> Place:
        """The place of the whole setting."""
        return self.value.place

    def elsewhere(self, *path: str, value: str | None = None) -> str:
        """The option that leads to another path in the same model, with this value or another."""
        written, _, own_value = self.place.source.text.partition("=")
        outer = written.split(".")[: -len(self.path)]
        return f'--set "{".".join([*outer, *path])}={own_value if value is None else value}"'


class InputData(msgspec.Struct, frozen=True, eq=False):
    """What a run reads in place of random numbers: an array for each input, by its name.

    The first axis of all arrays is the batch. ``path`` is the file that they are from.
    """

    path: str
    arrays: Mapping[str, Any]

    @property
    def batch(self) -> int:
        """The number of sequences."""
        return len(next(iter(self.arrays.values())))


class ModelSpec(msgspec.Struct, frozen=True):
    """A whole config. ``problems`` holds all errors of its syntax.

    ``settings`` are changes from the command line.
    ``included`` are the paths of all files that it includes, readable or not.
    ``file`` is what a model file records of itself; None where the model is a config. ``data`` is
    what a run reads; None where it reads random numbers.
    """

    name: str
    source: Source
    inputs: tuple[InputSpec, ...] = ()
    layers: tuple[EntrySpec, ...] = ()
    outputs: tuple[Reference, ...] | None = None
    batch: int | None = None
    length: LengthSpec | None = None
    decode: DecodeSpec | None = None
    budget: BudgetSpec | None = None
    settings: tuple[Setting, ...] = ()
    problems: tuple[Problem, ...] = ()
    included: tuple[str, ...] = ()
    file: ModelFile | None = None
    data: InputData | None = None
