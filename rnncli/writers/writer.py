"""What a writer reads and what it returns: a model whose names are resolved, and whole files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

import msgspec

from rnncli.config.spec import ModelSpec
from rnncli.model.graph import Model
from rnncli.problems import Problem
from rnncli.report.report import Report


class Convertible(msgspec.Struct, frozen=True):
    """A model without errors: its spec, the same with all names resolved, and its plan.

    ``seed`` is the random seed of what a writer runs to compare.
    """

    spec: ModelSpec
    model: Model
    report: Report
    seed: int = 0


class Written(msgspec.Struct, frozen=True):
    """The content of the files that a model is written in, by suffix.

    The main file has the suffix of the target, such as ``.py``; the others, such as
    ``.safetensors``, get the same name beside it. ``notes`` are lines for standard error, such as
    the largest difference to the model in Keras.
    """

    files: Mapping[str, bytes]
    notes: tuple[str, ...] = ()


class CannotWrite(Exception):
    """Raised for a model that the target cannot hold; ``problems`` says why, with places."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(problem.message for problem in self.problems))


def refusal(
    source: Convertible,
    code: str,
    message: str,
    fix: str | None = "please report it, with the model",
) -> Problem:
    """The problem of a whole model that a target cannot hold, or holds with other numbers."""
    file = source.spec.source.name
    return Problem(code=code, severity="error", message=message, fix=fix, file=file)


class Writer(Protocol):
    """What the module of every target has: ``NAME``, ``SUFFIX`` of its main file, and ``write``."""

    NAME: str
    SUFFIX: str

    def write(self, source: Convertible) -> Written:
        """Returns the files of a model.

        Raises:
            CannotWrite: the target cannot hold the model.
            EngineMissing: a package that the target needs cannot be imported.
        """
