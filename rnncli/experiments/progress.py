"""How far an experiment is."""

from __future__ import annotations

from collections.abc import Callable

# What is called with the number of parts that are done, and of all.
Progress = Callable[[int, int], None]


def no_progress(done: int, total: int) -> None:
    """Shows nothing."""
