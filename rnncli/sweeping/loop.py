"""Runs the variants one after another, in this process."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from rnncli.sweeping.jobs import Result, Results
from rnncli.sweeping.measuring import measure


def run(jobs: Sequence[str], is_stopped: Callable[[], bool]) -> Results:
    """Yields the place and the result of each job, in order."""
    for place, job in enumerate(jobs):
        if is_stopped():
            return
        yield place, msgspec.json.decode(measure(job), type=Result)
