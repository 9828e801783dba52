"""The dice: a seeded source of choices, the same on every machine."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, TypeVar

from tests.judge.case import Make

T = TypeVar("T")

POLICIES = ["float32", "float16", "bfloat16", "float64", "mixed_float16", "mixed_bfloat16"]
ACTIVATIONS = ["relu", "tanh", "sigmoid", "linear", "softmax", "gelu", "elu", "selu", "softplus",
               "softsign", "silu", "exponential", "leaky_relu", "mish", "hard_sigmoid"]  # fmt: skip


class Chance:
    """Choices of one case."""

    def __init__(self, seed: int, number: int) -> None:
        self.random = random.Random(f"{seed}:{number}")
        #: How often a layer gets a dtype of its own; many in some cases, none in most.
        self.dtypes = self.pick([0.0, 0.0, 0.0, 0.05, 0.2, 0.6])
        self.freezes = self.pick([0.0, 0.0, 0.05, 0.3])

    def happens(self, share: float) -> bool:
        return self.random.random() < share

    def pick(self, options: Sequence[T]) -> T:
        return options[self.random.randrange(len(options))]

    def between(self, low: int, high: int) -> int:
        return self.random.randint(low, high)

    def weighted(self, options: Sequence[tuple[float, T]]) -> T:
        return self.random.choices([o for _, o in options], [w for w, _ in options])[0]

    def maybe(self, share: float, **args: Any) -> dict[str, Any]:
        return args if self.happens(share) else {}

    def flag(self, share: float, *names: str) -> dict[str, Any]:
        """These arguments, each turned over so often."""
        return {name: value for name, value in ((n, True) for n in names) if self.happens(share)}

    def common(self, make: Make) -> Make:
        """What every layer takes: a dtype, and whether it is trained."""
        more: dict[str, Any] = {}
        if self.happens(self.dtypes):
            more["dtype"] = self.pick(POLICIES)
        if self.happens(self.freezes):
            more["trainable"] = False
        return make.with_args(**more) if more else make

    def make(self, cls: str, **args: Any) -> Make:
        return self.common(Make(cls, args))
