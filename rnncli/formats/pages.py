"""Markdown pages → text: rendered for a terminal, unchanged for everything else.

Rich is imported when a page is rendered, not before.
"""

from __future__ import annotations

import re
from io import StringIO
from typing import TYPE_CHECKING

from rnncli.formats.render_options import RenderOptions

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.markdown import Markdown

# A link to another page, which a terminal cannot follow.
_LINK = re.compile(r"\[(?P<text>[^\[\]]+)\]\((?P<page>[\w-]+)\.md(?:#[\w-]*)?\)")
# Longer lines are hard to read.
_WIDEST = 100


def render(page: str, style: RenderOptions) -> str:
    """The page as Rich renders it on a terminal; the Markdown itself anywhere else.

    Rich draws with characters outside ASCII, so a terminal without Unicode gets the Markdown too.
    """
    if style.width is None or style.ascii:
        return page
    from rich.console import Console

    console = Console(
        file=StringIO(),
        width=min(style.width, _WIDEST),
        force_terminal=style.colour,
        no_color=not style.colour,
        legacy_windows=False,
    )
    with console.capture() as capture:
        console.print(_markdown(_LINK.sub(r"\g<text> (`rnncli docs \g<page>`)", page)))
    return capture.get()


def _markdown(text: str) -> Markdown:
    """Rich's Markdown, with tables that break a long word instead of cutting it off."""
    from rich.markdown import Markdown, TableElement
    from rich.table import Table

    class UncutTable(TableElement):
        def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
            for table in super().__rich_console__(console, options):
                if isinstance(table, Table):
                    for column in table.columns:
                        column.overflow = "fold"
                yield table

    class Page(Markdown):
        elements = {**Markdown.elements, "table_open": UncutTable}  # noqa: RUF012

    # The ANSI theme takes the terminal's own colours, so it suits dark and light backgrounds.
    return Page(text, code_theme="ansi_dark")
