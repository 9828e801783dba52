"""Report → one JSON document, written plainly."""

from __future__ import annotations

import msgspec

from rnncli.formats.style import Style
from rnncli.report import Report


def opening(report: Report, style: Style) -> str:
    """Nothing: a document is written when it is whole."""
    return ""


def closing(report: Report, style: Style) -> str:
    """The document. Numbers that JSON has no word for, such as NaN, are null."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n"
