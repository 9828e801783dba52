"""The program: its commands, and how it ends."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from importlib import import_module
from typing import Annotated

import typer

from rnncli import __version__
from rnncli.cli.exits import FINE, UNFORESEEN
from rnncli.cli.session import ReaderLeft

# In the order in which --help lists them. Each is a module of this folder, and registers itself.
COMMANDS = ("build", "plan", "shapes", "check", "layers", "schema", "new")


def application(*names: str) -> typer.Typer:
    """The command line, with these commands or with all.

    Each command's module and options take their time to be read: only what is asked for is.
    """
    app = typer.Typer(
        name="rnncli",
        help="See every shape, state and parameter of a Keras sequence model: planned, built, run.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    for name in names or COMMANDS:
        import_module(f"rnncli.cli.{name}").register(app)
    return app


def main() -> None:
    """Runs the command line; ends the process with its exit code."""
    code: int = UNFORESEEN
    try:
        application(*(each for each in sys.argv[1:2] if each in COMMANDS))()
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


def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    pass
