"""The record of a model that runs a step at a time."""

from __future__ import annotations

from typing import Literal

import msgspec

from rnncli.report.layer import Tensor


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

    With ``feeds_prefix``, each step feeds all steps so far, as causal attention needs them, and
    keeps the last step of the output; ``every`` and ``step_input`` then show the last of the steps.
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
    feeds_prefix: bool | msgspec.UnsetType = msgspec.UNSET
