"""``rnncli build``: plan, then build and run in Keras, and compare."""

from __future__ import annotations

import typer

from rnncli.cli import options
from rnncli.cli.building import Run, plan_and_build
from rnncli.cli.options import FormatName
from rnncli.cli.session import Session


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("build")(build)


def build(
    configs: options.Configs,
    format_name: options.Format = FormatName.table,
    json: options.Json = False,
    output: options.Output = None,
    batch: options.Batch = None,
    length: options.Length = None,
    seed: options.Seed = 0,
    engine: options.Engine = options.EngineName.tensorflow,
    settings: options.Set = None,
    allow_outside: options.AllowOutside = False,
    values: options.Values = False,
    columns: options.Columns = None,
    show: options.Show = None,
    expand: options.Expand = False,
    force: options.Force = False,
    strict: options.Strict = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    no_color: options.NoColor = False,
) -> None:
    """Plan models, build and run them in Keras on a random tensor, and compare."""
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
            if spec is not None:
                how = Run(batch, options.lengths(length), seed, values, force, engine.value)
                plan_and_build(session, path, spec, how)
    raise typer.Exit(session.code)
