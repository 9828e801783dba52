"""The options of ``check`` that limit a model: its totals, and how it has grown."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from rnncli.cli.messages import put
from rnncli.cli.usage import wrong_usage
from rnncli.formats.text import one_line

if TYPE_CHECKING:
    from rnncli.config import ModelSpec
    from rnncli.problems import Problem
    from rnncli.report.report import Report

_PERCENT = re.compile(r"[0-9]+(\.[0-9]+)? ?%")


def _limit(what: str, amount: str) -> Any:
    return typer.Option(
        metavar="AMOUNT", help=f"The most {what}, such as {amount}.", rich_help_panel="Budget"
    )


MaxParams = Annotated[Optional[str], _limit("parameters", "2M")]  # noqa: UP045 - typer reads it
MaxMacs = Annotated[Optional[str], _limit("MACs", "50M")]  # noqa: UP045
MaxWeightBytes = Annotated[Optional[str], _limit("bytes of weights", "8MB or 8MiB")]  # noqa: UP045
MaxActivationBytes = Annotated[Optional[str], _limit("bytes of outputs", "1MB")]  # noqa: UP045
Against = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        metavar="MODEL",
        help="Compare with a model: a file, a saved report, main:model.yaml of a commit, or main: "
        "for the same file there.",
        rich_help_panel="Budget",
    ),
]
MaxGrowth = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        metavar="PERCENT",
        help="The most that each total may grow beyond that of --against, such as 5%.",
        rich_help_panel="Budget",
    ),
]


class Growth:
    """Compares models with another one.

    Raises:
        BadParameter: one of the options is missing, or the growth is no percentage.
    """

    def __init__(self, against: str | None, most: str | None) -> None:
        if (against is None) != (most is None):
            raise wrong_usage("--against and --max-growth belong together")
        if most is not None and not _PERCENT.fullmatch(most.strip()):
            raise wrong_usage(f"--max-growth takes a percentage, such as 5%, not {most}")
        self._against, self._most = against, most or ""

    def problem(self, path: str, spec: ModelSpec, report: Report, quiet: bool) -> Problem | None:
        """The problem of a model that has grown by too much; a new file has none.

        Raises:
            ConfigError: the other model cannot be read.
        """
        if self._against is None:
            return None
        from fractions import Fraction

        from rnncli.comparing import growth_problem
        from rnncli.readers.commits import NotInCommit, same_file_there

        there = same_file_there(self._against, path)
        if there is not None and path == "-":
            raise wrong_usage(f"--against {self._against} needs a file, not standard input")
        allowed = Fraction(self._most.strip().rstrip("% ")) / 100
        try:
            return growth_problem(there or self._against, spec, report, allowed)
        except NotInCommit:
            if there is None:
                raise
            if not quiet:
                put(sys.stderr, f"{one_line(path)} is new since {one_line(self._against[:-1])}\n")
            return None


def with_limits(spec: ModelSpec, limits: Mapping[str, str | None]) -> ModelSpec:
    """The model with the limits of the options beside those of its config.

    Raises:
        BadParameter: an amount is none.
    """
    if not any(limits.values()):
        return spec
    from rnncli.comparing import option_of, with_budget

    for name, amount in limits.items():
        if amount is not None:
            try:
                spec = with_budget(spec, **{name: _number(amount)})
            except ValueError as error:
                raise wrong_usage(f"{option_of(name)}: {error}") from None
    return spec


def _number(written: str) -> int | str:
    return int(written) if written.isdecimal() and len(written) < 20 else written
