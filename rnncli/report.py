"""What is found out about a model: the record that every format prints.

A report is a tree of immutable structs, the same for a plan and for a run. Shapes carry the
batch axis; an axis of unknown size is None, and so is any number that is not known.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import msgspec

from rnncli.problems import Problem

Shape = tuple[int | None, ...]
# What stands for an unknown length where nothing else is given, and where it fits.
DEFAULT_LENGTH = 10
Stage = Literal["plan", "run"]
MaskUse = Literal["makes", "passes", "uses", "drops"]


class Tensor(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A named tensor.

    ``shape`` has None for an axis of unknown size, and is None where even the rank is unknown.
    ``filled`` is the shape at the report's lengths, given only where it differs from ``shape``.
    ``letters`` says what each axis of unknown size is of the lengths that are not known, such as
    ``⌈T/2⌉``; it is left out where there is one length, and all of them are that: ``T``.
    """

    name: str
    shape: Shape | None
    dtype: str | None
    filled: Shape | None = None
    letters: tuple[str, ...] = ()
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


class Transient(msgspec.Struct, frozen=True, kw_only=True):
    """The largest tensor that a layer makes on the way to its outputs, and how large it is:
    ``batch·num_heads·query_steps·key_steps = 1·4·512·512``."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    bytes: int
    formula: str


class Layer(msgspec.Struct, frozen=True, kw_only=True, rename={"cls": "class", "sources": "from"}):
    """One layer of a model, and the layers that it holds.

    ``weights`` are the layer's own; those of what it holds are listed there. ``params`` counts
    both. Where no rule knows the layer, ``weights``, ``params`` and ``macs`` are None.
    ``initial_state`` is what a recurrent layer starts from; empty for zeros. A layer that is called
    again has no weights of its own: they are those of the layer named in ``shared_with``.
    ``transient`` is there for a layer that may need much more memory than its outputs take.
    """

    name: str
    cls: str
    sources: tuple[str, ...] = ()
    initial_state: tuple[str, ...] = ()
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
    transient: Transient | msgspec.UnsetType = msgspec.UNSET

    @property
    def is_model(self) -> bool:
        """Whether it is a model inside the model, whose layers are called one by one."""
        return self.cls == "Functional"


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


class Length(msgspec.Struct, frozen=True, kw_only=True):
    """A length that is not known: its letter, the inputs that have it, what it is in the run.

    ``chosen`` says that nobody gave that size.
    """

    letter: str
    inputs: tuple[str, ...]
    size: int
    chosen: bool = False


class Carried(msgspec.Struct, frozen=True, kw_only=True):
    """A recurrent layer that hands its states from one step to the next.

    ``starts_from`` is what it has before the first step; empty for zeros.
    """

    layer: str
    states: tuple[Tensor, ...]
    starts_from: tuple[str, ...]


class StepLayer(msgspec.Struct, frozen=True, kw_only=True, rename={"cls": "class"}):
    """A layer in one step of decoding."""

    name: str
    cls: str
    outputs: tuple[Tensor, ...]
    macs: int | None


class Numbers(msgspec.Struct, frozen=True, kw_only=True):
    """The first numbers of a tensor, of the batch's first sequence."""

    name: str
    shape: tuple[int, ...]
    first: tuple[float, ...]


class DecodedStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step as it ran: what was fed, the states after it, what came out.

    ``chosen`` is the id with the highest output, where the input takes ids.
    """

    step: int
    input: Numbers
    states: tuple[Numbers, ...]
    output: Numbers
    chosen: int | None = None


class Decoded(msgspec.Struct, frozen=True, kw_only=True):
    """A loop as it ran, and the same inputs fed at once (teacher forcing).

    ``largest_difference`` is that between the outputs of both, None where one is no number; they
    are ``equal`` where it is no more than rounding.
    """

    steps: tuple[DecodedStep, ...]
    largest_difference: float | None
    equal: bool


class Decode(msgspec.Struct, frozen=True, kw_only=True):
    """A model run a step at a time: ``output`` becomes the next ``input``.

    ``feeds`` is what of the output: its argmax, or itself. ``once`` are the layers that run before
    the loop, ``every`` those that run at each step, with their tensors there. ``macs`` counts both.
    """

    input: str
    output: str
    steps: int
    first: float
    feeds: Literal["argmax", "itself"]
    once: tuple[str, ...]
    every: tuple[StepLayer, ...]
    carried: tuple[Carried, ...]
    step_input: Tensor
    loop_input: Tensor
    loop_output: Tensor
    macs: int | None


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
    ``output_names`` are those that the config gives to the outputs, in their order.
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


def mask_of_several(
    uses: Iterable[MaskUse | None], comes_in: bool, goes_on: bool
) -> MaskUse | None:
    """What several layers together do with masks, seen from outside."""
    if goes_on and not comes_in:
        return "makes"
    if not comes_in:
        return None
    if "uses" in uses:
        return "uses"
    return "passes" if goes_on else "drops"


ITEM_BYTES = {
    "bool": 1, "int8": 1, "uint8": 1, "int16": 2, "uint16": 2, "int32": 4, "uint32": 4,
    "int64": 8, "uint64": 8, "float16": 2, "bfloat16": 2, "float32": 4, "float64": 8,
    "float8_e4m3fn": 1, "float8_e5m2": 1, "complex64": 8, "complex128": 16,
}  # fmt: skip
