"""``rnncli layers``: what is known of every layer and operation, without Keras."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Optional

import typer

from rnncli.cli import completion
from rnncli.cli.options import FormatName, RunOptions, with_options
from rnncli.cli.session import Session
from rnncli.cli.usage import wrong_usage

if TYPE_CHECKING:
    from rnncli.report.layer_entry import LayerReference


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("layers")(layers)


@with_options("format_name", "json", "output", "no_color")
def layers(
    name: Annotated[
        Optional[str],  # noqa: UP045 - typer reads it at run time
        typer.Argument(
            metavar="[NAME]",
            help="The layer or operation to show in full; without it, the list of all.",
            autocompletion=completion.layers,
        ),
    ] = None,
    *,
    options: RunOptions,
) -> None:
    """List layers and operations; or show one with its arguments, states, weights and formula."""
    with Session(options) as session:
        cls = _canonical(name) if name is not None else None
        if session.format_name is FormatName.csv:
            _rows(session, cls)
        elif not session.is_tabular:
            _document(session, cls)
        elif cls:
            _tell(session, cls)
        else:
            _list(session)
    raise typer.Exit(session.exit_code)


def _canonical(name: str) -> str:
    """The layer or the operation that a name means; aliases and any case are accepted."""
    from rnncli.reference.names import canonical, nearest

    known = canonical(name)
    if known:
        return known
    near = nearest(name)
    hint = f"did you mean {near}?" if near else "rnncli layers lists them all"
    raise wrong_usage(f"no layer or operation {name} is planned: {hint}")


def _list(session: Session) -> None:
    from rnncli.reference.listing import load

    for section in load():
        session.write_table(section.title, [], section)


def _rows(session: Session, name: str | None) -> None:
    """The list of layers and operations, or the arguments of one, for spreadsheets."""
    from rnncli.formats import csv
    from rnncli.formats.sections import layer as layer_sections
    from rnncli.reference.listing import load

    if name is None:
        session.write(csv.tables([(section.title, section) for section in load()], "family"))
    else:
        kind = "operation" if "." in name else "layer"
        session.write(csv.tables([(name, layer_sections.arguments(_one(name)))], kind))


def _document(session: Session, name: str | None) -> None:
    from rnncli.reference.layers import all_layers

    for layer in [_one(name)] if name else all_layers():
        session.write_document(layer)


def _one(name: str) -> LayerReference:
    from rnncli.reference.layers import one_layer, one_operation

    return one_operation(name) if "." in name else one_layer(name)


def _tell(session: Session, name: str) -> None:
    from rnncli.formats import phrases
    from rnncli.formats.sections import layer as layer_sections
    from rnncli.formats.sections import model as model_sections
    from rnncli.reference.names import operation_of_name

    layer = _one(name)
    session.write_table(layer_sections.heading(layer), [], layer_sections.arguments(layer))
    if layer.call:
        section = layer_sections.call(layer)
        session.write_table(section.title, [], section)
    if layer.returns:
        session.write_table("Returns", [], layer_sections.returned(layer))
    if layer.example is None:
        return
    report = layer.example
    lines = [phrases.macs(report)]
    session.write_table(layer_sections.example_heading(layer), [], model_sections.layers(report))
    for part in (model_sections.states, model_sections.formulas, model_sections.weights):
        section = part(report)
        if section.rows:
            session.write_table(section.title, [], section)
    if layer.mask:
        kind = "operation" if "." in name else "layer"
        lines.append(f"A mask before it: the {kind} {layer.mask} it.")
    operation = operation_of_name(name)
    if operation:
        lines.append(f"There is an operation of this name, too: rnncli layers {operation}")
    session.write_lines([*lines, layer.fused] if layer.fused else lines)
