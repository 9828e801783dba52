"""``rnncli diff``: what differs between two models, without TensorFlow."""

from __future__ import annotations

from typing import Annotated

import typer

from rnncli import comparing
from rnncli.cli.exit_codes import MODEL_ERROR, USAGE_ERROR
from rnncli.cli.options import FormatName, RunOptions, with_options
from rnncli.cli.session import Session
from rnncli.cli.usage import wrong_usage
from rnncli.config import STANDARD_INPUT, override
from rnncli.formats.diff import as_csv, as_html, as_markdown, as_table
from rnncli.problems import ConfigError
from rnncli.readers.commits import same_file_there
from rnncli.readers.sides import read_side
from rnncli.report.diff import Diff
from rnncli.report.report import Report

_OPTIONS = (
    "format_name", "json", "output", "batch", "length", "settings", "allow_outside", "strict",
    "quiet", "verbose", "no_color",
)  # fmt: skip


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("diff")(diff)


@with_options(*_OPTIONS)
def diff(
    a: Annotated[
        str,
        typer.Argument(
            metavar="A",
            help="A config, a model file, a saved report, or a file of a commit: main:model.yaml.",
        ),
    ],
    b: Annotated[str, typer.Argument(metavar="B", help="The other; --set changes this one.")],
    options: RunOptions,
    exit_code: Annotated[
        bool,
        typer.Option("--exit-code", help="Exit with 1 if the models differ, as git diff does."),
    ] = False,
) -> None:
    """Show what differs between two models, without TensorFlow: layers, shapes, counts, weights."""
    if a == b == STANDARD_INPUT:
        raise wrong_usage("A and B are both standard input, which is read only once")
    with Session(options, [a, b], page_of=2) as session:
        compared = _compared(session, a, b)
        if compared is not None:
            _show(session, compared)
            session.apply_exit_code(compared.problems)
            if exit_code and not compared.equal:
                session.set_exit_code(MODEL_ERROR)
    raise typer.Exit(session.exit_code)


def _compared(session: Session, a: str, b: str) -> Diff | None:
    """The diff; None if a model cannot be read or planned, which is reported."""
    options = session.options
    try:
        paths = same_file_there(a, b) or a, same_file_there(b, a) or b
        sides = [read_side(path, options.allow_outside) for path in paths]
        if options.settings:
            if isinstance(sides[1], Report):
                raise wrong_usage("--set changes a config or a model file, and B is a saved report")
            sides[1] = override(sides[1], options.settings)
        for side in sides:
            session.output.refuse_inputs([] if isinstance(side, Report) else side.included)
        return comparing.diff(*sides, batch=options.batch, length=options.lengths)
    except ConfigError as error:
        session.set_exit_code(USAGE_ERROR)
        session.output.is_whole = False
        session.messages.print_problems(error.problems)
    return None


def _show(session: Session, compared: Diff) -> None:
    """Writes the diff; problems go to standard error, unless the document has them."""
    if session.format_name is FormatName.json:
        session.write_document(compared)
        return
    session.messages.print_problems(compared.problems)
    if session.format_name is FormatName.markdown:
        session.write(as_markdown(compared))
    elif session.format_name is FormatName.csv:
        session.write(as_csv(compared))
    elif session.format_name is FormatName.html:
        session.write(as_html(compared))
    else:
        session.write(as_table(compared, session.render_options))
