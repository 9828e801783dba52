"""An error that Keras, or what it computes on, raised → the problem that reports it."""

from __future__ import annotations

from rnncli.engine.errors import (
    EngineMissing,
    KerasFailed,
    NoGradient,
    NotFinite,
    PackageMissing,
    WeightsDoNotFit,
    ran_out_of_memory,
)
from rnncli.problems import Problem, problem_of_file
from rnncli.report.report import Report


def failure(planned: Report, error: Exception) -> Problem | None:
    """Returns the problem of a planned model whose run raised an error; None if the error is none
    of Keras's."""
    file, problem = planned.source, None
    if isinstance(error, PackageMissing):
        problem = problem_of_file(file, "package-missing", str(error), error.fix)
    elif isinstance(error, EngineMissing):
        message = f"Keras cannot be loaded: {error}"
        problem = problem_of_file(file, "keras-missing", message, error.fix)
    elif isinstance(error, WeightsDoNotFit):
        fix = "the file may be of another model, or broken"
        problem = problem_of_file(file, "weights-do-not-fit", str(error), fix)
    elif isinstance(error, NotFinite):
        message = f"{error.tensor} is infinite or not a number"
        fix = "the numbers overflow on the way: take fewer steps, or an activation that is bounded"
        problem = problem_of_file(file, "not-finite", message, fix)
    elif isinstance(error, NoGradient):
        message = "no output that can be run is a float, so that a loss on them has no gradient"
        fix = "add an output that is a float, such as the one before an argmax"
        problem = problem_of_file(file, "no-gradient", message, fix)
    elif ran_out_of_memory(error):
        where = f" at {error.layer}" if isinstance(error, KerasFailed) else ""
        message = f"memory ran out in the run{where}"
        fix = "make the model, --batch or --length smaller"
        problem = problem_of_file(file, "out-of-memory", message, fix)
    elif isinstance(error, KerasFailed):
        missing = error.missing
        message = f"Keras fails on {error.layer}: {error.message}"
        fix = f"pip install {missing}" if missing else "--verbose shows all that Keras says"
        problem = problem_of_file(file, "keras-failed", message, fix)
    return problem
