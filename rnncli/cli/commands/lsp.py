"""``rnncli lsp``: a language server for editors, over standard input and output."""

from __future__ import annotations

import typer

from rnncli.cli.exit_codes import ENGINE_ERROR
from rnncli.cli.messages import print_error


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("lsp")(lsp)


def lsp() -> None:
    """Serve editors over standard input and output: shapes and problems while one types."""
    try:
        import pygls  # noqa: F401
    except ImportError as error:
        print_error(f"the language server cannot start: {error}", "pip install 'rnncli[lsp]'")
        raise typer.Exit(ENGINE_ERROR) from None
    import gc
    import logging

    from rnncli.lsp.server import make_server

    # The editor is sent a message about an error; nobody reads a traceback in its log.
    logging.getLogger("pygls").addHandler(logging.NullHandler())
    server = make_server()
    # What is imported stays: searching it for garbage would take a tenth of a second at times.
    gc.collect()
    gc.freeze()
    server.start_io()
