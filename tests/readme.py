"""``python -m tests.readme`` brings the README's examples and its table of codes up to date."""

from __future__ import annotations

import re
from pathlib import Path

from rnncli.reference.problem_codes import explanations

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.txt"))
EXAMPLE = re.compile(r"```console\n(\$ rnncli [^\n]*\n).*?```", re.DOTALL)
CODES = re.compile(r"(\| code \| what it means \|\n\| --- \| --- \|\n)(\|[^\n]*\n)*")


def refreshed(text: str) -> str:
    """The README with every example as its golden file has it, and every code."""
    printed = {}
    for path in GOLDEN:
        example = path.read_text(encoding="utf-8")
        printed[example.partition("\n")[0] + "\n"] = example
    rows = "".join(f"| `{code}` | {each.means} |\n" for code, each in explanations().items())
    text = EXAMPLE.sub(lambda found: f"```console\n{printed[found.group(1)]}```", text)
    return CODES.sub(lambda found: found.group(1) + rows, text)


if __name__ == "__main__":
    README.write_text(refreshed(README.read_text(encoding="utf-8")), encoding="utf-8")
