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
# Longer lines of prose are hard to read.
_WIDEST = 100


def render(page: str, options: RenderOptions) -> str:
    """The page as Rich renders it on a terminal; the Markdown itself anywhere else.

    Rich draws with characters outside ASCII, so a terminal without Unicode gets the Markdown too.
    """
    if options.width is None or options.ascii:
        return page
    from rich.console import Console

    console = Console(
        file=StringIO(),
        width=min(options.width, _WIDEST),
        force_terminal=options.colour,
        no_color=not options.colour,
        legacy_windows=False,
    )
    markdown = _markdown(_LINK.sub(r"\g<text> (`rnncli docs \g<page>`)", page))
    with console.capture() as capture:
        console.print(markdown, crop=False)
    return capture.get()


def _markdown(text: str) -> Markdown:
    """Rich's Markdown, except that nothing is cut off.

    A table breaks a long word. A line of code stays whole, however wide the terminal is: tables
    that rnncli printed would fall apart.
    """
    from rich.markdown import CodeBlock, Markdown, TableElement
    from rich.syntax import Syntax
    from rich.table import Table
    from rich.text import Text

    class UncutTable(TableElement):
        def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
            for table in super().__rich_console__(console, options):
                if isinstance(table, Table):
                    for column in table.columns:
                        column.overflow = "fold"
                yield table

    class UncutCode(CodeBlock):
        def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
            code = Syntax("", self.lexer_name, theme=self.theme).highlight(str(self.text).rstrip())
            for line in code.split("\n"):
                yield Text("  ", no_wrap=True, overflow="ignore").append_text(line)

    class Page(Markdown):
        elements = {  # noqa: RUF012
            **Markdown.elements,
            "table_open": UncutTable,
            "fence": UncutCode,
            "code_block": UncutCode,
        }

    # The ANSI theme takes the terminal's own colours, so it suits dark and light backgrounds.
    return Page(text, code_theme="ansi_dark")
