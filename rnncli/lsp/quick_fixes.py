"""The fixes of problems as code actions: one by one, or all that are safe."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

from lsprotocol import types

from rnncli.fixing import Texts, fix_texts
from rnncli.lsp.diagnostics import one
from rnncli.lsp.documents import Analysis, Document, Documents
from rnncli.lsp.navigation import uri_of
from rnncli.lsp.positions import Positions
from rnncli.problems import Edit, Problem

FIX_ALL = f"{types.CodeActionKind.SourceFixAll.value}.rnncli"


def quick_fixes(
    analysis: Analysis, uri: str, asked: types.Range, documents: Documents
) -> list[types.CodeAction]:
    """The fixes of the problems in a range."""
    actions = []
    for problem in analysis.problems:
        if not problem.edits:
            continue
        diagnostic = one(analysis, problem, uri)
        if not _touch(diagnostic.range, asked):
            continue
        actions.append(
            types.CodeAction(
                title=_title(problem),
                kind=types.CodeActionKind.QuickFix,
                diagnostics=[diagnostic],
                is_preferred=bool(problem.safe),
                edit=_change(analysis, problem, uri, documents),
            )
        )
    return actions


def fix_all(document: Document, documents: Documents) -> types.WorkspaceEdit | None:
    """All fixes that are safe, as edits of this text; None where there are none."""
    settings = documents.settings
    texts = Texts(
        document.path,
        length=settings.length,
        allow_outside=settings.allow_outside,
        read_source=documents.reader(),
    )
    fix_texts(texts, unsafe=False)
    after = texts.text(document.path)
    edits = line_edits(Positions(document.text, documents.encoding), after)
    return types.WorkspaceEdit(changes={document.uri: edits}) if edits else None


def line_edits(before: Positions, after: str) -> list[types.TextEdit]:
    """The change from one text to another, in whole lines."""
    old, new = before.text.splitlines(keepends=True), after.splitlines(keepends=True)
    starts = [0]
    for line in old:
        starts.append(starts[-1] + len(line))
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    return [
        types.TextEdit(
            types.Range(before.position_at(starts[i1]), before.position_at(starts[i2])),
            "".join(new[j1:j2]),
        )
        for tag, i1, i2, j1, j2 in matcher.get_opcodes()
        if tag != "equal"
    ]


def _title(problem: Problem) -> str:
    """What a fix does, on one line."""
    text = " ".join((problem.fix or problem.message).split())
    return text if len(text) <= 100 else f"{text[:99]}…"


def _touch(one_range: types.Range, other: types.Range) -> bool:
    def at(position: types.Position) -> tuple[int, int]:
        return position.line, position.character

    return at(one_range.start) <= at(other.end) and at(other.start) <= at(one_range.end)


def _change(
    analysis: Analysis, problem: Problem, uri: str, documents: Documents
) -> types.WorkspaceEdit:
    own = analysis.source.name
    by_file: dict[str, list[Edit]] = {}
    for edit in problem.edits:
        by_file.setdefault(edit.file or problem.file or own, []).append(edit)
    return workspace_edit(analysis, by_file, uri, documents)


def workspace_edit(
    analysis: Analysis, by_file: Mapping[str, Iterable[Edit]], uri: str, documents: Documents
) -> types.WorkspaceEdit:
    """Edits by file as the protocol has them; each file is as it is in the editor."""
    changes: dict[str, list[types.TextEdit]] = {}
    for path, edits in by_file.items():
        if path == analysis.source.name:
            changes[uri] = text_edits(analysis.positions, edits)
            continue
        opened = next((document for document in documents.all() if document.path == path), None)
        text = opened.text if opened else documents.reader()(path).text
        positions = Positions(text, documents.encoding)
        changes[opened.uri if opened else uri_of(path)] = text_edits(positions, edits)
    return types.WorkspaceEdit(changes=dict(changes))


def text_edits(positions: Positions, edits: Iterable[Edit]) -> list[types.TextEdit]:
    """The edits of one text."""
    return [
        types.TextEdit(
            positions.range((edit.line, edit.column), (edit.end_line, edit.end_column)), edit.text
        )
        for edit in edits
    ]
