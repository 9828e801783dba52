"""Problems → diagnostics: place, code, what else is at fault, and where the code is explained."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path

from lsprotocol import types
from pygls.uris import from_fs_path

from rnncli.config.spec import EntrySpec, IncludeSpec, ModelSpec, RepeatSpec
from rnncli.lsp.documents import Analysis
from rnncli.lsp.positions import Positions
from rnncli.problems import EXCERPT_WIDTH, Place, Problem

SOURCE = "rnncli"
_SEVERITIES = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "note": types.DiagnosticSeverity.Information,
}
_ROW = re.compile(r"\| `([a-z0-9-]+)` \|")
_WORD = re.compile(r"[^\s,\[\]{}:#]+")


def diagnostics(analysis: Analysis, uri: str) -> list[types.Diagnostic]:
    """The diagnostics of a text, one for each of its problems."""
    return [one(analysis, problem, uri) for problem in analysis.problems]


def one(analysis: Analysis, problem: Problem, uri: str) -> types.Diagnostic:
    """A problem as a diagnostic; one of an included file is where the file is included."""
    message = problem.message if problem.fix is None else f"{problem.message}\nfix: {problem.fix}"
    related = [*_related(analysis, problem, uri)]
    if problem.file not in (None, analysis.source.name):
        line = f":{problem.line}" if problem.line else ""
        message = f"{problem.file}{line}: {message}"
    return types.Diagnostic(
        range=range_of(analysis, problem),
        message=message,
        severity=_SEVERITIES[problem.severity],
        code=problem.code,
        code_description=types.CodeDescription(href=_explanation(problem.code)),
        source=SOURCE,
        related_information=related or None,
    )


def range_of(analysis: Analysis, problem: Problem) -> types.Range:
    """The stretch of the text that a problem is about."""
    positions = analysis.positions
    if problem.file not in (None, analysis.source.name):
        include = _include_of(analysis.spec, problem.file or "")
        return positions.of_place(include) if include else _first_line(positions)
    if problem.line is None or problem.column is None:
        return _first_line(positions)
    start = (problem.line, problem.column)
    excerpt = problem.excerpt
    if excerpt and (excerpt.line, excerpt.column) == start and len(excerpt.text) < EXCERPT_WIDTH:
        return positions.range(start, (problem.line, excerpt.end_column))
    lines = analysis.source.lines
    line = lines[problem.line - 1] if problem.line <= len(lines) else ""
    word = _WORD.match(line, problem.column - 1)
    return positions.range(start, (problem.line, (word.end() if word else problem.column) + 1))


def _related(
    analysis: Analysis, problem: Problem, uri: str
) -> Iterator[types.DiagnosticRelatedInformation]:
    """The layer that is truly at fault, where it is another one; a place in another file."""
    excerpt = problem.excerpt
    if problem.file not in (None, analysis.source.name):
        line = max((problem.line or 1) - 1, 0)
        column = max((problem.column or 1) - 1, 0)
        place = types.Range(types.Position(line, column), types.Position(line, column + 1))
        target = from_fs_path(str(Path(problem.file or "").absolute())) or uri
        yield types.DiagnosticRelatedInformation(types.Location(target, place), problem.message)
    elif excerpt is not None and excerpt.line != problem.line:
        start, end = (excerpt.line, excerpt.column), (excerpt.line, excerpt.end_column)
        place = analysis.positions.range(start, end)
        words = excerpt.label or "this is at fault"
        yield types.DiagnosticRelatedInformation(types.Location(uri, place), words)


def _first_line(positions: Positions) -> types.Range:
    return types.Range(types.Position(0, 0), positions.end_of_line(1))


def _include_of(spec: ModelSpec | None, file: str) -> Place | None:
    """Where a text includes a file, directly or through another one."""
    if spec is None:
        return None
    for entry in _entries(spec.layers):
        if isinstance(entry, IncludeSpec) and entry.model is not None:
            inside = entry.model.source.name
            if inside == file or _include_of(entry.model, file) is not None:
                return entry.place
    return None


def _entries(entries: tuple[EntrySpec, ...]) -> Iterator[EntrySpec]:
    for entry in entries:
        yield entry
        if isinstance(entry, RepeatSpec):
            yield from _entries(entry.entries)


def _explanation(code: str) -> str:
    """The address of a code in the manual's page on problems, which is installed with rnncli."""
    page = Path(str(files("rnncli.reference").joinpath("docs", "problems.md"))).absolute()
    line = _lines_of_codes(page).get(code, 1)
    return f"{page.as_uri()}#L{line}"


@cache
def _lines_of_codes(page: Path) -> dict[str, int]:
    """The line of each code in the table of the page."""
    lines = page.read_text(encoding="utf-8").splitlines()
    rows = ((number, _ROW.match(line)) for number, line in enumerate(lines, 1))
    return {row[1]: number for number, row in rows if row is not None}
