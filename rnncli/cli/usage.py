"""Usage errors: what a user typed is quoted in them, and never reaches a terminal raw."""

from __future__ import annotations

import typer

from rnncli.formats.text import one_line


def wrong_usage(message: str) -> typer.BadParameter:
    """The error to raise over an option or an argument that means nothing."""
    return typer.BadParameter(one_line(message))
