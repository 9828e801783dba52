"""Configs that include another one: those that are open, and those in files of the workspace."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import chain, islice

from rnncli.config import parse
from rnncli.config.edits import applied, rename
from rnncli.config.files import read
from rnncli.config.includes import Storage
from rnncli.lsp.documents import Analysis, Documents
from rnncli.lsp.recognition import is_config
from rnncli.lsp.scopes import Name, Scope, key_of, place_of, scopes_of
from rnncli.model.binding import bind
from rnncli.model.graph import Model
from rnncli.model.tensor_names import is_model, output_names
from rnncli.problems import ConfigError, Edit, Edits, Place
from rnncli.readers.reading import read_model

# The edits of each file, by its path.
Changes = dict[str, Edits]

# How many files of a workspace are read.
MOST = 10_000
_SUFFIXES = (".yaml", ".yml", ".json")
# Folders of what other programs wrote; so are those whose names begin with a dot.
_NOT_WRITTEN = frozenset({"node_modules", "site-packages", "venv", "__pycache__"})


class CannotRename(Exception):
    """A name cannot be changed to another one; the message says why."""


class TooManyFiles(CannotRename):
    """The workspace has more files than are read."""


def including(documents: Documents, path: str, roots: Sequence[str]) -> list[Analysis]:
    """The configs that include other files, except the one at ``path``.

    Of a file that is in no folder of the workspace, those in its own folder.

    Raises:
        TooManyFiles: the workspace has too many.
    """
    opened = [document for document in documents.all() if documents.is_config(document)]
    seen = {os.path.realpath(document.path) for document in documents.all()}
    configs = [documents.analysis(document) for document in opened if document.path != path]
    for other in _files(path, roots):
        if os.path.realpath(other) not in seen and (config := _config(documents, other)):
            configs.append(config)
    return [config for config in configs if config.spec is not None and config.spec.included]


def _files(path: str, roots: Sequence[str]) -> Iterator[str]:
    """The files of YAML and JSON in the workspace, or in the folder of a file that is in none."""
    walks = [os.walk(root) for root in roots if _is_in(path, root)]
    count = 0
    for folder, inner, names in (
        chain(*walks) if walks else islice(os.walk(os.path.dirname(path)), 1)
    ):
        inner[:] = [name for name in inner if name[0] != "." and name not in _NOT_WRITTEN]
        for name in names:
            if name.endswith(_SUFFIXES):
                count += 1
                if count > MOST:
                    raise TooManyFiles(
                        f"there are more than {MOST:,} files of YAML and JSON in the workspace, "
                        "which may include this one: open a folder with fewer"
                    )
                yield os.path.join(folder, name)


def _is_in(path: str, root: str) -> bool:
    return os.path.realpath(path).startswith(os.path.join(os.path.realpath(root), ""))


def _config(documents: Documents, path: str) -> Analysis | None:
    """A file that is a config with an include."""
    try:
        text = read(path).text
    except ConfigError:
        return None
    if "include" not in text or not is_config(text, path, documents.settings.folders):
        return None
    return documents.analysed(path, text)


def followed(documents: Documents, path: str, text: str, roots: Sequence[str]) -> Changes:
    """What follows in the configs that include a file, directly or through others, from a change.

    These are references to outputs and inputs of an included model that have other names.

    Raises:
        CannotRename: one of them cannot be changed, or the workspace has too many files to know
            them.
    """
    outers = including(documents, path, roots)
    changes: Changes = {}
    before: Changes | None = None
    # A config that is changed may be included itself. Includes have no circles.
    while changes != before:
        before = dict(changes)
        texts = {path: text}
        for outer in outers:
            name = outer.source.name
            texts[name] = applied(outer.source.text, changes.get(name, ()))
        for outer in outers:
            edits = tuple(_changed(outer, documents, texts))
            if edits:
                changes[outer.source.name] = edits
    return changes


def _changed(outer: Analysis, documents: Documents, texts: dict[str, str]) -> Iterator[Edit]:
    """The edits of one config after the texts of others have changed."""
    read_source = documents.reader(texts)
    try:
        after = parse(
            outer.source,
            outer.settings.allow_outside,
            storage=Storage(read_model, read_source),
        )
    except ConfigError:
        return
    own = outer.source.name
    pairs = zip(
        [scope for scope in outer.scopes if scope.source == own],
        [scope for scope in scopes_of(after, bind(after)) if scope.source == own],
        strict=False,
    )
    for scope, changed in pairs:
        yield from _of_outputs(scope, changed)
        for name in scope.names.values():
            if name.name in changed.names:
                yield from _of_inputs(name, changed.names[name.name])


def _of_outputs(scope: Scope, changed: Scope) -> Iterator[Edit]:
    """The uses of an included model's outputs that have other names now."""
    for use in scope.uses:
        was, now = use.name.node, changed.names.get(use.name.name)
        if use.tensor is None or was is None or now is None or now.node is None:
            continue
        if is_model(was.layer) and is_model(now.node.layer):
            names = zip(output_names(was.layer), output_names(now.node.layer), strict=False)
            tensor = dict(names).get(use.tensor, use.tensor)
            if tensor != use.tensor:
                yield from _renamed(use.place, use.written, f"{use.name.name}.{tensor}")


def _of_inputs(name: Name, now: Name) -> Iterator[Edit]:
    """The keys under ``from`` that name an input which has another name now."""
    inputs = dict(zip(_inputs(name), _inputs(now), strict=False))
    for reference in (name.spec.inbound if name.spec is not None else None) or ():
        role = reference.role or ""
        key = key_of(reference.place)
        if key is not None and inputs.get(role, role) != role:
            yield from _renamed(place_of(reference.place, key), role, inputs[role])


def _renamed(place: Place, written: str, new: str) -> Edits:
    edits = rename(place, written, new)
    if not edits:
        where = f"line {place.line} of {place.source.name}"
        raise CannotRename(f"{where} cannot be changed: its text is shared")
    return edits


def _inputs(name: Name) -> list[str]:
    """The names of the inputs of the model that a node calls."""
    if name.node is None or not is_model(name.node.layer):
        return []
    model = name.node.layer["model"]
    return [model_input.name for model_input in model.inputs] if isinstance(model, Model) else []
