"""``rnncli schema``: JSON Schema of what rnncli reads and writes."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from rnncli.cli.options import FormatName, Output, RunOptions
from rnncli.cli.session import Session
from rnncli.cli.usage import wrong_usage


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("schema")(schema)


def schema(
    report: Annotated[
        bool, typer.Option("--report", help="The schema of the report that --json writes.")
    ] = False,
    gradients: Annotated[
        bool, typer.Option("--gradients", help="The schema of what gradients --json writes.")
    ] = False,
    output: Output = None,
) -> None:
    """Print the JSON Schema of a config, for editors; with --report that of a report."""
    if report and gradients:
        raise wrong_usage("--report and --gradients are two schemas: ask for one")
    with Session(RunOptions(format_name=FormatName.json, output=output)) as session:
        if report or gradients:
            session.write_document(_of_record("report" if report else "gradients"))
        else:
            session.write_document(_of_config())


def _of_record(name: str) -> dict[str, Any]:
    """The schema of a record that ``--json`` writes: ``report`` or ``gradients``."""
    import msgspec

    from rnncli.report.gradients import Gradients
    from rnncli.report.report import Report

    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return {**dialect, **msgspec.json.schema({"report": Report, "gradients": Gradients}[name])}


def _of_config() -> dict[str, Any]:
    from rnncli.reference.config_schema import config_schema

    return config_schema()
