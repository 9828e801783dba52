"""The workflow in the manual: its steps are run here as GitHub would run them."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import yaml

from rnncli.reference.pages import pages
from tests.conftest import ROOT, posix

STACKED = (ROOT / "configs/stacked.yaml").read_text(encoding="utf-8")
# The program of this checkout under the name that the workflow calls.
RNNCLI = f'rnncli() {{ "{sys.executable}" -m rnncli "$@"; }}\n'


def steps():
    text = pages()["diff"].partition("```yml\n")[2].partition("```")[0]
    workflow = yaml.safe_load(text)
    (job,) = workflow["jobs"].values()
    return {step.get("name", ""): step.get("run", "") for step in job["steps"]}


@pytest.fixture
def pull_request(tmp_path):
    """A repository at a pull request that changes one config, adds one and leaves one."""
    (tmp_path / "configs").mkdir()
    for name in ("a b", "same"):
        (tmp_path / "configs" / f"{name}.yaml").write_text(STACKED)
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    commit(tmp_path)
    git(tmp_path, "update-ref", "refs/remotes/origin/main", "HEAD")
    (tmp_path / "configs/a b.yaml").write_text(STACKED.replace("512", "600"))
    (tmp_path / "configs/new.yaml").write_text(STACKED)
    commit(tmp_path)
    return tmp_path


def git(folder, *arguments):
    subprocess.run(["git", *arguments], check=True, cwd=folder, capture_output=True)


def commit(folder):
    git(folder, "add", "--all")
    git(folder, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--message", "a")


def run(folder, script):
    environment = {**os.environ, "BASE": "origin/main", "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", RNNCLI + script],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


@posix
@pytest.mark.slow
def test_budgets_and_growth_are_annotated(pull_request):
    ran = run(pull_request, steps()["Problems, budgets and growth"])
    assert ran.returncode == 1, ran.stderr
    (annotation,) = [line for line in ran.stdout.splitlines() if line.startswith("::error")]
    assert annotation.startswith("::error file=configs/a b.yaml,line=6,title=over-growth::")
    assert "configs/new.yaml is new since origin/main" in ran.stderr


@posix
@pytest.mark.slow
def test_what_differs_is_written_for_the_comment(pull_request):
    ran = run(pull_request, steps()["What differs"])
    assert ran.returncode == 0, ran.stderr
    text = (pull_request / "diff.md").read_text(encoding="utf-8")
    assert "`origin/main:configs/a b.yaml → configs/a b.yaml`" in text
    assert "| ~ lstm\\_2 | units | 512 | 600 |" in text
    assert "same" not in text
    assert "new" not in text


def test_no_text_of_a_pull_request_is_part_of_a_script():
    """What GitHub puts in place of an expression would be run."""
    assert all("${{" not in script for script in steps().values())
