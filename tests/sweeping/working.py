"""What stands for a measurement: functions that any process of a test can import."""

from __future__ import annotations

import os
from collections.abc import Sequence

import msgspec

from rnncli.report.report import Versions
from rnncli.report.sweep import Measured
from rnncli.sweeping.jobs import Result


def result(job: str) -> Result:
    """What the job, which is a number, seems to have measured."""
    return Result(
        measured=Measured(
            versions=Versions(rnncli="1", python="3"), batch=1, seed=int(job), runs=1, agrees=True,
            min_seconds=1.0, median_seconds=1.0, peak_bytes=1,
        )
    )  # fmt: skip


def measured(job: str) -> str:
    """The result of a job; that of ``kill`` ends its process, and of ``raise`` raises an error."""
    if job == "kill":
        os._exit(9)
    if job == "raise":
        raise RuntimeError("it cannot be measured")
    return msgspec.json.encode(result(job)).decode()


def all_measured(jobs: Sequence[str]) -> list[str]:
    """The results of several jobs."""
    return [*map(measured, jobs)]
