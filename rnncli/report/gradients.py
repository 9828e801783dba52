"""The record of how far gradients reach back in time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from rnncli.problems import Problem
from rnncli.report.report import Versions

Loss = Literal["last", "all"]
Verdict = Literal["holds", "fades", "vanishes", "explodes", "zero", "not-connected", "one-step"]

Direction = Literal["forward", "backward"]

#: A ratio below 10^-6 vanishes, and one above 10^3 explodes.
VANISHES, EXPLODES = -6, 3

# A number for each step; None where the loss does not depend on that step.
Steps = tuple[float | None, ...]


class LayerGradients(msgspec.Struct, frozen=True, kw_only=True, rename={"cls": "class"}):
    """The norms of the gradient of the loss at a recurrent layer's states, step by step.

    Steps count in the order in which the layer takes them: the first step of a layer that goes
    backward is the last of the input. ``length`` is that of the inputs, and ``steps`` the layer's
    own; ``padded`` of them are padding in every sequence. ``compared_as`` is the class in whose
    place the layer runs. ``calls`` is how often it is called: a TimeDistributed calls a layer at
    each of its steps, and the norms are those of all calls together.

    ``log10_ratio`` is the power of ten of the ratio of the norm at the first step to that at the
    last one, without padding, None if one of them is 0 or not connected. It is that of ``state``,
    which is the layer's output: h, or the h of the last cell. ``half_life`` is the number of steps
    in which the gradient halves, None if it does not. ``norms`` has a number for each step and
    state, None where the loss does not depend on the state, or where the number is no float64;
    ``log10_norms`` are their powers of ten, None where a norm is 0 or not connected.
    """

    name: str
    cls: str
    direction: Direction | None
    compared_as: str | None
    length: int
    seed: int
    steps: int
    padded: int
    calls: int
    state: str
    log10_ratio: float | None
    half_life: float | None
    verdict: Verdict
    norms: Mapping[str, Steps]
    log10_norms: Mapping[str, Steps]

    @property
    def key(self) -> str:
        """The name by which ``Gradients`` has it: ``lstm``, or ``encoder.backward``."""
        return self.name if self.direction is None else f"{self.name}.{self.direction}"


class WeightGradient(msgspec.Struct, frozen=True, kw_only=True):
    """The norm of the gradient of the loss at a weight.

    ``norm`` is None where the loss does not depend on the weight, or where the number is no
    float64; ``log10_norm`` is its power of ten, None where it is 0 or not connected.
    """

    layer: str
    name: str
    shape: tuple[int, ...]
    compared_as: str | None
    length: int
    seed: int
    norm: float | None
    log10_norm: float | None


class GradientCheck(msgspec.Struct, frozen=True, kw_only=True):
    """The gradients of the states against those of a second method: zeros added to each state,
    and one pass backward over the whole model.

    ``largest_difference`` is relative; ``compared`` counts the norms that were compared, where
    float64 has the numbers. ``replay_difference`` is that of the outputs from those of Keras.
    """

    compared: int
    largest_difference: float
    replay_difference: float
    agrees: bool


class Gradients(msgspec.Struct, frozen=True, kw_only=True):
    """The gradients of one model, at each of the lengths, seeds and classes, in that order.

    ``weights_from`` is the file that has the weights; None where they are random. ``data`` is the
    file that the model reads; it is left out where it reads random numbers.
    """

    schema: Literal["rnncli.gradients.v1"] = "rnncli.gradients.v1"
    name: str
    source: str
    versions: Versions
    loss: Loss
    batch: int
    seeds: tuple[int, ...] = ()
    weights_from: str | None = None
    layers: tuple[LayerGradients, ...] = ()
    weights: tuple[WeightGradient, ...] = ()
    check: GradientCheck | None = None
    problems: tuple[Problem, ...] = ()
    data: str | msgspec.UnsetType = msgspec.UNSET

    def __getitem__(self, key: str) -> LayerGradients:
        """The gradients at a layer, at the first of the lengths, seeds and classes; at a direction
        as in ``encoder.backward``.

        Raises:
            KeyError: there is no such layer, or the name stands for two directions.
        """
        for layer in self.layers:
            if layer.key == key:
                return layer
        raise KeyError(
            f"{key} is none of: {', '.join(dict.fromkeys(each.key for each in self.layers))}"
        )
