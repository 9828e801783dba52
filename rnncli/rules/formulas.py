"""Formulas of counts, in words and with their numbers filled in."""

from __future__ import annotations

import re
from functools import cache

_WORD = re.compile(r"[a-z][a-z_]*")


def count_formula(formula: str, **sizes: int) -> str:
    """``units·(features + 1)`` → ``units·(features + 1) = 3·(8 + 1)``."""
    numbers = _template(formula).format_map(sizes)
    return formula if numbers == formula else f"{formula} = {numbers}"


@cache
def _template(formula: str) -> str:
    return _WORD.sub(r"{\g<0>}", formula)
