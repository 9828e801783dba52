"""A model with all names resolved, from which both the plan and the engine start."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from rnncli.config.spec import BudgetSpec, LengthSpec
from rnncli.keras_api.signatures import Signature
from rnncli.problems import Place, Problem

# The class of a nested model; its argument ``model`` is the graph.
MODEL = "Functional"
# The class of a custom layer, whose own class is its argument ``class``.
CUSTOM = "custom"
# The family of operations.
OPERATION = "ops"


class KerasObject(msgspec.Struct, frozen=True):
    """A Keras class and its checked arguments.

    ``arguments`` holds what the config gives and nothing else: scalars, lists, mappings and
    other objects. ``self["units"]`` is the value in the config, or Keras's default.
    ``invalid`` means that a problem was found in it, so that it cannot be built.

    ``call`` holds the plain arguments of its call at this place of the graph.

    An operation of the family ``ops``, such as ``ops.mean``, is an object as well; ``reads`` are
    the parameters that its tensors fill, in order. So is a custom layer, whose ``reads`` are the
    roles that its config gives to what it reads.
    """

    family: str
    cls: str
    signature: Signature
    place: Place
    name: str = ""
    arguments: Mapping[str, Any] = msgspec.field(default_factory=dict)
    places: Mapping[str, Place] = msgspec.field(default_factory=dict)
    invalid: bool = False
    reads: tuple[str, ...] = ()
    call: Mapping[str, Any] = {}

    def __getitem__(self, argument: str) -> Any:
        if argument in self.arguments:
            return self.arguments[argument]
        return self.signature.defaults[argument]

    @property
    def is_operation(self) -> bool:
        """Whether it is a function of tensors, and no layer."""
        return self.family == OPERATION

    @property
    def is_custom(self) -> bool:
        """Whether it is a layer that is described by its shapes alone, and cannot be run."""
        return self.cls == CUSTOM

    @property
    def class_name(self) -> str:
        """The class as the config names it."""
        return str(self["class"]) if self.is_custom else self.cls

    @property
    def label(self) -> str:
        """Name and class, as a message names the layer."""
        return f"{self.name} ({self.class_name})"


class DeclaredTensor(msgspec.Struct, frozen=True):
    """An output of a custom layer, without its batch axis, or a weight of it.

    The shape of an output is None where even the number of its axes is unknown.
    """

    name: str
    shape: tuple[int | None, ...] | None
    dtype: str
    trainable: bool = True


class Input(msgspec.Struct, frozen=True):
    """A tensor that the model reads; ``shape`` is without the batch axis.

    Integers, and ids that are floats, are drawn from [0, ``below``).
    """

    name: str
    shape: tuple[int | None, ...]
    dtype: str
    below: int | None
    place: Place


class TensorRef(msgspec.Struct, frozen=True):
    """One tensor of the graph: the input or layer that it comes from, and its name there."""

    node: str
    tensor: str = "output"

    @property
    def display_name(self) -> str:
        """The tensor as a config writes it: the main output has the name of its layer."""
        return self.node if self.tensor == "output" else f"{self.node}.{self.tensor}"

    def __str__(self) -> str:
        return f"{self.node}.{self.tensor}"


class Node(msgspec.Struct, frozen=True):
    """A layer at its place in the graph.

    ``initial_state`` is what a recurrent layer starts from; empty for zeros. ``shared_with`` is
    the name under which a layer that is called again was made. ``repeat`` is the line of the
    outermost repeated block that it belongs to, and the number of the iteration. ``keywords`` are
    further arguments of the call: plain values, and tensors such as a ``mask``.
    """

    layer: KerasObject
    inbound: tuple[TensorRef, ...]
    initial_state: tuple[TensorRef, ...] = ()
    shared_with: str | None = None
    repeat: tuple[int, int] | None = None
    keywords: Mapping[str, Any] = {}

    @property
    def reads(self) -> tuple[TensorRef, ...]:
        """All tensors that it depends on."""
        return (*self.inbound, *self.initial_state, *self.named.values())

    @property
    def named(self) -> Mapping[str, TensorRef]:
        """The tensors among the arguments of its call, such as a ``mask``."""
        if not self.keywords:
            return self.keywords
        return {
            name: value for name, value in self.keywords.items() if isinstance(value, TensorRef)
        }


class Decode(msgspec.Struct, frozen=True):
    """A model run a step at a time: ``output`` becomes the next ``input``."""

    input: str
    output: TensorRef
    steps: int
    first: int | float
    place: Place


class Model(msgspec.Struct, frozen=True):
    """A graph of layers over named tensors, in an order in which it can be computed.

    ``output_names`` are those that the config gives to the outputs; None where it gives none.
    """

    name: str
    source: str
    inputs: tuple[Input, ...]
    nodes: tuple[Node, ...]
    outputs: tuple[TensorRef, ...]
    batch: int | None
    decode: Decode | None
    problems: tuple[Problem, ...]
    length: LengthSpec | None = None
    output_names: tuple[str, ...] | None = None
    budget: BudgetSpec | None = None
