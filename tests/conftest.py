"""What all tests share."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator
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


# Tests of a file that get a marker. One that uses the `keras` fixture gets `keras`.
MARKERS = {
    "test_fuzz.py": "fuzz",
    "test_judge.py": "slow",
    "test_judge_operations.py": "slow",
    "test_conformance.py": "slow",
    "test_keras_own.py": "slow",
    "test_macs.py": "slow",
    # A process for nearly every test.
    "test_surroundings.py": "slow",
    "test_atomic_write.py": "slow",
}
posix = pytest.mark.skipif(
    os.name == "nt", reason="needs pipes, links, locks, signals or modes of POSIX"
)
KINDS = {"keras", "fuzz", "slow"}


def pytest_itemcollected(item: pytest.Item) -> None:
    """Marks a test by its file and its fixtures; what has no marker is fast."""
    if "keras" in getattr(item, "fixturenames", ()):
        item.add_marker("keras")
    if marker := MARKERS.get(item.path.name):
        item.add_marker(marker)


def pytest_sessionstart() -> None:
    """Nothing looks for garbage while tests are collected, or among the tests later."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Fails where a module of tests imports TensorFlow: the fast tests would load it as well."""
    gc.freeze()
    gc.enable()
    if "tensorflow" in sys.modules:
        raise pytest.UsageError("import TensorFlow in the tests that need it, not in their module")


@pytest.fixture(autouse=True, scope="session")
def _this_keras() -> Iterator[None]:
    """What Keras does not know is an error in all tests, as it is under the Keras of our data."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rnncli.model.objects.is_another_keras", lambda: False)
        yield


@pytest.fixture(autouse=True)
def _fast_stays_fast(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails a test without a marker that loads TensorFlow."""
    was_loaded = "tensorflow" in sys.modules
    yield
    if "tensorflow" in sys.modules and not was_loaded:
        markers = {mark.name for mark in request.node.iter_markers()}
        assert markers & KINDS, "mark this test with @pytest.mark.keras"


def invoke(*arguments: str, given: str | bytes | None = None) -> Outcome:
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
