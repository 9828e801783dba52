"""``python -m tests.readme`` brings the README, the manual, its pictures and the golden files up
to date.

An example is a block of a page that starts with ``$ rnncli``. Its text is in a file under
``golden``, so that one output may be in several pages; a new example gets a file of its own. The
command runs all examples again and writes them, and the generated sections, into the pages.
"""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

from rnncli.reference.pages import NAMES
from tests.conftest import ROOT, import_keras, invoke
from tests.pages import generated
from tests.pictures.shown import pictures

README = ROOT / "README.md"
PAGES = (README, *(ROOT / f"rnncli/reference/docs/{name}.md" for name in NAMES))
GOLDEN = ROOT / "tests/golden"
EXAMPLE = re.compile(r"```console\n\$ (rnncli [^\n]*)\n.*?```", re.DOTALL)
# What the examples were printed by; another Keras must print the same except for this.
_KERAS = "Keras 3.15.1"


def golden_files() -> list[Path]:
    """The files of all examples."""
    return sorted(GOLDEN.glob("*.txt"))


def command_of(text: str) -> str:
    """The command of an example, which its first line shows."""
    return text.partition("\n")[0].removeprefix("$ ")


def printed(command: str) -> str:
    """An example as it is printed now, run from the project's root."""
    outcome = invoke(*shlex.split(command.removeprefix("rnncli ")))
    text = f"$ {command}\n{outcome.out}{outcome.err}"
    text = re.sub(r"Keras \d+\.\d+\.\d+", _KERAS, text)
    # Rounding makes this number, and it differs from one processor to the next.
    text = re.sub(
        r"(the largest (?:relative )?difference is) [\de.-]+\.$", r"\1 0.", text, flags=re.MULTILINE
    )
    return re.sub(r'"python": "[\d.]+"', '"python": "3.11.7"', text)


def examples_in(page: Path) -> list[str]:
    """The commands of a page's examples."""
    return EXAMPLE.findall(page.read_text(encoding="utf-8"))


def refreshed(page: Path) -> str:
    """A page with its examples as their golden files have them, and its generated section."""
    outputs = {command_of(text): text for text in map(_read, golden_files())}
    text = EXAMPLE.sub(lambda match: f"```console\n{outputs[match[1]]}```", _read(page))
    return generated(page.stem, text)


def main() -> None:
    """Runs every example and writes every page."""
    os.chdir(ROOT)
    import_keras()
    paths = {command_of(_read(path)): path for path in golden_files()}
    for command in {command for page in PAGES for command in examples_in(page)}:
        slug = re.sub(r"\W+", "_", command.removeprefix("rnncli ")).strip("_")
        paths.setdefault(command, GOLDEN / f"{slug}.txt")
    for command, path in paths.items():
        path.write_text(printed(command), encoding="utf-8")
    for page in PAGES:
        page.write_text(refreshed(page), encoding="utf-8")
    for picture, text in pictures().items():
        picture.parent.mkdir(exist_ok=True)
        picture.write_text(text, encoding="utf-8")


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


if __name__ == "__main__":
    main()
