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
    '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20">'
    '<text x="2" y="15" font-family="sans-serif" font-size="14">{}</text></svg>'
)
_NO_FONT = "no such font"


class NoFont(Exception):
    """No font is installed that the texts could be written in."""


def to_png(svg: str) -> bytes:
    """Returns a picture as the content of a PNG file.

    Raises:
        ImportError: resvg-py is not installed.
        NoFont: no known font is installed.
    """
    import resvg_py

    family = _family()
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, zoom=_SCALE, sans_serif_family=family))


def _family() -> str:
    """The first font of those that is installed, or else any font that draws letters.

    Some versions of resvg draw letters in a font that they choose where there is none of the name;
    others leave them out.
    """
    nothing, otherwise = _probe("", _NO_FONT), _probe("M", _NO_FONT)
    for family in _FAMILIES:
        if _probe("M", family) not in (nothing, otherwise):
            return family
    if otherwise != nothing:
        return _NO_FONT
    raise NoFont(f"none of these fonts is installed: {', '.join(_FAMILIES)}")


def _probe(text: str, family: str) -> bytes:
    import resvg_py

    svg = _PROBE.format(text)
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, sans_serif_family=family))
