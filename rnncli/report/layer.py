"""The record of a layer: its tensors, states, weights and counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import msgspec

Shape = tuple[int | None, ...]


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


class Repeat(msgspec.Struct, frozen=True, kw_only=True):
    """Where a layer of a repeated block belongs: the config's line of the block, and which
    iteration, from 1 on."""

    line: int
    iteration: int


Merge = Literal["concat", "sum", "mul", "ave", "none"]


class Recurrence(msgspec.Struct, frozen=True, kw_only=True):
    """How a recurrent layer, or a cell in one, computes a step, and what it returns.

    ``merge`` is how a Bidirectional joins its directions; ``none`` for ``merge_mode: null``.
    ``goes_backwards`` says that it reads the last step first. A cell has neither, and of the last
    three a layer has those that its class takes.
    """

    return_sequences: bool | msgspec.UnsetType = msgspec.UNSET
    goes_backwards: bool | msgspec.UnsetType = msgspec.UNSET
    merge: Merge | msgspec.UnsetType = msgspec.UNSET
    activation: str | msgspec.UnsetType = msgspec.UNSET
    recurrent_activation: str | msgspec.UnsetType = msgspec.UNSET
    reset_after: bool | msgspec.UnsetType = msgspec.UNSET


class Layer(msgspec.Struct, frozen=True, kw_only=True, rename={"cls": "class", "inbound": "from"}):
    """One layer of a model, and the layers that it holds.

    ``weights`` are the layer's own; those of what it holds are listed there. ``params`` counts
    both. Where no rule knows the layer, ``weights``, ``params`` and ``macs`` are None.
    ``initial_state`` is what a recurrent layer starts from; empty for zeros. A layer that is called
    again has no weights of its own: they are those of the layer named in ``shared_with``.
    ``transient`` is there for a layer that may need much more memory than its outputs take.
    ``roles`` says what each tensor of ``from`` is to a layer that reads several, such as a
    ``query`` or a ``mask``. ``repeat`` is there for a layer of a repeated block. ``call`` holds
    the plain arguments that it is called with. ``custom`` is there for a layer of a class that is
    not Keras's, of which all is known that its config says: no run covers it, nor what depends on
    it. ``recurrence`` is there for a recurrent layer, and for a cell in one. ``arguments`` are
    those that differ from Keras's defaults.
    """

    name: str
    cls: str
    inbound: tuple[str, ...] = ()
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
    roles: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    repeat: Repeat | msgspec.UnsetType = msgspec.UNSET
    custom: bool | msgspec.UnsetType = msgspec.UNSET
    call: Mapping[str, bool | None] | msgspec.UnsetType = msgspec.UNSET
    recurrence: Recurrence | msgspec.UnsetType = msgspec.UNSET
    arguments: Mapping[str, Any] | msgspec.UnsetType = msgspec.UNSET

    @property
    def is_model(self) -> bool:
        """Whether it is a model inside the model, whose layers are called one by one."""
        return self.cls == "Functional"


def combined_mask_use(
    uses: Iterable[MaskUse | None], comes_in: bool, goes_on: bool
) -> MaskUse | None:
    """What several layers together do with masks, seen from the outside."""
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
