"""Profile → text in every format."""

from __future__ import annotations

from typing import cast

from rnncli.formats import TableFormat, csv, load
from rnncli.formats.json import document
from rnncli.formats.render_options import RenderOptions
from rnncli.formats.sections import profile as sections
from rnncli.formats.terminal import narrowest
from rnncli.formats.text import one_line
from rnncli.report.profile import Profile


def render(profile: Profile, format_name: str, options: RenderOptions) -> str:
    """Returns the profile as tables, as rows of CSV with exact numbers, or as a JSON document."""
    if format_name == "json":
        return document(profile, options)
    if format_name == "csv":
        return csv.tables([(profile.name, sections.records(profile))], "model")
    page = cast(TableFormat, load(format_name)).page
    name, source = one_line(profile.name), one_line(profile.source)
    title = name if source == name else f"{name} · {source}"
    layers = sections.layers(profile)
    if options.width and narrowest(layers) > options.width:
        layers = sections.layers(profile, narrow=True)
    parts = [page(title, [], sections.passes(profile), options)]
    for section in (layers, sections.memory_use(profile)):
        if section.rows:
            parts.append(page(section.title, [], section, options))
    parts.append(page("", sections.sentences(profile), None, options))
    # A table ends with an empty line, and a line of Markdown does not.
    return ("" if format_name == "table" else "\n").join(parts)
