"""What goes to standard error: problems, errors, and the status line of a terminal."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TextIO

import msgspec

from rnncli.formats.diagnostics import render
from rnncli.formats.text import one_line
from rnncli.problems import Problem


class OutputClosed(BaseException):
    """The reader of the output has closed it: not an error, and nothing is left to do."""


class Messages(msgspec.Struct, frozen=True):
    """Writes the messages that the user wants to see."""

    quiet: bool
    verbose: bool
    plain: bool

    def print_problems(self, problems: Iterable[Problem]) -> None:
        """Writes problems; warnings unless ``quiet``, notes only with ``verbose``."""
        shown = [problem for problem in problems if self._shows(problem)]
        on_terminal = sys.stderr.isatty()
        width = shutil.get_terminal_size().columns if on_terminal else None
        put(sys.stderr, render(shown, on_terminal and not self.plain, width))

    def _shows(self, problem: Problem) -> bool:
        if problem.severity == "note" and not self.verbose:
            return False
        return problem.severity == "error" or not self.quiet

    @contextmanager
    def status(self, text: str) -> Iterator[None]:
        """Shows a line on the terminal while something runs, and clears it at the end."""
        shown = sys.stderr.isatty() and not self.quiet and not is_dumb_terminal()
        if shown:
            put(sys.stderr, text)
        try:
            yield
        finally:
            if shown:
                put(sys.stderr, "\r\x1b[K")

    @contextmanager
    def progress(self, text: str, unit: str) -> Iterator[Callable[..., None] | None]:
        """Shows a bar on the terminal while something long runs, and clears it at the end.

        Yields what is to be called with how many are done, of how many, and a line to leave above
        the bar, if any; None if nothing is shown. The bar is shown while standard error is
        captured, too.
        """
        if not sys.stderr.isatty() or self.quiet or is_dumb_terminal():
            yield None
            return
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        with open(os.dup(sys.stderr.fileno()), "w", encoding=sys.stderr.encoding) as terminal:
            console = Console(file=terminal, force_terminal=True, no_color=self.plain)
            counts = TextColumn("{task.fields[counts]}")
            columns = (TextColumn("{task.description}"), BarColumn(), counts)
            # What others write is not the bar's: it may be captured.
            with Progress(
                *columns,
                console=console,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            ) as bar:
                task = bar.add_task(text, total=None, counts="")

                def update(done: int, total: int, line: str = "") -> None:
                    if line:
                        console.print(line, markup=False, highlight=False)
                    counted = f"{done:,} of {total:,} {unit}"
                    bar.update(task, description="", total=total, completed=done, counts=counted)

                yield update


def print_error(message: str, fix: str | None) -> None:
    """Writes an error that does not belong to a place in a config."""
    put(sys.stderr, f"error: {one_line(message)}\n" + (f"  fix: {fix}\n" if fix else ""))


def put(stream: TextIO, text: str) -> None:
    """Writes text and flushes the stream.

    Raises:
        OutputClosed: nobody reads the stream any more.
    """
    try:
        stream.write(text)
        stream.flush()
    except OSError as error:
        if is_reader_gone(error):
            raise OutputClosed from None
        raise


def is_reader_gone(error: OSError) -> bool:
    """Whether a write failed because nobody reads the output any more."""
    if os.name == "nt" and error.errno == errno.EINVAL:
        # Windows reports a closed pipe as EINVAL; other errors with that number name a file.
        return error.filename is None
    return isinstance(error, BrokenPipeError)


def is_dumb_terminal() -> bool:
    """Whether the terminal does not support control sequences."""
    return os.environ.get("TERM") == "dumb"
