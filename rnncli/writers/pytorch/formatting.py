"""Lines of Python as ``ruff format`` leaves them."""

from __future__ import annotations

from collections.abc import Iterator

WIDTH = 88
_OPENING, _CLOSING = "([{", ")]}"


def lines_of(code: str, indent: int) -> Iterator[str]:
    """The lines of a statement: one if it fits, or else its last brackets are opened."""
    line = " " * indent + code
    if len(line) <= WIDTH or not _opens(code):
        yield line
        return
    yield from _broken(code, "", indent)


def _broken(code: str, comma: str, indent: int) -> Iterator[str]:
    """The lines of code that ends in a bracket, which is opened."""
    start = _opens(code)
    head, body, tail = code[:start], code[start:-1], code[-1]
    margin = " " * (indent + 4)
    yield " " * indent + head
    if len(margin + body) <= WIDTH:
        yield margin + body
    else:
        for item in _items(body):
            if len(f"{margin}{item},") <= WIDTH or not _opens(item):
                yield f"{margin}{item},"
            else:
                yield from _broken(item, ",", indent + 4)
    yield " " * indent + tail + comma


def _opens(code: str) -> int:
    """The place behind the bracket that the last character closes; 0 if it closes none."""
    depth = 0
    if not code or code[-1] not in _CLOSING or code[-2] in _OPENING:
        return 0
    for place in range(len(code) - 1, -1, -1):
        depth += (code[place] in _CLOSING) - (code[place] in _OPENING)
        if depth == 0:
            return place + 1
    return 0


def _items(body: str) -> Iterator[str]:
    depth, start = 0, 0
    for place, character in enumerate(body):
        depth += (character in _OPENING) - (character in _CLOSING)
        if character == "," and depth == 0:
            yield body[start:place].strip()
            start = place + 1
    yield body[start:].strip()
