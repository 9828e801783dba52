"""Where a name is defined, and where it is used."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from lsprotocol import types
from pygls.uris import from_fs_path

from rnncli.config.spans import Mark
from rnncli.config.spec import IncludeSpec
from rnncli.lsp.cursor import covers, key_of, name_at, own_scopes, span_at, use_at
from rnncli.lsp.documents import Analysis
from rnncli.lsp.positions import Positions
from rnncli.lsp.scopes import Name, Scope, Use
from rnncli.problems import Place


def definition(analysis: Analysis, mark: Mark, uri: str) -> types.Location | None:
    """Where the name at a mark is defined; the file that an include names."""
    used = use_at(analysis, mark)
    if used is not None:
        return _defined(analysis, used[1], uri)
    root = analysis.root
    span = span_at(root, mark) if root is not None else None
    key = key_of(span) if span is not None else None
    if span is not None and key is not None and key.value == "include":
        return _file_at(analysis, span.start)
    defined = name_at(analysis, mark)
    if defined is None:
        return None
    return location(analysis, defined[1].place, uri)


def references(
    analysis: Analysis, mark: Mark, uri: str, with_definition: bool, outers: Iterable[Analysis] = ()
) -> list[types.Location]:
    """Where the name at a mark is used, and where it is defined.

    ``outers`` are configs that may include this one, and use what is in it.
    """
    named = name_at(analysis, mark)
    if named is None:
        return []
    places = [named[1].place] if with_definition else []
    return [location(analysis, place, uri) for place in (*places, *uses_of(*named))] + [
        location(outer, use.place, uri_of(outer.source.name))
        for outer in outers
        for use in _outer_uses(outer, *named)
    ]


def uses_of(scope: Scope, name: Name) -> Iterator[Place]:
    """The places where a name is used in its scope."""
    return (use.place for use in scope.uses if use.name is name)


def _outer_uses(outer: Analysis, scope: Scope, name: Name) -> Iterator[Use]:
    """The references of another config to a layer in a model that it includes."""
    for own in own_scopes(outer):
        for use in own.uses:
            inside = _inside(outer, use)
            if inside is not None and inside.name == name.name:
                source = inside.place.source.name
                if os.path.realpath(source) == os.path.realpath(scope.source):
                    yield use


def location(analysis: Analysis, place: Place, uri: str) -> types.Location:
    """A place of this text, or of a file that it includes."""
    if place.source.name == analysis.source.name:
        return types.Location(uri, analysis.positions.of_place(place))
    positions = Positions(place.source.text)
    return types.Location(uri_of(place.source.name), positions.of_place(place))


def uri_of(path: str) -> str:
    """The address of a file."""
    return from_fs_path(str(Path(path).absolute())) or Path(path).absolute().as_uri()


def _defined(analysis: Analysis, use: Use, uri: str) -> types.Location:
    """The layer that a reference names; of an included model, the layer inside that it reads."""
    inside = _inside(analysis, use)
    return location(analysis, inside.place if inside is not None else use.name.place, uri)


def _inside(analysis: Analysis, use: Use) -> Name | None:
    spec = use.name.spec
    if use.tensor is None or not isinstance(spec, IncludeSpec) or spec.model is None:
        return None
    for scope in analysis.scopes:
        if scope.spec is spec.model:
            return scope.names.get(use.tensor.split(".")[0])
    return None


def _file_at(analysis: Analysis, start: Mark) -> types.Location | None:
    """The file of the include whose path begins at a mark."""
    for scope in own_scopes(analysis):
        for name in scope.names.values():
            spec = name.spec
            if not isinstance(spec, IncludeSpec) or spec.in_place or spec.model is None:
                continue
            if covers(spec.place, start):
                top = types.Range(types.Position(0, 0), types.Position(0, 0))
                return types.Location(uri_of(spec.model.source.name), top)
    return None
