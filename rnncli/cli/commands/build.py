"""``rnncli build``: plan, then build and run in Keras, and compare."""

from __future__ import annotations

import typer

from rnncli import library
from rnncli.cli.building import run_in_keras, with_memory_check
from rnncli.cli.options import Configs, RunOptions, with_options
from rnncli.cli.session import Session


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("build")(build)


@with_options()
def build(configs: Configs, options: RunOptions) -> None:
    """Plan models, build and run them in Keras on a random tensor, and compare."""
    with Session(options, configs) as session:
        for spec, planned in session.plans(configs):
            checked = library.with_not_run(spec, with_memory_check(session, planned))
            session.render_known_layers(checked)
            if not session.report_problems(checked):
                continue
            session.render_plan(checked)
            session.render_file_agreement(checked)
            report = run_in_keras(session, checked, spec)
            if report is not None:
                session.render_outcome(report)
    raise typer.Exit(session.exit_code)
