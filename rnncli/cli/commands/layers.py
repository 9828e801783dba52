"""``rnncli layers``: what is known of every layer, without Keras."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from rnncli.cli.options import FormatName, RunOptions, with_options
from rnncli.cli.session import Session
from rnncli.cli.usage import wrong_usage


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("layers")(layers)


@with_options("format_name", "json", "output", "no_color")
def layers(
    name: Annotated[
        Optional[str],  # noqa: UP045 - typer reads it at run time
        typer.Argument(
            metavar="[NAME]", help="The layer to show in full; without it, the list of layers."
        ),
    ] = None,
    *,
    options: RunOptions,
) -> None:
    """List the layers that are planned; or one layer's arguments, states, weights and formula."""
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
    """The layer that a name means; aliases and any case are accepted."""
    from rnncli.keras_api.signatures import signatures
    from rnncli.layers.catalogue import RULES
    from rnncli.suggestions import did_you_mean

    aliases = signatures().aliases
    cls = aliases.get(name, name)
    if cls in RULES:
        return cls
    near = did_you_mean(name, (*RULES, *aliases))
    if near and near.lower() == name.lower():
        return aliases.get(near, near)
    hint = f"did you mean {near}?" if near else "rnncli layers lists them all"
    raise wrong_usage(f"no layer {name} is planned: {hint}")


def _list(session: Session) -> None:
    from rnncli.reference.listing import load

    for section in load():
        session.write_table(section.title, [], section)


def _rows(session: Session, cls: str | None) -> None:
    """The list of layers, or the arguments of one, for spreadsheets."""
    from rnncli.formats import csv
    from rnncli.formats.sections import layer as layer_sections
    from rnncli.reference.layers import one_layer
    from rnncli.reference.listing import load

    if cls is None:
        session.write(csv.tables([(section.title, section) for section in load()], "family"))
    else:
        session.write(csv.tables([(cls, layer_sections.arguments(one_layer(cls)))], "layer"))


def _document(session: Session, cls: str | None) -> None:
    from rnncli.reference.layers import all_layers, one_layer

    for layer in [one_layer(cls)] if cls else all_layers():
        session.write_document(layer)


def _tell(session: Session, cls: str) -> None:
    from rnncli.formats import phrases
    from rnncli.formats.sections import layer as layer_sections
    from rnncli.formats.sections import model as model_sections
    from rnncli.reference.layers import one_layer

    layer = one_layer(cls)
    about = f"keras.layers.{layer.name} · {layer.family}"
    session.write_table(about, [], layer_sections.arguments(layer))
    if layer.call:
        section = layer_sections.call(layer)
        session.write_table(section.title, [], section)
    if layer.returns:
        session.write_table("Returns", [], layer_sections.returned(layer))
    if layer.example is None:
        return
    report = layer.example
    lines = [phrases.macs(report)]
    session.write_table("For example", [], model_sections.layers(report))
    for part in (model_sections.states, model_sections.formulas, model_sections.weights):
        section = part(report)
        if section.rows:
            session.write_table(section.title, [], section)
    if layer.mask:
        lines.append(f"A mask before it: the layer {layer.mask} it.")
    session.write_lines([*lines, layer.fused] if layer.fused else lines)
