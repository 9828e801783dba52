"""``rnncli schema``: JSON Schema of what rnncli writes."""

from __future__ import annotations

from typing import Annotated

import typer

from rnncli.cli import options
from rnncli.cli.options import FormatName
from rnncli.cli.session import Session


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("schema")(schema)


def schema(
    report: Annotated[bool, typer.Option("--report", help="Of the report that --json writes.")],
    output: options.Output = None,
) -> None:
    """Print a JSON Schema: of the report, with --report."""
    import msgspec

    from rnncli.report import Report

    found = msgspec.json.schema(Report)
    found["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    with Session(FormatName.json, output=output) as session:
        session.write(msgspec.json.format(msgspec.json.encode(found), indent=2).decode() + "\n")
