"""Numbers as bars: a panel for each quantity, a bar for each of the things that have it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from rnncli.pictures.canvas import DETAIL, TEXT, TITLE, Canvas
from rnncli.pictures.legend import box_entry, draw_entries
from rnncli.pictures.metrics import text_width
from rnncli.pictures.palette import DARK, LIGHT

#: More bars than this are too thin to be seen.
MOST_BARS = 600
_WIDTH, _HEIGHT = 720.0, 110.0
# Above and below the bars of a panel: its title, the values on the bars, and the labels.
_ABOVE, _BELOW = 62.0, 48.0
_GAP = 8.0


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """A bar: what stands below it, its value, and the value in words.

    ``about`` says all that there is to say of it. A value that is None has no bar.
    """

    label: str
    about: str
    value: float | None
    text: str
    is_marked: bool = False


class Panel(msgspec.Struct, frozen=True):
    """The bars of one quantity."""

    title: str
    bars: Sequence[Bar]


def draw_bars(
    title: str, panels: Sequence[Panel], axis: str, marked: str, *, dark: bool = False
) -> str:
    """Returns the panels, one below the other, as the text of an SVG file.

    ``axis`` is the name of what the labels are values of, and ``marked`` what a mark means.
    """
    from rnncli.pictures.svg import render

    names = ", ".join(panel.title for panel in panels)
    return render(
        bars_canvas(title, panels, axis, marked), DARK if dark else LIGHT, title, f"Bars of {names}"
    )


def bars_canvas(title: str, panels: Sequence[Panel], axis: str, marked: str) -> Canvas:
    """Returns the panels as a canvas."""
    canvas = Canvas()
    canvas.label(title, 0, 0, size=TITLE, bold=True)
    y = 24.0
    for panel in panels:
        _draw_panel(canvas, panel, y)
        y += _ABOVE + _HEIGHT + _BELOW
    if axis:
        canvas.label(axis, _WIDTH / 2, y - 8, size=DETAIL, anchor="middle", role="muted")
    if any(bar.is_marked and bar.value is not None for panel in panels for bar in panel.bars):
        draw_entries(canvas, [box_entry(marked, "pointwise")], 0, y + 18, _WIDTH)
    return canvas


def _draw_panel(canvas: Canvas, panel: Panel, top: float) -> None:
    bars = panel.bars
    slot = _WIDTH / len(bars)
    base = top + _ABOVE + _HEIGHT
    most = max((bar.value or 0 for bar in bars), default=0)
    canvas.label(panel.title, 0, top + 16, size=TEXT, bold=True)
    canvas.wire((0, base), (_WIDTH, base), role="frame", arrow=False)
    for number, bar in enumerate(bars):
        if bar.value is not None:
            height = _HEIGHT * bar.value / most if most else 0
            width = slot * 0.8 if slot > 3 else slot
            canvas.box(
                slot * number + (slot - width) / 2,
                base - height,
                width,
                height,
                "pointwise" if bar.is_marked else "vector",
                about=bar.about,
            )
    if _fit([bar.text for bar in bars], slot):
        for number, bar in enumerate(bars):
            height = _HEIGHT * (bar.value or 0) / most if most else 0
            x = slot * (number + 0.5)
            canvas.label(bar.text, x, base - height - 12, size=DETAIL, anchor="middle")
    else:
        largest = max(bars, key=lambda bar: bar.value or 0)
        canvas.label(f"up to {largest.text}", _WIDTH, top + 16, size=DETAIL, anchor="end")
    _draw_labels(canvas, bars, slot, base + 16)


def _draw_labels(canvas: Canvas, bars: Sequence[Bar], slot: float, y: float) -> None:
    """Labels every bar, or else the first and the last one, where these fit side by side."""
    labels = [bar.label for bar in bars]
    if _fit(labels, slot):
        for number, label in enumerate(labels):
            x = slot * (number + 0.5)
            canvas.label(label, x, y, size=DETAIL, anchor="middle", role="muted")
    elif _fit([labels[0], labels[-1]], _WIDTH / 2):
        canvas.label(labels[0], 0, y, size=DETAIL, role="muted")
        canvas.label(labels[-1], _WIDTH, y, size=DETAIL, anchor="end", role="muted")


def _fit(texts: Sequence[str], room: float) -> bool:
    return all(text_width(text, DETAIL) <= room - _GAP for text in texts)
