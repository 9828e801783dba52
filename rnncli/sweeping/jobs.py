"""A variant as a job: text, so that any process on any machine can run it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from rnncli.problems import Problem, problem_of_file
from rnncli.report.report import Report
from rnncli.report.sweep import Measured

if TYPE_CHECKING:
    from rnncli.config import ModelSpec


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A variant to run: the text of its config, which includes no other file, and what to measure.

    The config has the batch and the lengths of the run.
    """

    config: str
    seed: int
    runs: int
    half_life: bool

    @property
    def text(self) -> str:
        """What travels to the process that runs it."""
        return msgspec.json.encode(self).decode()

    def key(self, versions: Iterable[str]) -> str:
        """What the result of the job depends on, in short: the job, and the versions of what
        runs it."""
        return hashlib.sha256("\n".join([*versions, self.text]).encode()).hexdigest()[:32]


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured in a job, or the problem that kept it from being done."""

    measured: Measured | None = None
    problem: Problem | None = None


_SMALLER = "memory may have run out: make the model or --batch smaller, or take fewer workers"


def lost(why: str, fix: str = _SMALLER) -> Result:
    """The result of a job whose process ended before it was done, each time that it was run."""
    return Result(
        problem=problem_of_file(
            "<text>",
            "worker-lost",
            f"what ran it ended without a result: {why}",
            fix,
        )
    )


# Runs jobs, and yields the place of each with its result, as they are done. A back end starts no
# further job once the function returns true, and then ends.
Results = Iterator[tuple[int, Result]]
BackEnd = Callable[[Sequence[str], Callable[[], bool]], Results]


def job_of(spec: ModelSpec, planned: Report, *, seed: int, runs: int, half_life: bool) -> Job:
    """The job of a model without errors, with its plan."""
    from rnncli.model.binding import bind
    from rnncli.writers.block_style import block_text
    from rnncli.writers.config_data import config_data

    data = config_data(bind(spec))
    data["batch"] = planned.batch
    lengths = {name: length.size for length in planned.lengths for name in length.inputs}
    if lengths:
        data["length"] = lengths
    # Neither is measured.
    for key in ("budget", "decode"):
        data.pop(key, None)
    return Job(config=block_text(data), seed=seed, runs=runs, half_life=half_life)
