"""Formulas of counts, in words and with their numbers filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping

_WORD = re.compile(r"[a-z][a-z_]*")


def filled(formula: str, sizes: Mapping[str, int]) -> str:
    """``units·(features + 1)`` → ``units·(features + 1) = 3·(8 + 1)``."""
    numbers = _WORD.sub(lambda word: str(sizes[word.group()]), formula)
    return formula if numbers == formula else f"{formula} = {numbers}"
