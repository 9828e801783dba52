"""The README's examples: each is a file under ``golden``, and what the program prints.

``pytest --write-golden`` writes down what it prints now.
"""

from __future__ import annotations

import re
import shlex

import pytest

from tests.readme import CODES, EXAMPLE, GOLDEN, README, refreshed

# What the examples were printed by; another Keras must print the same but for this.
KERAS = "3.15.1"


def printed(rnncli, command: str) -> str:
    found = rnncli(*shlex.split(command.removeprefix("$ rnncli ")))
    return f"{command}\n{found.out}{found.err}"


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_what_is_printed_is_what_is_written_down(path, rnncli, keras, request):
    text = path.read_text(encoding="utf-8")
    now = printed(rnncli, text.partition("\n")[0])
    now = now.replace(f"Keras {keras.__version__}", f"Keras {KERAS}")
    # What rounding makes of it differs from one processor to the next.
    now = re.sub(r"(the largest difference is) [\de.-]+\.$", r"\1 0.", now, flags=re.MULTILINE)
    now = re.sub(r'"python": "[\d.]+"', '"python": "3.11.7"', now)
    if request.config.getoption("--write-golden"):
        path.write_text(now, encoding="utf-8")
    assert now == text


def test_the_readme_shows_what_is_printed_and_every_code():
    text = README.read_text(encoding="utf-8")
    assert len(EXAMPLE.findall(text)) >= 5
    assert len(CODES.findall(text)) == 1
    assert refreshed(text) == text, "python -m tests.readme brings it up to date"
