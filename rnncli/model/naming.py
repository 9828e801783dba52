"""Names: those that Keras gives to layers without one (``lstm``, ``lstm_1``, …, counted per model),
and those of the parts of an output that a state equals."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection
from functools import cache


@cache
def snake_case(cls: str) -> str:
    """A class's name as Keras makes a layer's name of it: ``TimeDistributed`` → ``time_distributed``."""  # noqa: E501
    name = re.sub(r"\W+", "", cls)
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


class Namer:
    """Counts the layers of each class, in the order in which Keras would make them.

    Names that the config gives itself are never given again.
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
        """The next free name like one that is there already: ``embed`` → ``embed_1``."""
        while True:
            self._reuse_counts[name] += 1
            free = f"{name}_{self._reuse_counts[name]}"
            if free not in known and free not in self._used_names:
                self._used_names.add(free)
                return free
