"""Report → text. A format is a module with the functions of :class:`Format`."""

from __future__ import annotations

from importlib import import_module
from typing import Protocol, cast

from rnncli.formats.render_options import RenderOptions
from rnncli.formats.sections.section import Section
from rnncli.report.report import Report

NAMES = ("table", "json", "markdown", "csv")


class Format(Protocol):
    """What each format's module offers.

    A build's text comes in two parts, so that a reader has the plan while Keras still loads:
    together they are the whole. A plan has both at once.
    """

    def render_plan(self, report: Report, options: RenderOptions) -> str:
        """What can be said as soon as the model is planned."""

    def render_outcome(self, report: Report, options: RenderOptions) -> str:
        """The rest, once all is known."""


class TableFormat(Format, Protocol):
    """What the module of a format that draws tables offers besides."""

    def page(
        self, title: str, lines: list[str], section: Section | None, options: RenderOptions
    ) -> str:
        """A title, a table and lines of text; what is not given is left out."""


def load(name: str) -> Format:
    """The format of this name; its module is imported now, not before."""
    return cast(Format, import_module(f"rnncli.formats.{name}"))


__all__ = ["NAMES", "Format", "RenderOptions", "TableFormat", "load"]
