"""Where problems are written: to standard error, or into the JSON document of the model."""

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
    """Reports the problems of models, one model after another."""

    def report_unreadable(self, path: str, error: ConfigError) -> None:
        """Reports that a file cannot be read as a config."""

    def report_problems(self, report: Report) -> None:
        """Reports the problems of a plan."""

    def report_late_problem(self, planned: Report, problem: Problem) -> None:
        """Reports a problem that came up after the plan."""


class StderrReporter(msgspec.Struct, frozen=True):
    """Writes problems to standard error; a model with errors has no result."""

    messages: Messages
    output: ResultOutput

    def report_unreadable(self, path: str, error: ConfigError) -> None:
        """Writes the problems of a config."""
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
    """Problems are part of the document; for a model with errors, ``write`` writes it here."""

    write: Callable[[Report], None]

    def report_unreadable(self, path: str, error: ConfigError) -> None:
        """Writes a document that has only the config's problems."""
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
