"""What the contributing guide and CI name is there."""

from __future__ import annotations

import re

import pytest
import yaml

from tests.conftest import ROOT

GUIDE = (ROOT / ".github" / "CONTRIBUTING.md").read_text(encoding="utf-8")
PATHS = sorted(set(re.findall(r"(?<![\w/])(?:rnncli|tests|\.ci)/[\w./]*\w", GUIDE)))
MODULES = sorted(set(re.findall(r"python -m ((?:rnncli|tests)[\w.]*)", GUIDE)))


@pytest.mark.parametrize("path", PATHS)
def test_a_path_in_the_guide_is_there(path):
    assert (ROOT / path).exists()


@pytest.mark.parametrize("module", MODULES)
def test_a_module_in_the_guide_is_there(module):
    path = ROOT / module.replace(".", "/")
    assert path.with_suffix(".py").exists() or (path / "__main__.py").exists()


def test_ci_runs_the_scripts():
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    runs = [
        step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step
    ]
    scripts = {re.match(r"\.ci/\w+", run)[0] for run in runs if run.startswith(".ci/")}
    assert scripts == {".ci/run", ".ci/fast"}
    assert all((ROOT / script).stat().st_size for script in scripts)


def test_the_hook_is_a_command(rnncli):
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    program, *arguments = hook["entry"].split()
    assert (program, arguments) == ("rnncli", ["check"])
    assert rnncli(*arguments, "configs/stacked.yaml", "configs/siamese.yaml").code == 0
