"""``rnncli plan``: what Keras will make of a model, without Keras."""

from __future__ import annotations

import typer

from rnncli.cli.options import Configs, RunOptions, with_options
from rnncli.cli.session import Session


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("plan")(plan)


@with_options(without=("seed", "engine", "values", "force", "weights", "data"))
def plan(configs: Configs, options: RunOptions) -> None:
    """Plan models from rules, without TensorFlow: every shape, state and parameter."""
    with Session(options, configs, page_of=1) as session:
        for _, report in session.plans(configs):
            session.render_known_layers(report)
            if session.report_problems(report):
                session.render_plan(report)
                session.render_outcome(report)
    raise typer.Exit(session.exit_code)
