"""Settings with several values → the variants of a model; planned variants → how totals grow."""

from __future__ import annotations

import itertools
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Literal

from rnncli.report.sweep import Axis, Growth, Variant

# The most variants of one sweep, which are planned in about half a minute.
LIMIT = 100_000
_NUMBER = r"[-+]?[0-9]{1,18}(?:\.[0-9]{1,18})?"
_RANGE = re.compile(rf"({_NUMBER}):({_NUMBER}):({_NUMBER})")
_OPENED = {"[": "]", "{": "}", "(": ")"}
_TOTALS: tuple[Literal["params", "macs"], ...] = ("params", "macs")


class BadSweep(ValueError):
    """A setting, or several together, make no sweep; the message says why."""


def axis(setting: str) -> Axis:
    """The values of ``lstm.units=32,64`` or ``dropout.rate=0:0.5:0.1``, the last included.

    Commas in brackets and quotes do not divide values.

    Raises:
        BadSweep: there is no ``=``, a value is missing, or a range has no end.
    """
    path, equals, written = setting.partition("=")
    if not equals or not path.strip():
        raise BadSweep(f"--set takes layer.argument=value,value, not {setting}")
    values: list[str] = []
    for part in _parts(written):
        match = _RANGE.fullmatch(part.strip())
        if match:
            values += _range(match[0], *map(Decimal, match.groups()))
        else:
            values.append(part.strip())
    if not all(values):
        raise BadSweep(f"--set {setting}: a value is missing between the commas")
    return Axis(path=path.strip(), values=tuple(dict.fromkeys(values)))


def _parts(text: str) -> Iterator[str]:
    """The parts between commas that no bracket or quote encloses."""
    expected: list[str] = []
    start = 0
    for place, character in enumerate(text):
        if expected and expected[-1] in "'\"":
            if character == expected[-1]:
                expected.pop()
        elif character in "'\"":
            expected.append(character)
        elif character in _OPENED:
            expected.append(_OPENED[character])
        elif expected and character == expected[-1]:
            expected.pop()
        elif character == "," and not expected:
            yield text[start:place]
            start = place + 1
    yield text[start:]


def _range(written: str, first: Decimal, last: Decimal, step: Decimal) -> Iterator[str]:
    """The numbers from the first on, a step apart, as far as the last."""
    if not step or (last - first) * step < 0:
        raise BadSweep(f"{written} never ends: a range is first:last:step, such as 32:512:32")
    count = int((last - first) / step) + 1
    if count > LIMIT:
        raise BadSweep(f"{written} has {count:,} values; a sweep has at most {LIMIT:,} variants")
    for number in range(count):
        value = first + number * step
        yield str(int(value)) if value == value.to_integral_value() else f"{value.normalize():f}"


def combinations(axes: Sequence[Axis], zipped: bool) -> Iterator[tuple[str, ...]]:
    """The values of every variant: of all combinations, or of the first, the second, … of each.

    An axis of one value has it in every variant.

    Raises:
        BadSweep: an axis is there twice, there are too many variants, or the axes that are zipped
            are not of one length.
    """
    paths = [axis.path for axis in axes]
    twice = next((path for path in paths if paths.count(path) > 1), None)
    if twice:
        raise BadSweep(f"{twice} is set twice: write its values behind one =, with commas")
    lengths = {axis.path: len(axis.values) for axis in axes if len(axis.values) > 1}
    if zipped and len({*lengths.values()}) > 1:
        counted = ", ".join(f"{path} has {count}" for path, count in lengths.items())
        raise BadSweep(f"--zip takes as many values of each setting: {counted}")
    count = max(lengths.values(), default=1) if zipped else math.prod(lengths.values())
    if count > LIMIT:
        raise BadSweep(f"these are {count:,} variants; a sweep has at most {LIMIT:,}")
    if not zipped:
        return itertools.product(*[axis.values for axis in axes])
    columns = [axis.values if len(axis.values) > 1 else axis.values * count for axis in axes]
    return zip(*columns, strict=True)


def growth(axes: Iterable[Axis], variants: Sequence[Variant]) -> Iterator[Growth]:
    """Yields how the totals grow where the value of one axis doubles and no other changes."""
    for swept in axes:
        for total in _TOTALS:
            factors = [*_factors(swept.path, variants, total)]
            if factors and max(factors) > 1.0005:
                yield Growth(path=swept.path, total=total, least=min(factors), most=max(factors))


def _factors(
    path: str, variants: Sequence[Variant], total: Literal["params", "macs"]
) -> Iterator[float]:
    series: dict[tuple[str, ...], list[tuple[float, int]]] = defaultdict(list)
    for variant in variants:
        value, count = variant.settings[path], getattr(variant, total)
        if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0 or not count:
            continue
        others = tuple(repr(other) for name, other in variant.settings.items() if name != path)
        series[others].append((value, count))
    for points in series.values():
        for (small, less), (large, more) in itertools.pairwise(sorted(points)):
            if large > small:
                yield (more / less) ** (1 / math.log2(large / small))
