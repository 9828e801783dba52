"""What ``sweep --run`` adds: the variants run, with a line for each that is done."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from rnncli.cli.exit_codes import ENGINE_ERROR, INTERRUPTED, USAGE_ERROR
from rnncli.cli.interrupts import stopping
from rnncli.cli.messages import print_error, put
from rnncli.cli.options import FormatName
from rnncli.cli.result_output import refuse_if_read
from rnncli.cli.session import Session
from rnncli.cli.usage import wrong_usage
from rnncli.config import ModelSpec
from rnncli.formats.render_options import RenderOptions
from rnncli.formats.sections.sweep import in_short, versions
from rnncli.formats.table import page
from rnncli.report.sweep import Variant
from rnncli.sweeping.errors import CannotRun, VersionsDiffer
from rnncli.sweeping.running import HowToRun, prepare
from rnncli.sweeping.running import run as run_prepared

# Where Dask itself looks for the address of a scheduler.
_ADDRESS = "DASK_SCHEDULER_ADDRESS"
# How many different errors of variants are shown.
_ERRORS = 5
# What went wrong with the machine, not with a model.
_OF_THE_ENGINE = ("keras-missing", "out-of-memory", "worker-lost")


def how_to_run(
    session: Session,
    runs: int,
    half_life: bool,
    workers: int | None,
    scheduler: str | None,
    journal: str | None,
    config: str,
) -> HowToRun:
    """How the options say to run the variants.

    Raises:
        BadParameter: two of them contradict each other.
    """
    options = session.options
    if workers is not None and scheduler is not None:
        raise wrong_usage(
            "--workers and --scheduler run the variants in different places: name one"
        )
    if journal is not None:
        refuse_if_read("--journal", Path(journal), [config])
        session.output.refuse_inputs([journal])
    return HowToRun(
        seed=options.seed,
        runs=runs,
        half_life=half_life,
        force=options.force,
        workers=workers,
        scheduler=scheduler or (None if workers else os.environ.get(_ADDRESS)) or None,
        journal=journal,
    )


def run_variants(
    session: Session, spec: ModelSpec, variants: tuple[Variant, ...], how: HowToRun
) -> tuple[Variant, ...] | None:
    """The variants with what was measured; None if they cannot be run, which is reported.

    A variant that is in error is reported before the others run.
    """
    from rnncli.engine.errors import EngineMissing

    options = session.options
    with session.messages.status("planning …"):
        prepared = prepare(spec, variants, how, options.batch, options.lengths)
    print_errors(session, prepared.variants)
    try:
        with stopping() as is_stopped, session.messages.progress("starting", "variants") as update:

            def follow(done: int, total: int, variant: Variant) -> None:
                if update is not None:
                    update(done, total, in_short(variant))

            ran = run_prepared(prepared, how, follow, is_stopped)
            stopped = is_stopped()
    except CannotRun as error:
        print_error(str(error), None)
        if isinstance(error, VersionsDiffer):
            put(sys.stderr, page("", [], versions(error.here, error.there), RenderOptions()))
        session.set_exit_code(USAGE_ERROR)
    except EngineMissing as error:
        print_error(str(error), error.fix)
        session.set_exit_code(ENGINE_ERROR)
    else:
        late = [one for one, before in zip(ran, prepared.variants, strict=True) if one != before]
        print_errors(session, late)
        if any(problem.code in _OF_THE_ENGINE for one in late for problem in one.problems):
            session.set_exit_code(ENGINE_ERROR)
        if stopped:
            session.set_exit_code(INTERRUPTED)
        return ran
    session.output.is_whole = False
    return None


def print_errors(session: Session, variants: Iterable[Variant]) -> None:
    """Writes the errors of variants to standard error, unless the documents have them."""
    if session.format_name is not FormatName.json:
        # Many variants may have one error.
        errors = {problem.message: problem for one in variants for problem in one.problems}
        session.messages.print_problems([*errors.values()][:_ERRORS])
