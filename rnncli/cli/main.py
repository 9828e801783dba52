"""The program: its commands, and how it ends."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Annotated

import typer

from rnncli import __version__
from rnncli.cli import build, check, layers, new, plan, schema, shapes
from rnncli.cli.exits import FINE, UNFORESEEN
from rnncli.cli.session import ReaderLeft

app = typer.Typer(
    name="rnncli",
    help="See every shape, state and parameter of a Keras sequence model: planned, built, run.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for module in (build, plan, shapes, check, layers, schema, new):
    module.register(app)


def main() -> None:
    """Runs the command line; ends the process with its exit code."""
    code: int = UNFORESEEN
    try:
        app()
    except SystemExit as ending:
        code = ending.code if isinstance(ending.code, int) else FINE
    except ReaderLeft:
        code = FINE
    except Exception as error:
        if "--verbose" in sys.argv:
            raise
        sys.stderr.write(
            f"rnncli failed in a way nobody foresaw: {type(error).__name__}: {error}\n"
            "  fix: run it again with --verbose and report what it says\n"
        )
    _end(code)


def _end(code: int) -> None:
    """Leaves without the seconds that TensorFlow takes to be torn down, and without its words."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(BrokenPipeError):
            stream.flush()
    os._exit(code)


def _version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"rnncli {__version__}\n")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    pass
