"""Text of a job → text of its result: what a process does that runs variants."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from statistics import median
from threading import Lock

import msgspec
from msgspec.structs import replace

from rnncli import library
from rnncli.config import ModelSpec
from rnncli.problems import Problem, errors
from rnncli.report.report import Report
from rnncli.report.sweep import HalfLife, Measured
from rnncli.sweeping.jobs import Job, Result

# Keras has one seed and one dtype policy in a process, and threads would share the memory and the
# time that are measured.
_ONE_AT_A_TIME = Lock()


def measure_all(jobs: Sequence[str]) -> list[str]:
    """The results of several jobs, in their order."""
    return [*map(measure, jobs)]


def measure(text: str) -> str:
    """The result of a job. What Keras raises is a problem in it."""
    from rnncli.engine.output_capture import captured_output

    # What TensorFlow prints is shown only with an error that nobody foresaw.
    with _ONE_AT_A_TIME, captured_output():
        result = _result(msgspec.json.decode(text, type=Job))
        # A model holds itself, and its memory would count for the next one.
        gc.collect()
    return msgspec.json.encode(result).decode()


def _result(job: Job) -> Result:
    from rnncli.engine.failures import failure

    spec = library.load(job.config)
    planned = library.plan(spec)
    measured, problem = None, None
    try:
        measured = _measured(job, spec, planned)
        if job.half_life:
            half_lives, problem = _half_lives(job, spec, planned)
            measured = replace(measured, half_lives=half_lives)
    except Exception as error:
        problem = failure(planned, error)
        if problem is None:
            raise
    return Result(measured=measured, problem=problem)


def _measured(job: Job, spec: ModelSpec, planned: Report) -> Measured:
    from rnncli.engine.experiments.forward_time import forward_seconds
    from rnncli.engine.peak_memory import HighWaterMark
    from rnncli.model.lengths import lengths_of

    with HighWaterMark() as peak:
        report = library.run_in_keras(spec, planned, seed=job.seed, engine="tensorflow")
        seconds = forward_seconds(spec, planned.batch, lengths_of(planned), job.seed, job.runs)
    assert report.agreement is not None
    return Measured(
        versions=report.versions,
        batch=report.batch,
        seed=job.seed,
        runs=job.runs,
        agrees=report.agreement.agrees,
        differences=report.agreement.differences,
        min_seconds=min(seconds, default=None),
        median_seconds=median(seconds) if seconds else None,
        peak_bytes=peak.bytes,
    )


def _half_lives(
    job: Job, spec: ModelSpec, planned: Report
) -> tuple[dict[str, HalfLife], Problem | None]:
    """The half-lives of the recurrent layers, and the problem that they have, if any."""
    from rnncli.experiments.gradients import gradients_in_keras

    gradients = gradients_in_keras(spec, planned, loss="last", seed=job.seed)
    half_lives = {
        layer.key: HalfLife(steps=layer.half_life, verdict=layer.verdict)
        for layer in gradients.layers
    }
    return half_lives, next(iter(errors(gradients.problems)), None)
