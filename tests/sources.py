"""The syntax trees of the package, which several tests read."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path


@cache
def nodes(path: Path) -> list[ast.AST]:
    """All nodes of a module's tree."""
    return [*ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
