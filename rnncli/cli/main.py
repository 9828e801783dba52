"""The program: its commands, and how it ends."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from importlib import import_module
from traceback import print_exception
from typing import Annotated, Any, cast

import typer
import typer.core
import typer.main

from rnncli import __version__
from rnncli.cli.exit_codes import ENGINE_ERROR, FINE, USAGE_ERROR
from rnncli.cli.messages import OutputClosed, is_reader_gone
from rnncli.formats.text import one_line

# The commands and their texts in --help. Each command is a module of the folder commands, which
# registers itself.
COMMANDS = {
    "build": "Plan models, build and run them in Keras, and compare.",
    "plan": "Plan models from rules, without TensorFlow.",
    "shapes": "Show every tensor that one recurrent layer returns.",
    "check": "Check configs: errors, warnings, notes, each with its fix.",
    "trace": "Show the gates and states of recurrent layers, step by step.",
    "gradients": "Measure how far a gradient reaches back in time.",
    "profile": "Measure time and memory beside what is planned.",
    "diff": "Show what differs between two models, cause and consequence apart.",
    "sweep": "Plan many variants of one model, and run them: counts, growth, budgets, time.",
    "watch": "Show the plan of a config, planned again whenever it is saved.",
    "lsp": "Serve editors: shapes and problems while one types.",
    "convert": "Write a model as another kind of file: a config, Keras code, a picture's text.",
    "draw": "Draw a model or a layer: in time, as a cell, or as a graph.",
    "layers": "List layers and operations, or show one in full.",
    "docs": "Show a page of the manual, or list the pages.",
    "schema": "Print the JSON Schema of a config, or of what --json writes.",
    "new": "Print a config to start from, with comments that teach.",
}


class _Modules(Mapping[str, Any]):
    """The commands by name; a command's module is imported when the command is looked up."""

    def __getitem__(self, name: str) -> Any:
        if name not in COMMANDS:
            raise KeyError(name)
        app = _typer(add_completion=False)
        import_module(f"rnncli.cli.commands.{name}").register(app)
        return typer.main.get_command(app)

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class _Group(typer.core.TyperGroup):
    """All commands; only the module of the command that runs is imported."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = cast(Any, _Modules())
        # Usage errors are plain lines, like all other problems; help has panels.
        self.rich_markup_mode = None

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        from typer.rich_utils import rich_format_help

        self.commands = {
            name: typer.core.TyperCommand(name, help=help) for name, help in COMMANDS.items()
        }
        rich_format_help(obj=self, ctx=ctx, markup_mode="rich")


def _typer(**settings: Any) -> typer.Typer:
    return typer.Typer(
        **settings,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def main() -> None:
    """Runs the command line; ends the process with its exit code."""
    code: int = ENGINE_ERROR
    try:
        app()
    except SystemExit as ending:
        code = ending.code if isinstance(ending.code, int) else FINE
    except OutputClosed:
        code = FINE
    except OSError as error:
        # Errors of files are handled where files are read and written: this is one of a stream.
        code = FINE
        if not is_reader_gone(error):
            code = USAGE_ERROR
            why = "it is closed" if error.errno == errno.EBADF else error.strerror
            with suppress(OSError):
                sys.stderr.write(f"error: the output cannot be written: {why}\n")
    except Exception as error:  # noqa: BLE001 - it is reported, and ends the process
        if "--verbose" in sys.argv:
            print_exception(error)
        what = f"{type(error).__name__}: {one_line(str(error))}"
        sys.stderr.write(
            f"rnncli failed in an unexpected way: {what}\n"
            "  fix: run it again with --verbose and report what it says\n"
        )
    _end(code)


def _end(code: int) -> None:
    """Ends the process without TensorFlow's shutdown, which takes seconds and prints messages."""
    for stream in (sys.stdout, sys.stderr):
        # A server closes its streams when the editor ends it.
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"rnncli {__version__}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    pass


app = _typer(
    name="rnncli",
    cls=_Group,
    help="See every shape, state and parameter of a Keras sequence model: planned, built, run.",
    no_args_is_help=True,
)
app.callback()(_root)
