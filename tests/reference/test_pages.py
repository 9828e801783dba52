"""The pages of the manual: complete, linked, and every block of code in them works."""

from __future__ import annotations

import re
import shlex
from glob import glob
from pathlib import Path

import pytest
import typer

from rnncli.cli.main import app
from rnncli.config import parse
from rnncli.planning.plan import plan
from rnncli.problems import Source
from rnncli.reference.pages import NAMES, pages, summary
from tests.conftest import ROOT
from tests.readme import PAGES, README

TEXTS = {path: path.read_text(encoding="utf-8") for path in PAGES}
LINK = re.compile(r"\[[^\]]+\]\((?!https://)([^)#]+)")


def blocks(language: str) -> list:
    """The blocks of code in a language, on any page."""
    pattern = re.compile(rf"^```{language}\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    return [
        pytest.param(code, id=f"{path.stem}-{number}")
        for path, text in TEXTS.items()
        for number, code in enumerate(pattern.findall(text))
    ]


def commands() -> list[str]:
    """The commands of blocks for a shell, up to a comment or a pipe."""
    lines = [line for block in blocks("sh") for line in block.values[0].splitlines()]
    return [re.split(r" [#|>]", line)[0].strip() for line in lines]


def test_every_file_is_a_page():
    assert sorted(path.stem for path in PAGES if path != README) == sorted(
        path.stem for path in (ROOT / "rnncli/reference/docs").iterdir()
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_page_opens_with_a_title_and_one_line(name):
    text = pages()[name]
    assert re.match(r"# .+\n\n.+\n\n", text)
    assert len(summary(text)) <= 100


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_links_lead_to_files(path):
    for target in LINK.findall(TEXTS[path]):
        assert (path.parent / target).is_file(), target


def test_the_readme_links_to_every_page():
    linked = {Path(target).stem for target in LINK.findall(TEXTS[README])}
    assert linked == {*NAMES}


def test_the_readme_lists_every_command():
    listed = re.findall(r"^\| `rnncli (\w+)", TEXTS[README], re.MULTILINE)
    assert sorted(listed) == sorted(typer.main.get_command(app).commands)


@pytest.mark.parametrize("text", blocks("yaml"))
def test_a_config_plans_without_problems(text):
    # In this folder is the file that the examples include.
    assert plan(parse(Source("configs/include/model.yaml", text))).problems == ()


@pytest.mark.usefixtures("rnncli", "keras")
@pytest.mark.parametrize("code", blocks("python"))
def test_python_runs(code):
    exec(compile(code, "page", "exec"), {})


@pytest.mark.usefixtures("keras")
@pytest.mark.parametrize("command", commands())
def test_a_command_runs(rnncli, command):
    program, *arguments = shlex.split(command)
    assert program == "rnncli"
    files = [glob(each) if "*" in each else [each] for each in arguments]
    outcome = rnncli(*(each for several in files for each in several))
    assert outcome.code == (1 if "broken" in command else 0), outcome.err
    assert outcome.out or "check" in arguments
