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
    trace: Annotated[
        bool, typer.Option("--trace", help="The schema of what trace --json writes.")
    ] = False,
    gradients: Annotated[
        bool, typer.Option("--gradients", help="The schema of what gradients --json writes.")
    ] = False,
    profile: Annotated[
        bool, typer.Option("--profile", help="The schema of what profile --json writes.")
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="The schema of what diff --json writes.")
    ] = False,
    sweep: Annotated[
        bool, typer.Option("--sweep", help="The schema of each line that sweep --json writes.")
    ] = False,
    output: Output = None,
) -> None:
    """Print the JSON Schema of a config, for editors; with --report that of a report."""
    chosen = {
        "report": report, "trace": trace, "gradients": gradients, "profile": profile,
        "diff": diff, "sweep": sweep,
    }  # fmt: skip
    names = [name for name, is_chosen in chosen.items() if is_chosen]
    if len(names) > 1:
        raise wrong_usage(f"--{names[0]} and --{names[1]} are two schemas: ask for one")
    with Session(RunOptions(format_name=FormatName.json, output=output)) as session:
        session.write_document(_of_record(names[0]) if names else _of_config())


def _of_record(name: str) -> dict[str, Any]:
    """The schema of a record that ``--json`` writes, such as ``report``."""
    import msgspec

    from rnncli.report.diff import Diff
    from rnncli.report.gradients import Gradients
    from rnncli.report.profile import Profile
    from rnncli.report.report import Report
    from rnncli.report.sweep import Variant
    from rnncli.report.trace import Trace

    records: dict[str, Any] = {
        "report": Report,
        "trace": Trace,
        "gradients": Gradients,
        "profile": Profile,
        "diff": Diff,
        "sweep": Variant,
    }
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return {**dialect, **msgspec.json.schema(records[name])}


def _of_config() -> dict[str, Any]:
    from rnncli.reference.config_schema import config_schema

    return config_schema()
