"""The names that Keras gives to unnamed layers: ``lstm``, ``lstm_1``, …, counted per model."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection
from functools import cache


@cache
def snake_case(cls: str) -> str:
    """The layer name that Keras derives from a class: ``GRUCell`` → ``gru_cell``."""
    name = re.sub(r"\W+", "", cls)
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


class Namer:
    """Counts the layers of each class, in the order in which Keras would make them.

    Names that the config uses itself are never generated.
    """

    def __init__(self, used_names: Collection[str]) -> None:
        self._used_names = {*used_names}
        self._counts: dict[str, int] = defaultdict(int)
        self._reuse_counts: dict[str, int] = defaultdict(int)

    def name(self, cls: str) -> str:
        """The next free name for a layer of a class."""
        stem = snake_case(cls)
        while True:
            number = self._counts[stem]
            self._counts[stem] += 1
            name = f"{stem}_{number}" if number else stem
            if name not in self._used_names:
                return name

    def name_for_reuse(self, name: str, known: Collection[str]) -> str:
        """The next free name for a layer that is used again: ``embed`` → ``embed_1``."""
        while True:
            self._reuse_counts[name] += 1
            free = f"{name}_{self._reuse_counts[name]}"
            if free not in known and free not in self._used_names:
                self._used_names.add(free)
                return free
