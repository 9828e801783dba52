"""The record of the memory that training takes, as it is planned."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Optimizer(StrEnum):
    """An optimizer of Keras, with its usual arguments; momentum is SGD with momentum."""

    sgd = "sgd"
    momentum = "momentum"
    rmsprop = "rmsprop"
    adam = "adam"
    adamw = "adamw"
    adagrad = "adagrad"
    adadelta = "adadelta"
    adamax = "adamax"
    nadam = "nadam"
    ftrl = "ftrl"
    lion = "lion"
    lamb = "lamb"
    adafactor = "adafactor"


#: How far the planned activations may be from what TensorFlow keeps: a part of 1.
TOLERANCE = 0.05


class MemoryPart(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the memory, and its formula filled in; ``bytes`` is None where it is unknown."""

    bytes: int | None
    formula: str


class KeptActivations(msgspec.Struct, frozen=True, kw_only=True, rename={"cls": "class"}):
    """What is kept of one layer's call, or of an input, from the forward pass to the backward."""

    layer: str
    cls: str
    bytes: int | None
    formula: str


class TrainingMemory(msgspec.Struct, frozen=True, kw_only=True):
    """The memory of one training step with an optimizer.

    ``weights`` are all, ``gradients`` and ``slots`` those of the trainable ones. ``activations``
    are what backprop reads again; ``kept`` has them layer by layer. What TensorFlow keeps is within
    ``tolerance`` of them, a part of 1, unless layers are ``estimated``: it was not measured what
    their gradients read, and their inputs and outputs are counted.
    """

    optimizer: Optimizer
    weights: MemoryPart
    gradients: MemoryPart
    slots: MemoryPart
    activations: MemoryPart
    total: int | None
    kept: tuple[KeptActivations, ...] = ()
    estimated: tuple[str, ...] = ()
    tolerance: float = TOLERANCE
