"""Where the problems of models go: to standard error, or into the JSON document of the model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import msgspec
from msgspec.structs import replace

from rnncli.cli.messages import Messages
from rnncli.cli.result_output import ResultOutput
from rnncli.problems import ConfigError, Problem, errors
from rnncli.report.report import Report


class Reporter(Protocol):
    """Reports the problems of one model after the other."""

    def report_unreadable(self, path: str, error: ConfigError) -> None:
        """Reports that a config cannot be read as one."""

    def report_problems(self, report: Report) -> None:
        """Reports the problems of a plan."""

    def report_late_problem(self, planned: Report, problem: Problem) -> None:
        """Reports a problem that came up behind the plan."""


class StderrReporter(msgspec.Struct, frozen=True):
    """Writes problems to standard error; a model in error has no result."""

    messages: Messages
    output: ResultOutput

    def report_unreadable(self, path: str, error: ConfigError) -> None:
        """Writes what is wrong with a config."""
        self.output.is_whole = False
        self.messages.print_problems(error.problems)

    def report_problems(self, report: Report) -> None:
        """Writes the problems of a plan."""
        if errors(report.problems):
            self.output.is_whole = False
        self.messages.print_problems(report.problems)

    def report_late_problem(self, planned: Report, problem: Problem) -> None:
        """Writes a problem; the plan is written already."""
        self.output.is_whole = False
        self.messages.print_problems([problem])


class DocumentReporter(msgspec.Struct, frozen=True):
    """Problems are in the document, which ``write`` writes here for a model in error."""

    write: Callable[[Report], None]

    def report_unreadable(self, path: str, error: ConfigError) -> None:
        """Writes a document of a config's problems alone."""
        from rnncli.config import name_of
        from rnncli.planning.plan import unreadable

        self.write(unreadable(name_of(path), error.problems))

    def report_problems(self, report: Report) -> None:
        """Writes the document of a plan with errors."""
        if errors(report.problems):
            self.write(report)

    def report_late_problem(self, planned: Report, problem: Problem) -> None:
        """Writes the document of a plan with one more problem."""
        self.write(replace(planned, problems=(*planned.problems, problem)))
