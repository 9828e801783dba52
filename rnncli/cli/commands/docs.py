"""``rnncli docs``: the manual, page by page."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from rnncli.cli import completion
from rnncli.cli.options import NoColor, Output, RunOptions
from rnncli.cli.session import Session
from rnncli.cli.usage import wrong_usage


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("docs")(docs)


def docs(
    page: Annotated[
        Optional[str],  # noqa: UP045 - typer reads it at run time
        typer.Argument(
            metavar="[PAGE]",
            help="The page to show; without it, the list of pages.",
            autocompletion=completion.pages,
        ),
    ] = None,
    output: Output = None,
    no_color: NoColor = False,
) -> None:
    """Show a page of the manual, or list the pages."""
    from rnncli.formats.pages import render
    from rnncli.reference.pages import pages, summary
    from rnncli.suggestions import did_you_mean

    texts = pages()
    name = page.removesuffix(".md") if page is not None else None
    if name is not None and name not in texts:
        near = did_you_mean(name, texts)
        hint = f"did you mean {near}?" if near else f"the pages are {', '.join(texts)}"
        raise wrong_usage(f"the manual has no page {name}: {hint}")
    with Session(RunOptions(output=output, no_color=no_color)) as session:
        if name is not None:
            session.write(render(texts[name], session.render_options))
        else:
            width = max(map(len, texts))
            lines = [f"{name:<{width}}  {summary(text)}\n" for name, text in texts.items()]
            session.write("".join(lines))
    raise typer.Exit(session.exit_code)
