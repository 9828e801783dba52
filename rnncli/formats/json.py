"""Report → one JSON document."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import msgspec

from rnncli.formats.render_options import RenderOptions
from rnncli.report.report import Report


def render_plan(report: Report, options: RenderOptions) -> str:
    """Returns no text: the document is written when the report is complete."""
    return ""


def render_outcome(report: Report, options: RenderOptions) -> str:
    """Returns the document."""
    return document(report, options)


def document(value: Any, options: RenderOptions) -> str:
    """Returns any value as a document. Integers are exact, whatever their size; NaN is null.

    Characters that are not printable are escaped; with ``options.ascii``, so are all characters
    outside ASCII.
    """
    return _printable(msgspec.json.format(msgspec.json.encode(value), indent=2).decode(), options)


def pieces(value: Any, options: RenderOptions) -> Iterator[str]:
    """Yields a document that has arrays of numpy, part by part: the whole may be large.

    A row of numbers is on one line.
    """
    arrays: list[Any] = []
    token = os.urandom(8).hex()

    def keep(array: Any) -> str:
        arrays.append(array)
        return token

    frame = _printable(
        msgspec.json.format(msgspec.json.encode(value, enc_hook=keep), indent=2).decode(), options
    )
    first, *rest = frame.split(f'"{token}"')
    yield first
    for array, text in zip(arrays, rest, strict=True):
        yield from _rows(array)
        yield text


def _rows(array: Any) -> Iterator[str]:
    if array.ndim < 2 or not array.size:
        yield msgspec.json.encode(array.tolist()).decode()
        return
    for number, row in enumerate(array):
        yield ",\n" if number else "[\n"
        yield from _rows(row)
    yield "\n]"


def line(value: Any, options: RenderOptions) -> str:
    """Returns any value as a document on one line."""
    return _printable(msgspec.json.encode(value).decode(), options)


def _printable(text: str, options: RenderOptions) -> str:
    """Returns the text of a document with a line break, and its strange characters escaped."""
    if text.isascii() and "\x7f" not in text:
        # Control characters are escaped already.
        return text + "\n"
    strange = {
        ord(character): _escaped(character)
        for character in set(text)
        if character != "\n"
        and not (character.isprintable() and (character.isascii() or not options.ascii))
    }
    return text.translate(strange) + "\n" if strange else text + "\n"


def _escaped(character: str) -> str:
    """A character as JSON spells it in ASCII."""
    code = character.encode("utf-16-be").hex()
    return "".join(f"\\u{code[start : start + 4]}" for start in range(0, len(code), 4))
