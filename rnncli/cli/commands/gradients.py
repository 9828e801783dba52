"""``rnncli gradients``: how far the gradient of a loss reaches back in time."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Optional

import typer

from rnncli import library
from rnncli.cli.building import report_failure, with_memory_check
from rnncli.cli.exit_codes import MODEL_ERROR
from rnncli.cli.options import LARGEST, RunOptions, with_options
from rnncli.cli.session import Session
from rnncli.cli.usage import wrong_usage
from rnncli.config import ModelSpec
from rnncli.experiments import gradients as experiment
from rnncli.report.gradients import Gradients
from rnncli.report.report import Report

_OPTIONS = (
    "format_name", "json", "output", "batch", "length", "seed", "settings", "allow_outside",
    "expand", "force", "weights", "data", "strict", "quiet", "verbose", "no_color",
)  # fmt: skip


class LossName(StrEnum):
    """What ``--loss`` takes."""

    last = "last"
    all = "all"


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("gradients")(gradients)


@with_options(*_OPTIONS)
def gradients(
    config: Annotated[
        str, typer.Argument(metavar="CONFIG", help="A config or a model file; - is standard input.")
    ],
    options: RunOptions,
    loss: Annotated[
        LossName,
        typer.Option(metavar="STEPS", help="Which steps of the outputs the loss reads."),
    ] = LossName.last,
    lengths: Annotated[
        Optional[str],  # noqa: UP045 - typer reads it at run time
        typer.Option(
            metavar="N,N,...",
            help="Measure with so many steps in each sequence, one after another.",
        ),
    ] = None,
    seeds: Annotated[
        int, typer.Option(metavar="N", min=1, max=1000, help="Measure with so many seeds.")
    ] = 1,
    compare: Annotated[
        bool,
        typer.Option(
            "--compare", help="Measure the recurrent layers as SimpleRNN, as GRU and as LSTM."
        ),
    ] = False,
    min_half_life: Annotated[
        Optional[float],  # noqa: UP045
        typer.Option(metavar="N", min=0.0, help="Fail if a gradient halves in fewer steps."),
    ] = None,
) -> None:
    """Measure how far the gradient of a loss reaches back in time, at each recurrent layer."""
    sizes = _sizes(lengths)
    if compare and options.weights is not None:
        raise wrong_usage("--compare has random weights: those of a file fit one class alone")
    if lengths is not None and options.data is not None:
        raise wrong_usage("--lengths makes random sequences, and those of --data have their own")
    if compare and min_half_life is not None:
        raise wrong_usage("--min-half-life is for the model as it is: leave --compare out")
    if options.seed + seeds > 2**32:
        raise wrong_usage("--seed and --seeds lead to seeds above 2^32")
    with Session(options, [config], experiment.without_gradients, page_of=1) as session:
        for spec, planned in session.plans([config]):
            checked = experiment.with_recurrent_layer(
                spec, library.with_not_run(spec, with_memory_check(session, planned)),
                compare=compare,
            )  # fmt: skip
            if session.report_problems(checked):
                measured = _measured(session, spec, checked, loss, sizes, seeds, compare)
                if measured is not None:
                    _show(session, checked, measured, min_half_life)
    raise typer.Exit(session.exit_code)


def _measured(
    session: Session,
    spec: ModelSpec,
    planned: Report,
    loss: LossName,
    lengths: list[int],
    seeds: int,
    compare: bool,
) -> Gradients | None:
    """The gradients; None if Keras failed, which is reported."""
    options = session.options
    try:
        with session.messages.progress("loading TensorFlow", "steps") as progress:
            return experiment.gradients_in_keras(
                spec,
                planned,
                loss=loss.value,
                lengths=lengths,
                seed=options.seed,
                seeds=seeds,
                compare=compare,
                progress=progress,
                verbose=options.verbose,
            )
    except Exception as error:
        if not report_failure(session, planned, error):
            raise
        return None


def _show(
    session: Session, planned: Report, measured: Gradients, min_half_life: float | None
) -> None:
    """Writes the gradients and what is wrong with them."""
    from msgspec.structs import replace

    from rnncli.analysis.half_life import short_half_lives
    from rnncli.formats.gradients import render
    from rnncli.problems import errors

    if min_half_life is not None and measured.layers:
        short = short_half_lives(measured, min_half_life)
        measured = replace(measured, problems=(*measured.problems, *short))
    session.write(render(measured, session.format_name.value, session.render_options))
    late = [problem for problem in measured.problems if problem not in planned.problems]
    if errors(late):
        session.set_exit_code(MODEL_ERROR)
    if session.format_name.value != "json":
        session.messages.print_problems(late)


def _sizes(written: str | None) -> list[int]:
    """The lengths that ``--lengths`` names, each once."""
    if written is None:
        return []
    words = [word.strip() for word in written.split(",")]
    if not all(word.isdecimal() and len(word) < 20 and 0 < int(word) <= LARGEST for word in words):
        raise wrong_usage(f"--lengths takes positive integers, such as 10,50,200, not {written}")
    return list(dict.fromkeys(map(int, words)))
