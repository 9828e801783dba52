"""``rnncli plan``: what Keras will make of a model, without Keras."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from rnncli import library
from rnncli.cli.options import Configs, RunOptions, with_options
from rnncli.cli.session import Session
from rnncli.report.training import Optimizer


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("plan")(plan)


@with_options(without=("seed", "engine", "values", "force", "weights", "data"))
def plan(
    configs: Configs,
    options: RunOptions,
    optimizer: Annotated[
        Optional[Optimizer],  # noqa: UP045 - typer reads it at run time
        typer.Option(
            metavar="NAME",
            help="Plan the memory of a training step as well, with an optimizer such as adam.",
        ),
    ] = None,
) -> None:
    """Plan models from rules, without TensorFlow: every shape, state and parameter."""
    with Session(options, configs, page_of=1) as session:
        for _, planned in session.plans(configs):
            report = planned
            if optimizer is not None:
                report = library.with_training_memory(planned, optimizer)
            session.render_known_layers(report)
            if session.report_problems(report):
                session.render_plan(report)
                session.render_outcome(report)
    raise typer.Exit(session.exit_code)
