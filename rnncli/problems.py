"""What can be wrong with a config: where, why, and what mends it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property
from typing import Literal

import msgspec
from msgspec.structs import replace

Severity = Literal["error", "warning", "note"]

# An excerpt of a config written on one endless line is a window of this width.
EXCERPT_WIDTH = 160
_LINE_END = re.compile("\r\n|[\r\n\x85\u2028\u2029]")


class Source(msgspec.Struct, frozen=True, dict=True):
    """A text that a config was read from, and what to call it.

    ``generated`` says that rnncli wrote the text for a model file, which has no lines to show.
    """

    name: str
    text: str
    generated: bool = False

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The lines of the text, as PyYAML ends them: str.splitlines knows more line ends."""
        return tuple(_LINE_END.split(self.text))


class Place(msgspec.Struct, frozen=True):
    """A stretch of one line of a source. Lines and columns count from 1; ``end`` is exclusive.

    ``verbatim`` is False where the config was read as if it were mended: the text there says
    something else, and nothing in it can be edited.
    """

    source: Source
    line: int
    column: int
    end: int
    verbatim: bool = True

    @property
    def where(self) -> str:
        """The line, to be said behind the name of a layer: `` (line 4)``; nothing in a model
        file."""
        return "" if self.source.generated else f" (line {self.line})"


class Excerpt(msgspec.Struct, frozen=True, kw_only=True):
    """The line of a config that is at fault, the stretch to underline, and what to say of it."""

    line: int
    text: str
    column: int
    end_column: int
    label: str | None = None


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of a config, and the text to put in its place.

    Lines and columns count from 1 and in characters; the end is exclusive, so that an insertion
    ends where it starts. ``file`` is the file to edit; None where it is the problem's own.
    """

    line: int
    column: int
    end_line: int
    end_column: int
    text: str
    file: str | None = None


# The edits of one change.
Edits = tuple[Edit, ...]


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong, or worth knowing: place, reason, fix.

    ``edits`` make the change that the fix names, where it is one of the text; all of them belong
    together. They are ``safe`` where no other change would do, and None where there are none.
    """

    code: str
    severity: Severity
    message: str
    fix: str | None = None
    file: str | None = None
    line: int | None = None
    column: int | None = None
    layer: str | None = None
    excerpt: Excerpt | None = None
    edits: Edits = ()
    safe: bool | None = None


class Fix(msgspec.Struct, frozen=True):
    """What mends a problem: in words and, where it is a change of the text, as edits."""

    text: str
    edits: Edits = ()
    safe: bool = True


class ConfigError(Exception):
    """A config that cannot be read at all: no such file, not text, not YAML.

    ``problems`` says why, each with its place.
    """

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = problems


def problem(
    code: str,
    message: str,
    fix: str | Fix | None = None,
    *,
    place: Place | None = None,
    severity: Severity = "error",
    layer: str | None = None,
    blame: Place | None = None,
    label: str | None = None,
    edits: Edits = (),
    safe: bool = True,
) -> Problem:
    """A problem at ``place``, showing the line of ``blame`` where another line is at fault."""
    shown = blame or place
    if isinstance(fix, Fix):
        edits, safe = fix.edits, fix.safe
        fix = fix.text
    if place and place.source.generated:
        edits, shown = (), None
    if edits and place:
        edits = tuple(_from(edit, place.source.name) for edit in edits)
    return Problem(
        code=code,
        severity=severity,
        message=message,
        fix=fix,
        file=place.source.name if place else None,
        line=place.line if place else None,
        column=place.column if place else None,
        layer=layer,
        excerpt=_excerpt(shown, label) if shown else None,
        edits=edits,
        safe=safe if edits else None,
    )


def problem_of_file(
    file: str,
    code: str,
    message: str,
    fix: str | None = None,
    *,
    severity: Severity = "error",
    layer: str | None = None,
) -> Problem:
    """A problem of a file that has no lines to show, such as a model file."""
    return Problem(code=code, severity=severity, message=message, fix=fix, file=file, layer=layer)


def _from(edit: Edit, file: str) -> Edit:
    """The edit as a problem of this file tells it."""
    return replace(edit, file=None) if edit.file == file else edit


# Errors of models that can be built and run all the same: they say too much of their size.
_VERDICTS = ("over-budget", "over-growth")


def errors(problems: Iterable[Problem]) -> list[Problem]:
    """Those of the problems that make a model unusable."""
    return [
        problem
        for problem in problems
        if problem.severity == "error" and problem.code not in _VERDICTS
    ]


def _excerpt(place: Place, label: str | None) -> Excerpt | None:
    lines = place.source.lines
    if not 1 <= place.line <= len(lines):
        return None
    text = lines[place.line - 1]
    start, end = place.column, max(place.end, place.column + 1)
    if len(text) > EXCERPT_WIDTH:
        cut = max(0, min(start - 1 - EXCERPT_WIDTH // 4, len(text) - EXCERPT_WIDTH))
        text = text[cut : cut + EXCERPT_WIDTH]
        start, end = start - cut, min(end - cut, len(text) + 1)
    return Excerpt(line=place.line, text=text, column=start, end_column=end, label=label)
