"""Usage errors: they quote what a user typed, without raw control characters."""

from __future__ import annotations

import typer

from rnncli.formats.text import one_line


def wrong_usage(message: str) -> typer.BadParameter:
    """The error to raise for an option or an argument that is not valid."""
    return typer.BadParameter(one_line(message))
