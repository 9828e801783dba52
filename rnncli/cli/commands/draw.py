"""``rnncli draw``: a picture of a model, or of one of its layers, as SVG or PNG."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from rnncli.cli.exit_codes import ENGINE_ERROR
from rnncli.cli.messages import print_error
from rnncli.cli.options import RunOptions, with_options
from rnncli.cli.session import Session
from rnncli.cli.usage import wrong_usage
from rnncli.suggestions import did_you_mean

if TYPE_CHECKING:
    from rnncli.pictures.picture import CannotDraw, Kind, PictureOptions
    from rnncli.report.report import Report

_OPTIONS = (
    "output", "batch", "length", "settings", "allow_outside", "quiet", "verbose", "no_color",
)  # fmt: skip
_PANEL = {"rich_help_panel": "Picture"}


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("draw")(draw)


@with_options(*_OPTIONS)
def draw(
    config: Annotated[
        str, typer.Argument(metavar="CONFIG", help="A config or a model file; - is standard input.")
    ],
    options: RunOptions,
    unrolled: Annotated[
        bool,
        typer.Option(
            "--unrolled",
            help="Draw it in time; the default for a recurrent layer and a small model with one.",
            **_PANEL,
        ),
    ] = False,
    cell: Annotated[
        bool,
        typer.Option("--cell", help="Draw one step of a recurrent layer: its gates.", **_PANEL),
    ] = False,
    graph: Annotated[
        bool, typer.Option("--graph", help="Draw the layers and their wires.", **_PANEL)
    ] = False,
    layer: Annotated[
        Optional[str],  # noqa: UP045 - typer reads it at run time
        typer.Option(
            metavar="NAME",
            help="Draw one layer; in a model inside, sentence/lstm.",
            **_PANEL,
        ),
    ] = None,
    steps: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(
            metavar="N",
            min=2,
            max=100,
            help="Number of time steps to show at most: the first ones, and the last; by default "
            "all of up to 6, or else 1, 2 and the last.",
            **_PANEL,
        ),
    ] = None,
    dark: Annotated[
        bool, typer.Option("--dark", help="Draw light lines on dark ground.", **_PANEL)
    ] = False,
    transparent: Annotated[
        bool, typer.Option("--transparent", help="Leave the ground out.", **_PANEL)
    ] = False,
) -> None:
    """Draw a model, or one of its layers, as SVG; without TensorFlow."""
    from rnncli.pictures.picture import PictureOptions

    picture = PictureOptions(
        kind=_kind(unrolled, cell, graph),
        layer=layer,
        steps=steps,
        dark=dark,
        transparent=transparent,
    )
    as_png = options.output is not None and Path(options.output).suffix.lower() == ".png"
    with Session(options, [config]) as session:
        for _, planned in session.plans([config]):
            if not session.report_problems(planned):
                session.output.is_whole = False
                continue
            svg = drawn(planned, picture)
            if as_png:
                session.output.write_bytes(_png(svg))
            else:
                session.write(svg)
    raise typer.Exit(session.exit_code)


def _kind(unrolled: bool, cell: bool, graph: bool) -> Kind | None:
    wanted: list[Kind] = []
    if unrolled:
        wanted.append("unrolled")
    if cell:
        wanted.append("cell")
    if graph:
        wanted.append("graph")
    if len(wanted) > 1:
        raise wrong_usage(f"--{' and --'.join(wanted)} are different pictures: name one")
    return wanted[0] if wanted else None


def drawn(planned: Report, picture: PictureOptions) -> str:
    """The picture of a plan without errors.

    Raises:
        BadParameter: there is no such layer, or it cannot be drawn in this way.
    """
    from rnncli import drawing
    from rnncli.pictures.picture import CannotDraw

    try:
        return drawing.picture_of(planned, picture)
    except CannotDraw as error:
        raise wrong_usage(f"{error}{_hint(error, picture.layer)}") from None


def _hint(error: CannotDraw, layer: str | None) -> str:
    if not error.names:
        return "; --graph draws the layers and their wires"
    near = did_you_mean(layer, error.names) if layer else None
    if near:
        return f": did you mean {near}?"
    shown = error.names[:8]
    more = ", …" if len(error.names) > len(shown) else ""
    return f": --layer {', '.join(shown)}{more}"


def _png(svg: str) -> bytes:
    from rnncli.pictures.png import INSTALL, NoFont, to_png

    try:
        return to_png(svg)
    except ImportError:
        print_error("PNG needs resvg-py, which is not installed", f"{INSTALL}, or write .svg")
    except NoFont as error:
        print_error(f"PNG cannot be written: {error}", "install one of them, or write .svg")
    raise typer.Exit(ENGINE_ERROR)
