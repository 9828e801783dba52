"""``rnncli convert``: a model from one kind of file into another."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from traceback import print_exception
from typing import Annotated, Optional

import typer

from rnncli import conversion, live
from rnncli.cli import completion
from rnncli.cli.building import report_failure
from rnncli.cli.exit_codes import ENGINE_ERROR, MODEL_ERROR
from rnncli.cli.messages import print_error, put
from rnncli.cli.options import RunOptions, with_options
from rnncli.cli.session import Session
from rnncli.cli.target_files import STANDARD_OUTPUT, TargetFiles
from rnncli.cli.usage import wrong_usage
from rnncli.config import ModelSpec, override
from rnncli.formats.text import one_line
from rnncli.problems import ConfigError
from rnncli.report.report import Report
from rnncli.suggestions import did_you_mean
from rnncli.writers import TARGETS, CannotWrite, Written, of_suffix

_OPTIONS = ("seed", "settings", "allow_outside", "weights", "quiet", "verbose", "no_color")


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("convert")(convert)


@with_options(*_OPTIONS)
def convert(
    source: Annotated[
        str, typer.Argument(metavar="FROM", help="A config or a model file; - is standard input.")
    ],
    target: Annotated[
        str, typer.Argument(metavar="TO", help="The file to write; - is standard output.")
    ],
    options: RunOptions,
    to: Annotated[
        Optional[str],  # noqa: UP045 - typer reads it at run time
        typer.Option(
            "--to",
            metavar="KIND",
            help=f"What to write: {', '.join(TARGETS)}; by default what TO's suffix says.",
            autocompletion=completion.targets,
        ),
    ] = None,
    torch: Annotated[bool, typer.Option("--torch", help="The same as --to torch.")] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a file that exists.")
    ] = False,
    run_python: Annotated[
        bool,
        typer.Option(
            "--run-python",
            help="FROM is package.module:make_model: run this function, and convert its model.",
        ),
    ] = False,
) -> None:
    """Write a model as another kind of file: a config, Keras code, or a text that draws it."""
    kind = _kind("torch" if torch else to, target)
    files = TargetFiles(target, overwrite)
    if not run_python:
        files.refuse_inputs([source])
    with Session(options) as session:
        read = partial(_run_python, session, kind) if run_python else None
        for spec, planned in session.plans([source], read):
            files.refuse_inputs(spec.included)
            if session.report_problems(conversion.without_ended(kind, planned)):
                written = _written(session, kind, spec, planned)
                if written is not None:
                    files.write(written)
                    if not options.quiet:
                        put(sys.stderr, "".join(f"{note}\n" for note in written.notes))
    raise typer.Exit(session.exit_code)


def _run_python(session: Session, kind: str, maker: str) -> ModelSpec:
    """The model that a function makes, with what ``--set`` changes.

    Raises:
        ConfigError: the function makes no model that can be described.
    """
    from rnncli.engine.errors import EngineMissing

    if not session.options.quiet:
        put(sys.stderr, f"runs {one_line(maker)}\n")
    try:
        spec = live.run_python(
            maker, verbose=session.options.verbose, with_weights=TARGETS[kind].has_weights
        )
    except ConfigError as error:
        if session.options.verbose and error.__cause__ is not None:
            print_exception(error.__cause__)
        raise
    except EngineMissing as error:
        print_error(f"Keras cannot be loaded: {error}", error.fix)
        raise typer.Exit(ENGINE_ERROR) from None
    return override(spec, session.options.settings or ())


def _kind(to: str | None, target: str) -> str:
    """The name of the target, from ``--to`` or the suffix of the file."""
    if to is not None:
        if to not in TARGETS:
            near = did_you_mean(to, TARGETS)
            hint = f"did you mean {near}?" if near else f"there are {', '.join(TARGETS)}"
            raise wrong_usage(f"--to: there is no kind {to}: {hint}")
        return to
    if target == STANDARD_OUTPUT:
        raise wrong_usage(f"say what to write: --to {', --to '.join(TARGETS)}")
    kind = of_suffix(Path(target).suffix)
    if kind is None:
        suffixes = dict.fromkeys(known.suffix for known in TARGETS.values())
        raise wrong_usage(
            f"the suffix of {target} says no kind of file: there are {', '.join(suffixes)}"
        )
    return kind


def _written(session: Session, kind: str, spec: ModelSpec, planned: Report) -> Written | None:
    """The content of the files; None if they cannot be made, which is reported."""
    try:
        with session.messages.status(f"writing {TARGETS[kind].about} …"):
            return conversion.written_as(kind, spec, planned, session.options.seed)
    except CannotWrite as error:
        for problem in error.problems:
            session.report_late_problem(planned, problem, MODEL_ERROR)
    except Exception as error:
        if not report_failure(session, planned, error):
            raise
    return None
