"""``rnncli schema``: JSON Schema of what rnncli reads and writes."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from rnncli.cli.options import FormatName, Output, RunOptions
from rnncli.cli.session import Session


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("schema")(schema)


def schema(
    report: Annotated[
        bool, typer.Option("--report", help="The schema of the report that --json writes.")
    ] = False,
    output: Output = None,
) -> None:
    """Print the JSON Schema of a config, for editors; with --report that of a report."""
    with Session(RunOptions(format_name=FormatName.json, output=output)) as session:
        session.write_document(_of_report() if report else _of_config())


def _of_report() -> dict[str, Any]:
    import msgspec

    from rnncli.report.report import Report

    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return {**dialect, **msgspec.json.schema(Report)}


def _of_config() -> dict[str, Any]:
    from rnncli.reference.config_schema import config_schema

    return config_schema()
