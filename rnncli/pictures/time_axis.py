"""The time steps that a picture shows, and where they are."""

from __future__ import annotations

import msgspec

# More steps than this become 1, 2, …, T.
MOST_STEPS = 6
# Where steps are left out.
ELLIPSIS = "…"


class TimeAxis(msgspec.Struct, frozen=True):
    """The numbers of the steps in the order of time, and the middle of the column of each.

    ``gap`` is the place in this order after which steps are left out, if any are. Time runs right,
    or else ``leftward``.
    """

    numbers: tuple[str, ...]
    columns: tuple[float, ...]
    gap: int | None = None
    leftward: bool = False

    @property
    def middle(self) -> float:
        """The middle of all columns."""
        return (self.columns[0] + self.columns[-1]) / 2

    def turned(self) -> TimeAxis:
        """The same columns with time running the other way."""
        gap = None if self.gap is None else len(self.columns) - 2 - self.gap
        return TimeAxis(self.numbers, self.columns[::-1], gap, not self.leftward)


def time_axis(length: int | None, letter: str, most: int | None, pitch: float) -> TimeAxis:
    """The columns of a sequence, which start at 0 and are ``pitch`` apart.

    ``letter`` stands for a length that is not known. ``most`` is how many steps to show: the first
    ones, and the last.
    """
    shown = MOST_STEPS if most is None else most
    if length is not None and length <= shown:
        numbers = tuple(str(number) for number in range(1, length + 1))
        return TimeAxis(numbers, tuple(pitch * index for index in range(length)))
    first = 2 if most is None else max(most - 1, 0)
    last = letter if length is None else str(length)
    numbers = (*(str(number) for number in range(1, first + 1)), last)
    columns = (*(pitch * index for index in range(first)), pitch * (first + 0.35 * bool(first)))
    return TimeAxis(numbers, columns, first - 1 if first else None)
