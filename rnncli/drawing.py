"""The library's pictures: a plan as SVG. The commands call it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rnncli import library
from rnncli.report.report import Report

if TYPE_CHECKING:
    from rnncli.config import ModelSpec
    from rnncli.model.lengths import ChosenLengths
    from rnncli.pictures.picture import Kind, PictureOptions


def draw(
    spec: ModelSpec,
    *,
    kind: Kind | None = None,
    layer: str | None = None,
    steps: int | None = None,
    dark: bool = False,
    transparent: bool = False,
    batch: int | None = None,
    length: ChosenLengths | None = None,
) -> str:
    """A picture of a model, or of one layer, as the text of an SVG file.

    ``kind`` is ``unrolled``, ``cell`` or ``graph``; by default, what suits the model. ``steps`` is
    how many time steps to show at most.

    Raises:
        ConfigError: as for ``plan``.
        CannotDraw: there is no such layer, or it cannot be drawn in this way.
    """
    from rnncli.pictures.picture import PictureOptions

    options = PictureOptions(
        kind=kind, layer=layer, steps=steps, dark=dark, transparent=transparent
    )
    return picture_of(library.plan(spec, batch=batch, length=length), options)


def picture_of(planned: Report, options: PictureOptions | None = None) -> str:
    """The picture of a plan.

    Raises:
        CannotDraw: as for ``draw``.
    """
    from rnncli.pictures.picture import PictureOptions
    from rnncli.pictures.picture import draw as drawn

    return drawn(planned, options or PictureOptions())
