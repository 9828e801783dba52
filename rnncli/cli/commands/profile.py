"""``rnncli profile``: the time and the memory of a model, measured beside what is planned."""

from __future__ import annotations

from typing import Annotated

import typer

from rnncli import library
from rnncli.cli.building import report_failure, with_memory_check
from rnncli.cli.options import RunOptions, with_options
from rnncli.cli.session import Session
from rnncli.config import ModelSpec
from rnncli.experiments import profile as experiment
from rnncli.report.profile import Profile
from rnncli.report.report import Report
from rnncli.report.training import Optimizer

_OPTIONS = (
    "format_name", "json", "output", "batch", "length", "seed", "settings", "allow_outside",
    "force", "weights", "data", "strict", "quiet", "verbose", "no_color",
)  # fmt: skip


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("profile")(profile)


@with_options(*_OPTIONS)
def profile(
    config: Annotated[
        str, typer.Argument(metavar="CONFIG", help="A config or a model file; - is standard input.")
    ],
    options: RunOptions,
    runs: Annotated[
        int, typer.Option(metavar="N", min=1, max=1_000_000, help="How often each is timed.")
    ] = 10,
    jit: Annotated[
        bool, typer.Option("--jit", help="Time the model compiled by XLA as well.")
    ] = False,
    optimizer: Annotated[
        Optimizer, typer.Option(metavar="NAME", help="The optimizer of the training step.")
    ] = Optimizer.adam,
) -> None:
    """Measure the time and the memory of a model in TensorFlow, and show them beside its planned
    MACs and memory: the whole, a training step, and each layer alone."""
    with Session(options, [config], experiment.without_profile) as session:
        for spec, planned in session.plans([config]):
            checked = library.with_not_run(spec, with_memory_check(session, planned))
            if session.report_problems(checked):
                checked = library.with_training_memory(checked, optimizer)
                measured = _measured(session, spec, checked, runs, jit)
                if measured is not None:
                    _show(session, measured)
    raise typer.Exit(session.exit_code)


def _measured(
    session: Session, spec: ModelSpec, planned: Report, runs: int, jit: bool
) -> Profile | None:
    """The profile; None if Keras failed, which is reported."""
    options = session.options
    try:
        with session.messages.progress("loading TensorFlow", "measurements") as progress:
            return experiment.profile_in_keras(
                spec,
                planned,
                runs=runs,
                jit=jit,
                seed=options.seed,
                progress=progress,
                verbose=options.verbose,
            )
    except Exception as error:
        if not report_failure(session, planned, error):
            raise
        return None


def _show(session: Session, measured: Profile) -> None:
    from rnncli.formats.profile import render

    session.write(render(measured, session.format_name.value, session.render_options))
