"""Report → text. A format is a module with the functions of :class:`Format`."""

from __future__ import annotations

from importlib import import_module
from typing import Protocol, cast

from rnncli.formats.render_options import RenderOptions
from rnncli.formats.sections.section import Section
from rnncli.report.report import Report

NAMES = ("table", "json", "markdown", "csv", "html")


class Format(Protocol):
    """The functions of every format's module.

    A build writes its text in two parts, so that the plan can be read while Keras still loads.
    A plan writes both at once.
    """

    def render_plan(self, report: Report, options: RenderOptions) -> str:
        """Returns the part that needs only the plan of the model."""

    def render_outcome(self, report: Report, options: RenderOptions) -> str:
        """Returns the rest, which needs the complete report."""


class TableFormat(Format, Protocol):
    """The further function of a format that draws tables."""

    def page(
        self, title: str, lines: list[str], section: Section | None, options: RenderOptions
    ) -> str:
        """Returns a title, a table and lines of text; empty parts are left out."""


def load(name: str) -> Format:
    """Imports and returns the format of this name."""
    return cast(Format, import_module(f"rnncli.formats.{name}"))


__all__ = ["NAMES", "Format", "RenderOptions", "TableFormat", "load"]
