"""Where the texts of a picture are, as a browser or the estimate of rnncli measures them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

FONTS = "Helvetica, Arial, sans-serif"
# What a browser says of a picture: its own rectangle, that of each text, and all boxes.
MEASURE = """() => {
  const sides = element => {
    const {left, top, right, bottom} = element.getBoundingClientRect();
    return [left, top, right, bottom];
  };
  const all = name => [...document.querySelectorAll(name)];
  return {
    picture: sides(document.querySelector("svg")),
    texts: all("text").map(text => [text.textContent, ...sides(text)]),
    boxes: all("rect[stroke]").map(sides),
  };
}"""


@dataclass(frozen=True)
class Area:
    """A rectangle, with the text in it if it is one of a text."""

    left: float
    top: float
    right: float
    bottom: float
    text: str = ""

    def overlaps(self, other: Area, slack: float = 1.5) -> bool:
        """Whether two areas share more than a hair; lines of text may touch."""
        return (
            self.left < other.right - 0.5
            and other.left < self.right - 0.5
            and self.top < other.bottom - slack
            and other.top < self.bottom - slack
        )

    def holds(self, other: Area, slack: float = 0.5) -> bool:
        """Whether another area is inside, from left to right and from top to bottom."""
        return (
            self.left - slack <= other.left
            and other.right <= self.right + slack
            and self.top - slack <= other.top
            and other.bottom <= self.bottom + slack
        )

    def has_middle_of(self, other: Area) -> bool:
        x, y = (other.left + other.right) / 2, (other.top + other.bottom) / 2
        return self.left <= x <= self.right and self.top <= y <= self.bottom

    @property
    def size(self) -> float:
        return (self.right - self.left) * (self.bottom - self.top)


def faults(picture: Area, texts: Sequence[Area], boxes: Sequence[Area]) -> list[str]:
    """Texts outside the picture, over another text, or wider than the box that they are in."""
    told = [f"{text.text} is outside" for text in texts if not picture.holds(text)]
    told += [
        f"{one.text} is over {other.text}"
        for one, other in combinations(texts, 2)
        if one.overlaps(other)
    ]
    for text in texts:
        around = [box for box in boxes if box.has_middle_of(text)]
        if around:
            inmost = min(around, key=lambda box: box.size)
            if not inmost.left - 0.5 <= text.left <= text.right <= inmost.right + 0.5:
                told.append(f"{text.text} is wider than its box")
    return told


def measured_by(page: Any, svg: str, font: str) -> list[str]:
    """What is wrong with a picture in a browser, in some font."""
    page.set_content(f'<body style="margin: 0">{svg.replace(FONTS, font)}</body>')
    found = page.evaluate(MEASURE)
    texts = [Area(*sides, text=text) for text, *sides in found["texts"]]
    return faults(Area(*found["picture"]), texts, [Area(*box) for box in found["boxes"]])
