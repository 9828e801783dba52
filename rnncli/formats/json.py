"""Report → one JSON document."""

from __future__ import annotations

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
    encoded = msgspec.json.encode(value, enc_hook=_plain)
    text = msgspec.json.format(encoded, indent=2).decode()
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


def _plain(array: Any) -> Any:
    """An array of numpy as lists."""
    return array.tolist()


def _escaped(character: str) -> str:
    """A character as JSON spells it in ASCII."""
    code = character.encode("utf-16-be").hex()
    return "".join(f"\\u{code[start : start + 4]}" for start in range(0, len(code), 4))
