"""``rnncli sweep``: many variants of one model in one table, without TensorFlow."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Optional

import typer

from rnncli import comparing
from rnncli.cli.exit_codes import MODEL_ERROR, USAGE_ERROR
from rnncli.cli.options import FormatName, RunOptions, with_options
from rnncli.cli.session import Session
from rnncli.cli.usage import wrong_usage
from rnncli.formats.sweep import as_csv, as_json_lines, as_markdown, as_table
from rnncli.problems import ConfigError
from rnncli.readers.reading import read_spec
from rnncli.report.sweep import Sweep

_OPTIONS = (
    "format_name", "json", "output", "batch", "length", "allow_outside", "expand", "quiet",
    "verbose", "no_color",
)  # fmt: skip


# How many different errors of variants are shown.
_ERRORS = 5


class Total(StrEnum):
    """What ``--sort`` takes."""

    params = "params"
    macs = "macs"
    weight_bytes = "weight_bytes"
    activation_bytes = "activation_bytes"


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("sweep")(sweep)


@with_options(*_OPTIONS)
def sweep(
    config: Annotated[
        str, typer.Argument(metavar="CONFIG", help="A config or a model file; - is standard input.")
    ],
    options: RunOptions,
    settings: Annotated[
        Optional[list[str]],  # noqa: UP045 - typer reads it at run time
        typer.Option(
            "--set",
            metavar="PATH=VALUES",
            help="Values of an argument or a key, with commas between, or first:last:step, such as "
            "lstm.units=32,64 or dropout.rate=0:0.5:0.1; repeatable.",
            rich_help_panel="Model",
        ),
    ] = None,
    zipped: Annotated[
        bool,
        typer.Option(
            "--zip",
            help="Take the first values of all settings, then the second ones, and so on, instead "
            "of all combinations.",
            rich_help_panel="Model",
        ),
    ] = False,
    sort: Annotated[
        Optional[Total],  # noqa: UP045
        typer.Option(
            metavar="TOTAL",
            help="Sort by params, macs, weight_bytes or activation_bytes, the least first.",
            rich_help_panel="Output",
        ),
    ] = None,
) -> None:
    """Plan many variants of one model, without TensorFlow: counts, how they grow, budgets."""
    if not settings:
        raise wrong_usage("name what to vary, such as --set lstm.units=32,64,128")
    with Session(options, [config]) as session:
        swept = _swept(session, config, settings, zipped, sort)
        if swept is not None:
            _show(session, swept)
            if any(variant.problems for variant in swept.variants):
                session.set_exit_code(MODEL_ERROR)
    raise typer.Exit(session.exit_code)


def _swept(
    session: Session, config: str, settings: list[str], zipped: bool, sort: Total | None
) -> Sweep | None:
    """The variants; None if the model cannot be read or planned, which is reported."""
    options = session.options
    try:
        spec = read_spec(config, options.allow_outside)
        session.output.refuse_inputs(spec.included)
        with session.messages.status("planning …"):
            return comparing.sweep(
                spec,
                settings,
                zipped=zipped,
                sort=sort,
                batch=options.batch,
                length=options.lengths,
            )
    except ConfigError as error:
        session.set_exit_code(USAGE_ERROR)
        session.output.is_whole = False
        session.messages.print_problems(error.problems)
    except ValueError as error:
        raise wrong_usage(str(error)) from None
    return None


def _show(session: Session, swept: Sweep) -> None:
    """Writes the variants; errors go to standard error, unless the documents have them."""
    if session.format_name is not FormatName.json:
        # Many variants may have one error.
        errors = {problem.message: problem for one in swept.variants for problem in one.problems}
        session.messages.print_problems([*errors.values()][:_ERRORS])
    if session.format_name is FormatName.json:
        session.write(as_json_lines(swept, session.render_options))
    elif session.format_name is FormatName.markdown:
        session.write(as_markdown(swept))
    elif session.format_name is FormatName.csv:
        session.write(as_csv(swept))
    else:
        session.write(as_table(swept, session.render_options))
