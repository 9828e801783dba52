"""A new name for a layer or an input, wherever the old one is written.

Layers without a name are numbered by Keras, so that naming one may give another name to the next
ones: what refers to these is changed as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rnncli.config import parse
from rnncli.config.edits import add_beside, applied, rename
from rnncli.config.includes import Storage
from rnncli.config.spans import Mark
from rnncli.lsp.cursor import name_at
from rnncli.lsp.documents import Analysis, Documents
from rnncli.lsp.includers import CannotRename, Changes, followed
from rnncli.lsp.scopes import Name, Scope, scopes_of
from rnncli.model.binding import bind
from rnncli.problems import ConfigError, Edit, Edits, Place, Source, errors
from rnncli.readers.reading import read_model


def nameable(analysis: Analysis, mark: Mark) -> tuple[Place, str] | None:
    """The place of the name at a mark, and the name; None where there is none to change."""
    named = name_at(analysis, mark)
    if named is None:
        return None
    scope, name = named
    for use in scope.uses:
        place = use.place
        if use.name is name and place.line == mark[0] and place.column <= mark[1] <= place.end:
            return _name_alone(place, name.name), name.name
    if name.is_written:
        return name.place, name.name
    # Its class stands for it.
    entry = name.entry
    cls = name.node.layer.class_name if name.node is not None else name.name
    return Place(entry.source, entry.line, entry.column, entry.column + len(cls)), name.name


def _name_alone(place: Place, name: str) -> Place:
    """The part of a reference that is the name: ``encoder`` of ``encoder.h``."""
    line = place.source.lines[place.line - 1]
    start = line.find(name, place.column - 1, place.end - 1) + 1
    return Place(
        place.source, place.line, start or place.column, (start or place.column) + len(name)
    )


def renamed(
    analysis: Analysis, mark: Mark, new: str, documents: Documents, roots: Sequence[str]
) -> Changes:
    """The edits that give the name at a mark another one, for each file.

    ``roots`` are the folders of the workspace, where other configs may include this one.

    Raises:
        CannotRename: there is no name here, it cannot be changed, the new one is taken, or the
            workspace is too large to know which files include this one.
    """
    named = name_at(analysis, mark)
    if named is None:
        raise CannotRename("there is no name here")
    scope, name = named
    _check(scope, name, new)
    at_definition = _definition(name, new)
    if not at_definition:
        raise CannotRename(f"{name.name} cannot be renamed here: its text is used in other places")
    edits = (*at_definition, *_followers(analysis, scope, name, new, at_definition, documents))
    _check_result(analysis, edits, documents)
    path = analysis.source.name
    return {path: edits, **followed(documents, path, applied(analysis.source.text, edits), roots)}


def _check(scope: Scope, name: Name, new: str) -> None:
    if not new.strip() or not new.isprintable() or "/" in new or new != new.strip():
        raise CannotRename("a name is a word, without / and control characters")
    if new != name.name and new in scope.names:
        raise CannotRename(f"there is a layer or an input named {new} already")
    if name.kind == "input" and not name.is_written:
        raise CannotRename("this input has no name: write inputs: {name: …} to give it one")


def _definition(name: Name, new: str) -> Edits:
    if name.is_written:
        return rename(name.place, name.name, new)
    return add_beside(name.entry, "name", new)


def _followers(
    analysis: Analysis,
    scope: Scope,
    name: Name,
    new: str,
    at_definition: Edits,
    documents: Documents,
) -> Iterator[Edit]:
    """The edits of all references whose name is another one now."""
    text = applied(analysis.source.text, at_definition)
    names = {name.name: new, **_moved(analysis, scope, text, documents)}
    names[name.name] = new
    for use in scope.uses:
        now = names.get(use.name.name)
        if now is None or now == use.name.name:
            continue
        rest = f".{use.tensor}" if use.tensor else ""
        edits = rename(use.place, use.written, f"{now}{rest}")
        if not edits:
            raise CannotRename(f"line {use.place.line} cannot be changed: its text is shared")
        yield from edits


def _moved(analysis: Analysis, scope: Scope, text: str, documents: Documents) -> dict[str, str]:
    """The names of layers before a change of the text, and after it."""
    after = _scopes(analysis, text, documents)
    name = analysis.source.name
    number = [before for before in analysis.scopes if before.source == name].index(scope)
    own = [changed for changed in after if changed.source == name]
    if number >= len(own) or len(own[number].names) != len(scope.names):
        return {}
    pairs = zip(scope.names, own[number].names, strict=True)
    return {old: now for old, now in pairs if old != now}


def _scopes(analysis: Analysis, text: str, documents: Documents) -> list[Scope]:
    source = Source(analysis.source.name, text)
    try:
        spec = parse(
            source,
            analysis.settings.allow_outside,
            storage=Storage(read_model, documents.reader()),
        )
        return list(scopes_of(spec, bind(spec)))
    except ConfigError as error:
        raise CannotRename(str(error)) from None


def _check_result(analysis: Analysis, edits: Edits, documents: Documents) -> None:
    """Plans the new text: it must have no more errors than the old one.

    Raises:
        CannotRename: it has.
    """
    text = applied(analysis.source.text, edits)
    source = Source(analysis.source.name, text)
    try:
        spec = parse(
            source,
            analysis.settings.allow_outside,
            storage=Storage(read_model, documents.reader()),
        )
        problems = bind(spec).problems
    except ConfigError as error:
        raise CannotRename(str(error)) from None
    assert analysis.model is not None
    before = errors(analysis.model.problems)
    if len(errors(problems)) > len(before):
        known = {problem.message for problem in before}
        more = next((p.message for p in errors(problems) if p.message not in known), "")
        raise CannotRename(f"the config would be broken: {more}")
