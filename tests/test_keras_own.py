"""Keras's own layer tests, held against plans; in a process of their own, which they change."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.usefixtures("keras")


def test_plans_are_what_keras_own_tests_expect():
    command = [sys.executable, "-m", "tests.conformance", "--keras-own"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout
    counts = re.search(r"(\d+) of .* agreed \((\d+) state shapes, (\d+) counts", found.stdout)
    assert counts
    tests, shapes, weights = map(int, counts.groups())
    assert tests > 450
    assert shapes > 420
    assert weights > 250
