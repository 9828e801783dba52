"""Problems are wrapped between words on a terminal, and never broken."""

from __future__ import annotations

import pytest

from rnncli.formats.diagnostics import render
from rnncli.formats.render_options import RenderOptions

TEXT = "input: [5, 8]\nlayers:\n  - LSTM: 128\n  - LSTM: 128\n"


@pytest.mark.parametrize("width", [40, 60, 80])
@pytest.mark.parametrize("colour", [False, True])
def test_a_problem_wraps_to_the_terminal(problems_of, width, colour):
    problems = problems_of(TEXT)
    plain, wrapped = render(problems), render(problems, width=width)
    assert max(map(len, plain.splitlines())) > 80
    # Lines of the config are quoted as they are.
    sentences = [line for line in wrapped.splitlines() if " | " not in line]
    assert max(map(len, sentences)) <= width
    assert wrapped.split() == plain.split()
    coloured = render(problems, colour, width)
    assert coloured.replace("\x1b[1;31m", "").replace("\x1b[0m", "") == wrapped


def test_a_path_that_is_wider_than_the_terminal_is_whole(problems_of):
    (problem,) = problems_of(TEXT)
    assert render([problem], width=10).startswith(f"{problem.file}:4:5:\n")


def test_check_wraps_as_other_commands_do(rnncli, monkeypatch):
    monkeypatch.setattr(
        "rnncli.cli.session.RenderOptions",
        lambda **options: RenderOptions(**{**options, "width": 60}),
    )
    outcome = rnncli("check", "-", given=TEXT)
    assert max(map(len, outcome.out.splitlines())) <= 60
