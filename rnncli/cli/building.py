"""What the commands that use Keras share: a run in Keras, whose failures become problems."""

from __future__ import annotations

from collections.abc import Callable
from traceback import print_exception

from rnncli.cli.exit_codes import ENGINE_ERROR, MODEL_ERROR, USAGE_ERROR
from rnncli.cli.session import Session
from rnncli.config import ModelSpec
from rnncli.report.report import Report

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
    from rnncli.engine.failures import failure

    problem = failure(planned, error)
    if problem is None:
        return False
    session.report_late_problem(planned, problem, _exit_code(session, planned, problem.code))
    if problem.code == "keras-failed" and session.options.verbose:
        print_exception(error)
    return True


def _exit_code(session: Session, planned: Report, code: str) -> int:
    if code in ("not-finite", "no-gradient"):
        return MODEL_ERROR
    if code == "weights-do-not-fit":
        return MODEL_ERROR if session.options.weights is None else USAGE_ERROR
    if code == "keras-failed" and _is_foreseen(planned):
        return MODEL_ERROR
    return ENGINE_ERROR


def _is_foreseen(planned: Report) -> bool:
    """Whether the plan warns of a failure, or knows too little of a layer to rule it out."""
    return any(layer.weights is None for layer in planned.layers) or any(
        problem.code == "fails-in-predict" for problem in planned.problems
    )
