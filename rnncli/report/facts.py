"""The record of what a run shows of a layer, beside its shapes."""

from __future__ import annotations

from typing import Literal

import msgspec

# - masked-step: a masked step repeats the state of the step before it;
# - second-call: a stateful layer goes on from the states of the call before;
# - sum-of-directions: the output of a Bidirectional is the sum of its two directions;
# - dense-of-steps: Dense after a sequence equals TimeDistributed(Dense), at the first 16 steps;
# - output-is-state: the output is the only state;
# - no-dropout: the layer drops nothing outside training.
FactKind = Literal[
    "masked-step",
    "second-call",
    "sum-of-directions",
    "dense-of-steps",
    "output-is-state",
    "no-dropout",
]


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """A fact that was verified on the numbers of a run.

    ``layer`` is the name of the layer, or its path in a model inside: ``sentence/lstm``.
    ``largest_difference`` is that between the two sides of the fact; it is no more than rounding.
    """

    kind: FactKind
    layer: str
    largest_difference: float
