"""What the commands that use Keras have in common: plan first, then run, and tell failures."""

from __future__ import annotations

from traceback import print_exception

import msgspec
from msgspec.structs import replace

from rnncli.cli.exit_codes import DISAGREES, UNFORESEEN
from rnncli.cli.options import EngineName
from rnncli.cli.session import Session
from rnncli.config import ModelSpec
from rnncli.problems import ConfigError, Problem
from rnncli.report.report import Report

_NAMES = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch", "numpy": "NumPy"}


class Run(msgspec.Struct, frozen=True):
    """What a run takes besides the model."""

    batch: int | None
    length: int | dict[str, int] | None
    seed: int
    values: bool
    force: bool = False
    engine: str = EngineName.tensorflow.value


def plan_and_build(session: Session, path: str, spec: ModelSpec, how: Run) -> None:
    """Shows the plan at once, then what Keras says of it."""
    from rnncli.planning.plan import plan

    try:
        planned = plan(spec, how.batch, how.length)
    except ConfigError as error:
        session.unreadable(path, error)
        return
    planned = fitting(planned, how)
    session.known(planned)
    if session.judge(planned):
        session.opening(planned)
        report = built(session, planned, spec, how)
        if report is not None:
            session.closing(report)


def fitting(planned: Report, how: Run) -> Report:
    """The plan, with the problem of a model that memory is not enough for."""
    from rnncli.engine.memory import shortage

    found = None if how.force else shortage(planned)
    return replace(planned, problems=(*planned.problems, found)) if found else planned


def built(session: Session, planned: Report, spec: ModelSpec, how: Run) -> Report | None:
    """The report of plan and run together; None where Keras failed, which is then told."""
    from rnncli.analysis.agreement import combine
    from rnncli.engine.errors import EngineMissing, KerasFailed, ran_out_of_memory
    from rnncli.engine.output_capture import captured_output
    from rnncli.engine.running import run
    from rnncli.engine.settings import overridden
    from rnncli.model.lengths import lengths_of

    try:
        session.remark(overridden(how.engine))
        with session.status(f"loading {_NAMES[how.engine]} …"), captured_output(session.verbose):
            ran = run(spec, how.batch, lengths_of(planned), how.seed, how.values, how.engine)
    except EngineMissing as error:
        session.fail(UNFORESEEN)
        found = Problem(
            code="keras-missing",
            severity="error",
            message=f"Keras cannot be loaded: {error}",
            fix=error.fix,
            file=planned.source,
        )
        session.failed(planned, found)
        return None
    except Exception as error:
        if ran_out_of_memory(error):
            session.fail(UNFORESEEN)
            where = f" at {error.layer}" if isinstance(error, KerasFailed) else ""
            found = Problem(
                code="out-of-memory",
                severity="error",
                message=f"memory ran out in the run{where}",
                fix="make the model, --batch or --length smaller",
                file=planned.source,
            )
            session.failed(planned, found)
            return None
        if not isinstance(error, KerasFailed):
            raise
        foreseen = any(layer.weights is None for layer in planned.layers) or any(
            problem.code == "fails-in-predict" for problem in planned.problems
        )
        session.fail(DISAGREES if foreseen else UNFORESEEN)
        found = Problem(
            code="keras-failed",
            severity="error",
            message=f"Keras fails on {error.layer}: {error.message}",
            fix=f"pip install {error.missing}"
            if error.missing
            else "--verbose shows all that Keras says",
            file=planned.source,
        )
        session.failed(planned, found)
        if session.verbose:
            print_exception(error)
        return None
    report = combine(planned, ran)
    if report.agreement and not report.agreement.agrees:
        session.fail(DISAGREES)
    if report.decoded and not report.decoded.equal:
        session.fail(DISAGREES)
    return report
