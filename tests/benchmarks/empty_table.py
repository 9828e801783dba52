"""The least that a program with these libraries does: it imports them and prints an empty table."""

import rich
import rich.table
import typer  # noqa: F401
import yaml  # noqa: F401

rich.print(rich.table.Table())
