"""What all tests share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from rnncli.cli.main import app
from rnncli.config import parse
from rnncli.engine.output_capture import captured_output
from rnncli.planning.plan import plan
from rnncli.problems import ConfigError, Problem, Source
from rnncli.report.report import Report

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def _this_keras(monkeypatch: pytest.MonkeyPatch) -> None:
    """What Keras does not know is an error in all tests, as it is under the Keras of our data."""
    monkeypatch.setattr("rnncli.model.objects.is_another_keras", lambda: False)


def invoke(*arguments: str, given: str | None = None) -> Outcome:
    """Runs a command in this process."""
    result = CliRunner().invoke(app, list(arguments), input=given)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Outcome(result.exit_code, result.stdout, result.stderr)


@pytest.fixture
def rnncli(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Outcome]:
    """Runs a command in this process, from the project's root."""
    monkeypatch.chdir(ROOT)
    return invoke


@pytest.fixture
def planned() -> Callable[..., Report]:
    """The plan of a config's text."""

    def run(text: str, **options: int) -> Report:
        return plan(parse(Source("model.yaml", text)), **options)

    return run


@pytest.fixture
def problems_of() -> Callable[[str], list[Problem]]:
    """All problems of a config's text, of whatever stage."""

    def run(text: str) -> list[Problem]:
        try:
            return list(plan(parse(Source("model.yaml", text))).problems)
        except ConfigError as error:
            return list(error.problems)

    return run


def import_keras() -> Any:
    """Keras, without its chatter. It keeps the standard error that it is first imported under."""
    with captured_output():
        import keras
    return keras


@pytest.fixture(scope="session")
def keras() -> Any:
    """Keras, loaded once for all tests."""
    return import_keras()
