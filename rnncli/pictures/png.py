"""SVG → PNG, by resvg."""

from __future__ import annotations

INSTALL = 'pip install "rnncli[png]"'
# Two pixels for one of the SVG, so that it is sharp on a screen and on a slide.
_SCALE = 2.0
# Fonts that stand for sans-serif. Without a name, resvg leaves all text out.
_FAMILIES = (
    "Helvetica", "Arial", "Liberation Sans", "DejaVu Sans", "Noto Sans", "Open Sans", "Roboto",
    "Segoe UI", "Verdana", "Ubuntu", "Cantarell", "Inter", "FreeSans", "Nimbus Sans",
)  # fmt: skip
_PROBE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="20">'
    '<text x="2" y="15" font-family="sans-serif" font-size="14">{1}</text></svg>'
)


class NoFont(Exception):
    """No font is installed that the texts could be written in."""


def to_png(svg: str) -> bytes:
    """Returns a picture as the content of a PNG file.

    Raises:
        ImportError: resvg-py is not installed.
        NoFont: no known font is installed.
    """
    import resvg_py

    return resvg_py.svg_to_bytes(svg_string=svg, zoom=_SCALE, sans_serif_family=_family())


def _family() -> str:
    """The first font that is installed: the only one that draws a letter."""
    import resvg_py

    blank, letter = (_PROBE.format(20, text) for text in ("", "M"))
    nothing = resvg_py.svg_to_bytes(svg_string=blank)
    for family in _FAMILIES:
        if resvg_py.svg_to_bytes(svg_string=letter, sans_serif_family=family) != nothing:
            return family
    raise NoFont(f"none of these fonts is installed: {', '.join(_FAMILIES)}")
