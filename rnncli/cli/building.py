"""What the commands that use Keras share: a run in Keras, whose failures become problems."""

from __future__ import annotations

from collections.abc import Callable
from traceback import print_exception
from typing import TYPE_CHECKING

from rnncli.cli.exit_codes import ENGINE_ERROR, MODEL_ERROR, USAGE_ERROR
from rnncli.cli.session import Session
from rnncli.config import ModelSpec
from rnncli.problems import Problem
from rnncli.report.report import Report

if TYPE_CHECKING:
    from rnncli.engine.errors import EngineMissing, KerasFailed, NotFinite, WeightsDoNotFit

_NAMES = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch", "numpy": "NumPy"}


def with_memory_check(session: Session, planned: Report) -> Report:
    """The plan, with a problem if memory is not enough for the model; unchanged with --force."""
    from rnncli import library

    return planned if session.options.force else library.with_memory_check(planned)


def run_in_keras(
    session: Session,
    planned: Report,
    spec: ModelSpec,
    take_weights: Callable[[bytes], object] | None = None,
) -> Report | None:
    """The report of plan and run together; None if Keras failed, which is reported.

    ``take_weights`` takes the content of a file of the model's weights.
    """
    from rnncli import library
    from rnncli.engine.settings import overridden

    options = session.options
    engine = options.engine.value
    try:
        session.note_once(overridden(engine))
        with session.messages.status(f"loading {_NAMES[engine]} …"):
            report = library.run_in_keras(
                spec,
                planned,
                seed=options.seed,
                values=options.values,
                engine=engine,
                verbose=options.verbose,
                take_weights=take_weights,
            )
    except Exception as error:
        if not report_failure(session, planned, error):
            raise
        return None
    disagrees = report.agreement and not report.agreement.agrees
    if disagrees or (report.decoded and not report.decoded.equal):
        session.set_exit_code(MODEL_ERROR)
    return report


def report_failure(session: Session, planned: Report, error: Exception) -> bool:
    """Reports an error that Keras, or what it computes on, raised; returns whether it is one."""
    from rnncli.engine.errors import (
        EngineMissing,
        KerasFailed,
        NoGradient,
        NotFinite,
        WeightsDoNotFit,
        ran_out_of_memory,
    )

    if isinstance(error, EngineMissing):
        session.report_late_problem(planned, _keras_missing(planned, error), ENGINE_ERROR)
    elif isinstance(error, WeightsDoNotFit):
        code = MODEL_ERROR if session.options.weights is None else USAGE_ERROR
        session.report_late_problem(planned, _do_not_fit(planned, error), code)
    elif isinstance(error, NotFinite):
        session.report_late_problem(planned, _not_finite(planned, error), MODEL_ERROR)
    elif isinstance(error, NoGradient):
        session.report_late_problem(planned, _no_gradient(planned), MODEL_ERROR)
    elif ran_out_of_memory(error):
        where = f" at {error.layer}" if isinstance(error, KerasFailed) else ""
        session.report_late_problem(planned, _out_of_memory(planned, where), ENGINE_ERROR)
    elif isinstance(error, KerasFailed):
        code = MODEL_ERROR if _is_foreseen(planned) else ENGINE_ERROR
        session.report_late_problem(planned, _keras_failed(planned, error), code)
        if session.options.verbose:
            print_exception(error)
    else:
        return False
    return True


def _keras_missing(planned: Report, error: EngineMissing) -> Problem:
    from rnncli.engine.errors import PackageMissing

    if isinstance(error, PackageMissing):
        return _error(planned, code="package-missing", message=str(error), fix=error.fix)
    return _error(
        planned, code="keras-missing", message=f"Keras cannot be loaded: {error}", fix=error.fix
    )


def _out_of_memory(planned: Report, where: str) -> Problem:
    fix = "make the model, --batch or --length smaller"
    return _error(
        planned, code="out-of-memory", message=f"memory ran out in the run{where}", fix=fix
    )


def _not_finite(planned: Report, error: NotFinite) -> Problem:
    fix = "the numbers overflow on the way: take fewer steps, or an activation that is bounded"
    message = f"{error.tensor} is infinite or not a number"
    return _error(planned, code="not-finite", message=message, fix=fix)


def _no_gradient(planned: Report) -> Problem:
    fix = "add an output that is a float, such as the one before an argmax"
    message = "no output that can be run is a float, so that a loss on them has no gradient"
    return _error(planned, code="no-gradient", message=message, fix=fix)


def _do_not_fit(planned: Report, error: WeightsDoNotFit) -> Problem:
    fix = "the file may be of another model, or broken"
    return _error(planned, code="weights-do-not-fit", message=str(error), fix=fix)


def _keras_failed(planned: Report, error: KerasFailed) -> Problem:
    missing = error.missing
    fix = f"pip install {missing}" if missing else "--verbose shows all that Keras says"
    return _error(
        planned,
        code="keras-failed",
        message=f"Keras fails on {error.layer}: {error.message}",
        fix=fix,
    )


def _error(planned: Report, *, code: str, message: str, fix: str) -> Problem:
    return Problem(code=code, severity="error", message=message, fix=fix, file=planned.source)


def _is_foreseen(planned: Report) -> bool:
    """Whether the plan warns of a failure, or knows too little of a layer to rule it out."""
    return any(layer.weights is None for layer in planned.layers) or any(
        problem.code == "fails-in-predict" for problem in planned.problems
    )
