"""How wide a text is, at most: a picture has no browser that could measure it.

The widths are those of DejaVu Sans, in hundredths of the font's size. Of the fonts that stand for
``sans-serif`` it is the widest in common use, so that a text takes less room in all others.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

# From the space to the tilde.
_REGULAR = (
    "32 40 46 84 64 95 78 27 39 39 50 84 32 36 32 34 64 64 64 64 64 64 64 64 64 64 34 34 84 84 84 "
    "53 100 68 69 70 77 63 58 77 75 29 29 66 56 86 75 79 60 79 69 63 61 73 68 99 69 61 69 39 34 39 "
    "84 50 50 61 63 55 63 62 35 63 63 28 28 58 28 97 63 61 63 63 41 52 39 63 59 82 59 59 52 64 34 "
    "64 84"
)
_BOLD = (
    "35 46 52 84 70 100 87 31 46 46 52 84 38 42 38 37 70 70 70 70 70 70 70 70 70 70 40 40 84 84 "
    "84 58 100 77 76 73 83 68 68 82 84 37 37 77 64 100 84 85 73 85 77 72 68 81 77 110 77 72 73 "
    "46 37 46 84 50 50 67 72 59 72 68 44 72 71 34 34 67 34 104 71 69 72 72 49 60 48 71 65 92 65 "
    "65 58 71 37 71 84"
)
_OTHERS = {"·": 32, "×": 84, "→": 84, "←": 84, "…": 100, "—": 100, "–": 50, "−": 84, "⊙": 84}
_OTHERS |= dict.fromkeys("⌈⌉⌊⌋", 39)
_WIDTHS = tuple(tuple(map(int, widths.split())) for widths in (_REGULAR, _BOLD))


@lru_cache(maxsize=4096)
def text_width(text: str, size: float, bold: bool = False) -> float:
    """The largest width of a text, in pixels, in a font of ``size`` pixels."""
    widths = _WIDTHS[bold]
    hundredths = 0
    for character in text:
        index = ord(character) - 32
        if 0 <= index < len(widths):
            hundredths += widths[index]
        else:
            hundredths += _OTHERS.get(character) or _foreign(character)
    return hundredths * size / 100


def _foreign(character: str) -> int:
    """The width of a character outside ASCII: those of East Asia are squares."""
    if unicodedata.combining(character):
        return 0
    return 105 if unicodedata.east_asian_width(character) in "WF" else 85
