"""``python -m tests.lowest`` prints the lowest version of every dependency that pyproject allows.

They are constraints for pip: ``pip install -c lowest.txt '.[test]'``.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

PYPROJECT = Path(__file__).parent.parent / "pyproject.toml"
_REQUIREMENT = re.compile(r"(?P<name>[A-Za-z0-9._-]+)>=(?P<version>[0-9.]+)(,.*)?")


def lowest() -> Iterator[str]:
    """``name==version`` for what rnncli and its tests need; each must have a lower bound."""
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
    for requirement in (*project["dependencies"], *project["optional-dependencies"]["test"]):
        bound = _REQUIREMENT.fullmatch(requirement)
        if bound is None:
            raise ValueError(f"{requirement} has no lower bound")
        yield f"{bound['name']}=={bound['version']}"


if __name__ == "__main__":
    sys.stdout.write("".join(f"{pin}\n" for pin in lowest()))
