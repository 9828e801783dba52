from __future__ import annotations

import gc
import os
import subprocess
import sys

import pytest

from rnncli.engine.importing import import_keras
from tests.conftest import ROOT

BUILD = [sys.executable, "-m", "rnncli", "build", "configs/many_to_one.yaml"]


@pytest.mark.keras
def test_garbage_is_looked_for_again_once_keras_is_there():
    assert import_keras().__name__ == "keras"
    assert gc.isenabled()


@pytest.mark.keras
def test_a_tensorflow_that_is_no_package_is_told_and_no_thread_complains(tmp_path):
    (tmp_path / "tensorflow.py").write_text("raise ImportError('no library of that name')")
    ran = subprocess.run(
        BUILD, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 3
    assert "no library of that name" in ran.stderr
    assert "pip install" in ran.stderr
    assert "Traceback" not in ran.stderr + ran.stdout


@pytest.mark.slow
def test_without_tensorflow_the_other_commands_work(tmp_path):
    for name in ("tensorflow", "keras", "numpy"):
        (tmp_path / f"{name}.py").write_text("raise ImportError('missing')")
    for arguments in (["plan", "configs/stacked.yaml"], ["check", "configs/stacked.yaml"],
                      ["layers", "GRU"], ["schema"], ["new"], ["shapes", "--plan"]):  # fmt: skip
        ran = subprocess.run(
            [sys.executable, "-m", "rnncli", *arguments],
            cwd=ROOT, env={**os.environ, "PYTHONPATH": str(tmp_path)},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert ran.returncode == 0, arguments
