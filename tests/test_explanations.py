"""Every problem code is explained, shown, mended, and in the README's table."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from rnncli.explanations import explanations
from tests.conftest import ROOT

SHOWN = {code: each for code, each in explanations().items() if each.broken}
# What makes a problem, and which of its arguments is the code.
MAKERS = {"problem": 0, "refuse": 0, "_add": 0, "_fail": 0, "_wrong": 0, "_about": 1}


def codes_in(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            place = MAKERS.get(name)
            for argument in [] if place is None else node.args[place : place + 1]:
                branches = [argument]
                if isinstance(argument, ast.IfExp):
                    branches = [argument.body, argument.orelse]
                found |= {each.value for each in branches if isinstance(each, ast.Constant)}
    return found


def test_every_code_is_explained():
    used = set().union(*(codes_in(path) for path in (ROOT / "rnncli").rglob("*.py")))
    assert {"needs-sequence", "not-yaml", "unknown-key", "file-missing"} <= used
    assert used == set(explanations())


@pytest.mark.parametrize("code", SHOWN)
def test_the_broken_config_has_the_problem_and_no_other(code, problems_of):
    found = problems_of(SHOWN[code].broken)
    (one,) = [each for each in found if each.severity != "note" or each.code == code]
    assert one.code == code
    assert one.message
    assert one.excerpt
    assert one.line == one.excerpt.line or code in ("needs-sequence", "needs-vector")
    assert one.fix or code in ("bad-name",)


@pytest.mark.parametrize("code", SHOWN)
def test_the_mended_config_has_none(code, problems_of):
    assert code not in [each.code for each in problems_of(SHOWN[code].mended)]
    assert {each.severity for each in problems_of(SHOWN[code].mended)} <= {"note"}
