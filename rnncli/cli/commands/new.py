"""``rnncli new``: a ready config to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from rnncli.cli import completion
from rnncli.cli.options import Output, RunOptions
from rnncli.cli.session import Session
from rnncli.cli.usage import wrong_usage

DEFAULT = "many_to_one"


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("new")(new)


def new(
    template: Annotated[
        Optional[str],  # noqa: UP045 - typer reads it at run time
        typer.Argument(
            metavar="[TEMPLATE]",
            help="Name of the template (many_to_one).",
            autocompletion=completion.templates,
        ),
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help="List the templates.")] = False,
    output: Output = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a file that exists.")
    ] = False,
) -> None:
    """Print a config to start from, with comments that teach."""
    if output is not None and Path(output).is_file() and not overwrite:
        raise wrong_usage(f"--output: {output} is there already; --overwrite writes over it")
    from rnncli.reference.templates import about, templates
    from rnncli.suggestions import did_you_mean

    known = templates()
    name = (template or DEFAULT).removesuffix(".yaml")
    if name not in known:
        near = did_you_mean(name, known)
        hint = f"did you mean {near}?" if near else f"there are {', '.join(known)}"
        raise wrong_usage(f"there is no template {name}: {hint}")
    with Session(RunOptions(output=output)) as session:
        if list_:
            width = max(map(len, known))
            session.write("".join(f"{n:<{width}}  {about(text)}\n" for n, text in known.items()))
        else:
            session.write(known[name])
    raise typer.Exit(session.exit_code)
