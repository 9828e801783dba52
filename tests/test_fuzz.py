"""No config, however made, ends in a traceback, a long wait, much memory or a raw escape."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.conftest import ROOT, posix
from tests.fuzz.__main__ import CORPUS
from tests.fuzz.victim import run, run_model

pytestmark = posix
FOUND = sorted(CORPUS.iterdir())


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.stem)
def test_what_was_found_once_is_not_found_again(path):
    running = run_model if path.suffix == ".model" else run
    assert running(path.read_bytes()) is None


def test_some_thousand_configs_made_to_hurt_do_not():
    ran = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", "--count", "3000", "--seed", "7"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_some_hundred_model_files_made_to_hurt_do_not():
    ran = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", "--models", "--count", "400", "--seed", "7"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_some_hundred_edits_typed_to_a_language_server_are_answered():
    ran = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.typing", "--count", "400", "--seed", "7"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [x, x]\n"
        + "".join(f"b{n}: &b{n} [*a, *a]\na: &a [*b{n}, *b{n}]\n" for n in range(40)),
        "a: &a {x: 1}\n" + "".join(f"b{n}: &b{n} {{<<: *a, y: *a}}\n" for n in range(30)),
        "[" * 100_000,
        "{a: " * 50_000,
        "- " * 50_000,
        "input: [5, 8]\nname: " + "x" * 5_000_000,
        "".join(f"k{n}: 1\n" for n in range(700_000)),
        "layers: [" + "Dense, " * 500_000 + "]",
        "input: [5, 8]\nlayers:\n" + "  - Dense: 8\n" * 5_000,
        f"input: [{'9223372036854775807, ' * 300}]\nlayers: [Flatten, Dense: 3]",
        "input: [3]\nlayers:\n" + "  - RepeatVector: 9223372036854775807\n  - Flatten\n" * 300,
        f"input: [5]\nlayers: [Reshape: [{'9223372036854775807, ' * 2000}]]",
        "input: [5, 8]\nlayers:\n"
        + "".join(f"  - {{Dense: 3, from: densx_{n}}}\n" for n in range(4000)),
        "input: [5, 8]\nlayers:\n" + "".join(f"  - Dens{n}: 3\n" for n in range(5000)),
        f"input: [5, 8]\nlayers: [Dense: 1e{'9' * 1000}]",
    ],
    ids=lambda text: f"{text[:20]!r} {len(text)}",
)
def test_bombs(text):
    assert run(text.encode()) is None
