"""The page that ``rnncli watch`` keeps on the terminal, or writes again and again into a pipe."""

from __future__ import annotations

import shutil
import sys
from typing import Any

import msgspec
from msgspec.structs import replace

from rnncli.cli.messages import is_dumb_terminal, put
from rnncli.cli.session import Session
from rnncli.formats import RenderOptions, table
from rnncli.formats.diagnostics import render
from rnncli.formats.sections.changes import CHANGED, NEW
from rnncli.formats.text import ascii_only
from rnncli.problems import Problem, errors
from rnncli.report.report import Report

# Rows of a marked table begin like this.
_MARKS = (f" {NEW}  ", f" {CHANGED}  ")


class Planned(msgspec.Struct, frozen=True):
    """A config's plan at one moment, and the seconds that it took.

    ``report`` is None where the config cannot be read.
    """

    problems: tuple[Problem, ...]
    report: Report | None
    seconds: float
    clock: str


class LivePage:
    """Shows plans, one in the place of another. Use it as a context manager.

    A page that is longer than the terminal is cut, and says so; at the end the whole page is
    written. What is written into a pipe or a file is whole, one page after another.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._options = session.render_options
        self._live: Any = None
        self._planned: Planned | None = None
        # The last plan without errors, and the one before it.
        self._reports: tuple[Report | None, Report | None] = (None, None)
        self._size = shutil.get_terminal_size()

    def __enter__(self) -> LivePage:
        if self._options.width is not None and not is_dumb_terminal():
            from rich.console import Console
            from rich.live import Live

            console = Console(
                color_system="standard" if self._options.colour else None,
                legacy_windows=False,
                markup=False,
                highlight=False,
            )
            self._live = Live(
                console=console, auto_refresh=False, redirect_stdout=False, redirect_stderr=False
            )
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._update(whole=True)
            self._live.stop()

    def show(self, planned: Planned) -> None:
        """Shows a plan in the place of the last one."""
        report = planned.report
        # A file that is saved as it was keeps the marks of the last change.
        if report not in (None, self._reports[0]) and not errors(planned.problems):
            self._reports = (report, self._reports[0])
        first = self._planned is None
        self._planned = planned
        if self._live is not None:
            self._update()
            return
        put(sys.stdout, ("" if first else "\n") + "\n".join(self._lines(self._options)) + "\n")

    def resize(self) -> None:
        """Draws the page again if the terminal has another size than before."""
        size = shutil.get_terminal_size()
        if self._live is not None and size != self._size:
            self._size = size
            self._live.console.clear()
            self._update()

    def _update(self, whole: bool = False) -> None:
        from rich.text import Text

        if self._planned is None:
            return
        self._size = shutil.get_terminal_size()
        lines = self._lines(replace(self._options, width=self._size.columns))
        if not whole and len(lines) >= self._size.lines:
            room = max(self._size.lines - 2, 1)
            lines = [*lines[:room], f"… {len(lines) - room} more lines: rnncli plan shows them"]
        if self._options.ascii:
            lines = [ascii_only(line) for line in lines]
        page = Text("\n").join(Text.from_ansi(line) for line in lines)
        page.no_wrap, page.overflow = True, "ignore"
        self._live.update(page, refresh=True)

    def _lines(self, options: RenderOptions) -> list[str]:
        """The lines of the page: the plan or the problems, below what was planned and when."""
        planned = self._planned
        assert planned is not None
        took = f"{planned.seconds * 1000:.0f} ms"
        lines = [f"{planned.clock} · planned in {took} · Ctrl-C ends"]
        report, before = self._reports
        faults = errors(planned.problems)
        shown = [
            problem
            for problem in planned.problems
            if problem.severity == "error"
            or (problem.severity == "warning" and not self._session.options.quiet)
        ]
        if not faults and report is not None:
            text = table.render_plan(report, options, before)
            lines += [_coloured(line, options) for line in text.splitlines()]
        if shown:
            lines += ["", *render(shown, options.colour, options.width).splitlines()]
        return lines


def _coloured(line: str, options: RenderOptions) -> str:
    """A line in another colour where its row is marked."""
    if options.colour and line.startswith(_MARKS):
        return f"\x1b[33m{line}\x1b[0m"
    return line
