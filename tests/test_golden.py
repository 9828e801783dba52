"""The examples of the README and the manual: each is a file under ``golden``, and what is printed.

``python -m tests.readme`` writes what is printed now.
"""

from __future__ import annotations

import pytest

from tests.readme import PAGES, README, command_of, examples_in, golden_files, printed, refreshed


@pytest.mark.usefixtures("rnncli", "keras")
@pytest.mark.parametrize("path", golden_files(), ids=lambda path: path.stem)
def test_an_example_is_what_is_printed(path):
    text = path.read_text(encoding="utf-8")
    assert printed(command_of(text)) == text, "python -m tests.readme brings it up to date"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_shows_what_is_printed(page):
    shown = page.read_text(encoding="utf-8")
    assert refreshed(page) == shown, "python -m tests.readme brings it up to date"


def test_the_readme_is_short_and_shows_a_build_and_a_problem():
    assert len(README.read_text(encoding="utf-8").splitlines()) <= 200
    assert [command.split()[1] for command in examples_in(README)] == ["build", "check", "check"]
