"""Sweep → bars: the totals of its variants, and what a run measures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from rnncli.formats.phrases import memory, number, seconds
from rnncli.formats.sections.sweep import note, written
from rnncli.formats.text import one_line
from rnncli.pictures.bars import MOST_BARS, Bar, Panel, draw_bars
from rnncli.report.sweep import Sweep, Variant

# The title of each panel, and how its values are written.
_TOTALS: Mapping[str, tuple[str, Callable[..., str]]] = {
    "params": ("Parameters", number),
    "macs": ("MACs", number),
    "weight_bytes": ("Weights", memory),
    "activation_bytes": ("Outputs", memory),
}
_MEASURED: Mapping[str, tuple[str, Callable[..., str]]] = {
    "median_seconds": ("Time of a forward pass, median", seconds),
    "peak_bytes": ("Peak memory of the process", memory),
    "half_life": ("Half-life of gradients, in steps", "{:.3g}".format),
}


def too_many(sweep: Sweep) -> str | None:
    """Says that a sweep has more variants than a picture can show; None if it has not."""
    count = len(sweep.variants)
    if count <= MOST_BARS:
        return None
    return f"A picture shows at most {MOST_BARS:,} variants, and these are {count:,}."


def as_svg(sweep: Sweep, *, dark: bool = False) -> str:
    """Returns the bars as the text of an SVG file; there are not too many variants."""
    axis = " · ".join(one_line(axis.path) for axis in sweep.axes)
    marked = "over budget, or in error"
    return draw_bars(one_line(sweep.name), [*_panels(sweep)], axis, marked, dark=dark)


def _panels(sweep: Sweep) -> Iterator[Panel]:
    for name, (title, in_words) in {**_TOTALS, **_MEASURED}.items():
        numbers = [
            getattr(variant if name in _TOTALS else variant.measured, name, None)
            for variant in sweep.variants
        ]
        if any(one is not None for one in numbers):
            yield Panel(
                title,
                [
                    _bar(sweep, variant, title, one, "" if one is None else in_words(one))
                    for variant, one in zip(sweep.variants, numbers, strict=True)
                ],
            )


def _bar(sweep: Sweep, variant: Variant, title: str, number: float | None, text: str) -> Bar:
    values = {axis.path: written(variant.settings[axis.path]) for axis in sweep.axes}
    settings = ", ".join(f"{one_line(path)} = {value}" for path, value in values.items())
    noted = note(variant)
    about = f"{settings}: {title} {text}" + (f"; {noted}" if noted else "")
    return Bar(
        label=" · ".join(values.values()), about=about, value=number, text=text,
        is_marked=bool(noted),
    )  # fmt: skip
