"""``rnncli plan``: what Keras will make of a model, without Keras."""

from __future__ import annotations

import typer

from rnncli.cli import options
from rnncli.cli.options import FormatName
from rnncli.cli.session import Session


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("plan")(plan)


def plan(
    configs: options.Configs,
    format_name: options.Format = FormatName.table,
    json: options.Json = False,
    output: options.Output = None,
    batch: options.Batch = None,
    length: options.Length = None,
    settings: options.Set = None,
    allow_outside: options.AllowOutside = False,
    columns: options.Columns = None,
    show: options.Show = None,
    expand: options.Expand = False,
    strict: options.Strict = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    no_color: options.NoColor = False,
) -> None:
    """Plan models from rules, without TensorFlow: every shape, state and parameter."""
    from rnncli.planning.plan import plan as plan_model
    from rnncli.problems import ConfigError

    with Session(
        format_name,
        json=json,
        output=output,
        columns=columns,
        show=show,
        expand=expand,
        strict=strict,
        quiet=quiet,
        verbose=verbose,
        no_color=no_color,
        allow_outside=allow_outside,
        configs=configs,
    ) as session:
        for path in configs:
            spec = session.load(path, settings or ())
            if spec is None:
                continue
            try:
                report = plan_model(spec, batch, options.lengths(length))
            except ConfigError as error:
                session.unreadable(path, error)
                continue
            session.known(report)
            if session.judge(report):
                session.opening(report)
                session.closing(report)
    raise typer.Exit(session.code)
