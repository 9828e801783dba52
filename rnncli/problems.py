"""What can be wrong with a config: where, why, and what mends it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property
from itertools import islice
from typing import Literal

import msgspec
from msgspec.structs import replace

Severity = Literal["error", "warning", "note"]

# An excerpt of a config written on one endless line is a window of this width.
EXCERPT_WIDTH = 160
# How many words a suggestion is sought among, and how many a message names.
_LOOKED_AT = 300
_NAMED = 20
# Words are as near as one another where their ratios differ by less.
_AS_NEAR = 0.08
_LINE_END = re.compile("\r\n|[\r\n\x85\u2028\u2029]")


class Source(msgspec.Struct, frozen=True, dict=True):
    """A text that a config was read from, and what to call it."""

    name: str
    text: str

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


def _from(edit: Edit, file: str) -> Edit:
    """The edit as a problem of this file tells it."""
    return replace(edit, file=None) if edit.file == file else edit


def errors(problems: Iterable[Problem]) -> list[Problem]:
    """Those of the problems that make a model unusable."""
    return [each for each in problems if each.severity == "error"]


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """The known word nearest to what was written, or None where nothing is near."""
    near = near_words(word, known)
    return near[0] if near else None


def near_words(word: str, known: Iterable[str]) -> list[str]:
    """The known words near to what was written, the nearest first, those alone that are as near.

    Of very many words only the first are looked at: a model may have ten thousand mistakes.
    """
    import difflib

    wanted = word.lower().replace("_", "")
    lowered: dict[str, str] = {}
    for each in islice(known, _LOOKED_AT):
        short = each.lower().replace("_", "")
        if len(wanted) > 3 and short.startswith(wanted):
            # What somebody shortens: return_seq is nearer to return_state by its letters.
            return [each]
        # No word of another length is near; to know that takes less time than to compare.
        if 0.5 * len(wanted) <= len(short) <= 2 * len(wanted):
            lowered[short] = each
    near = difflib.get_close_matches(wanted, lowered, n=3, cutoff=0.7)
    if not near:
        return []
    matcher = difflib.SequenceMatcher(b=wanted)
    ratios = {}
    for each in near:
        matcher.set_seq1(each)
        ratios[each] = matcher.ratio()
    return [lowered[each] for each in near if ratios[each] > ratios[near[0]] - _AS_NEAR]


def listed(names: Iterable[str]) -> str:
    """Names for a message, of which a reader sees the first where they are many."""
    shown = [*islice(names, _NAMED + 1)]
    return ", ".join([*shown[:_NAMED], "…"] if len(shown) > _NAMED else shown)


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
