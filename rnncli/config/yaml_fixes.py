"""Why a text is not YAML: the place, the reason, and the change that fixes it.

Each change is tried, and offered only if it makes the text YAML.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import msgspec
import yaml

from rnncli.config.nodes import EVENTS_LOADER
from rnncli.config.surgery import edit
from rnncli.problems import Edits, Place, Source

# A longer text is not parsed again for each change.
_LONGEST = 2**14
# One tab stop, which is deeper than the block around the tab.
_TAB = " " * 8
# A wrong indent is off by a few spaces at most.
_FAR = 4

_COLON = re.compile(r"^(\s*(?:- +)?[A-Za-z_][\w.]*:)(?=[^\s:/])")
_UNKNOWN = re.compile(r"(?<=[\[,\s])\?(?=\s*[,\]])")
_VALUE = re.compile(r"^(\s*(?:- +)?[A-Za-z_]\w*: +)([^\s'\"\[{|>&*#].*: .*?)(\s+#.*)?$")
# An index of an operation with a colon, in brackets or not.
_INDEX = re.compile(
    r"(?:\bops\.get_?item|\bkey): +(\[[^\[\]]*:[^\[\]]*\]|[^\s'\"\[{#][^'\"\[{#]*:)"
    r"(?=\s*(?:[}#]|$))"
)


class Diagnosis(msgspec.Struct, frozen=True):
    """What is wrong, and where; ``edits`` is empty if no single change fixes it."""

    message: str
    fix: str
    place: Place
    edits: Edits = ()


def diagnose(source: Source, mark: Place | None, opened: Place | None) -> Diagnosis | None:
    """What is wrong with a text: the parser failed at ``mark``, in what began at ``opened``."""
    if len(source.text) > _LONGEST:
        return None
    for find in _FINDERS:
        for diagnosis in find(source, mark, opened):
            if diagnosis.edits == () or _is_yaml(source, diagnosis.edits):
                return diagnosis
    return None


def _is_yaml(source: Source, edits: Edits) -> bool:
    from rnncli.config.edits import applied

    try:
        documents = sum(
            isinstance(event, yaml.DocumentStartEvent)
            for event in yaml.parse(applied(source.text, edits), Loader=EVENTS_LOADER)
        )
    except yaml.YAMLError:
        return False
    return documents == 1


def _tabs(source: Source, mark: Place | None, _opened: Place | None) -> Iterator[Diagnosis]:
    changes: list[Edits] = []
    first: Place | None = None
    for number, line in enumerate(source.lines, 1):
        indent = line[: len(line) - len(line.lstrip(" \t"))]
        if "\t" in indent and line.strip():
            first = first or Place(source, number, 1, len(indent) + 1)
            end = (number, len(indent) + 1)
            changes.append(edit(source, (number, 1), end, indent.replace("\t", _TAB)))
    if first is not None:
        message, fix = "a tab indents this line", "indent with spaces: YAML takes no tabs"
        edits = tuple(edit_ for change in changes for edit_ in change)
        yield Diagnosis(message, fix, first, edits)


def _quotes(source: Source, _mark: Place | None, opened: Place | None) -> Iterator[Diagnosis]:
    # The parser's mark may be after the last line.
    if opened is None or opened.line > len(source.lines):
        return
    line = source.lines[opened.line - 1]
    quote = line[opened.column - 1 : opened.column]
    if quote not in ("'", '"') or line.count(quote) % 2 == 0:
        return
    end = (opened.line, len(line.rstrip()) + 1)
    fix = f"close it with {quote}"
    yield Diagnosis("this quote is never closed", fix, opened, edit(source, end, end, quote))


def _brackets(source: Source, mark: Place | None, _opened: Place | None) -> Iterator[Diagnosis]:
    open_, closing = _unmatched(source)
    if open_:
        line = open_[0].line
        same = [place for place in open_ if place.line == line]
        closers = "".join(_CLOSES[_character(place)] for place in reversed(same))
        text = source.lines[line - 1]
        content = _COMMENT.sub("", text).rstrip()
        end = (line, len(content) + 1)
        bracket = _character(same[0])
        message, fix = f"this {bracket} is never closed", f"close it with {closers}"
        yield Diagnosis(message, fix, same[0], edit(source, end, end, closers))
        if mark is not None and len(same) == 1:
            yield Diagnosis(message, fix, same[0])
    elif closing is not None:
        bracket = _character(closing)
        start, end = (closing.line, closing.column), (closing.line, closing.column + 1)
        message, fix = f"this {bracket} closes nothing", f"leave {bracket} out"
        yield Diagnosis(message, fix, closing, edit(source, start, end, ""))


_CLOSES = {"[": "]", "{": "}"}
_COMMENT = re.compile(r"\s#.*$")


def _character(place: Place) -> str:
    return place.source.lines[place.line - 1][place.column - 1]


def _unmatched(source: Source) -> tuple[list[Place], Place | None]:
    """The brackets that are never closed, and the first that closes nothing."""
    open_: list[Place] = []
    quote = ""
    for number, line in enumerate(source.lines, 1):
        before = ""
        for column, character in enumerate(line, 1):
            if quote:
                quote = "" if character == quote else quote
            elif character == "#" and line[column - 2 : column - 1] in ("", " ", "\t"):
                break
            elif character in "\"'" and before in ("", *"[{,:-"):
                quote = character
            elif character in "[{" and before in ("", *"[{,:-?"):
                open_.append(Place(source, number, column, column + 1))
            elif character in "]}":
                if not open_ or _CLOSES[_character(open_[-1])] != character:
                    return open_, None if open_ else Place(source, number, column, column + 1)
                open_.pop()
            before = character if not character.isspace() else before
    return open_, None


def _colons(source: Source, mark: Place | None, _opened: Place | None) -> Iterator[Diagnosis]:
    for number in _near(source, mark):
        match = _COLON.match(source.lines[number - 1])
        if match:
            at = (number, match.end() + 1)
            place = Place(source, number, match.end(), match.end() + 1)
            message, fix = "a key and its value run together", "put a space after the colon"
            yield Diagnosis(message, fix, place, edit(source, at, at, " "))


def _values(source: Source, mark: Place | None, _opened: Place | None) -> Iterator[Diagnosis]:
    for number in _near(source, mark):
        line = source.lines[number - 1]
        unknown = _UNKNOWN.search(line)
        if unknown:
            start, end = (number, unknown.start() + 1), (number, unknown.end() + 1)
            place = Place(source, number, start[1], end[1])
            message, fix = "an axis of unknown size is null", "write null in place of ?"
            yield Diagnosis(message, fix, place, edit(source, start, end, "null"))
        match = _VALUE.match(line)
        if match:
            start, end = (number, match.start(2) + 1), (number, match.end(2) + 1)
            place = Place(source, number, start[1], end[1])
            quoted = "'" + match[2].replace("'", "''") + "'"
            message, fix = "this value holds a colon", f"put it in quotes: {quoted}"
            yield Diagnosis(message, fix, place, edit(source, start, end, quoted))


def _indices(source: Source, mark: Place | None, _opened: Place | None) -> Iterator[Diagnosis]:
    for number in _near(source, mark):
        match = _INDEX.search(source.lines[number - 1])
        if match:
            start, end = (number, match.start(1) + 1), (number, match.end(1) + 1)
            place = Place(source, number, start[1], end[1])
            quoted = f'"{match[1]}"'
            message, fix = "an index with a colon needs quotes", f"put it in quotes: {quoted}"
            yield Diagnosis(message, fix, place, edit(source, start, end, quoted))


def _indents(source: Source, mark: Place | None, _opened: Place | None) -> Iterator[Diagnosis]:
    """Lines whose indent matches no line above: the indent of a key or dash above may fix them."""
    for number in _near(source, mark):
        line = source.lines[number - 1]
        indent = len(line) - len(line.lstrip(" "))
        above = range(number - 1, 0, -1)
        columns = {column for other in above for column in _columns(source, other)}
        for column in sorted(columns, key=lambda wanted: (abs(wanted - indent), -wanted)):
            if column == indent or abs(column - indent) > _FAR:
                continue
            edits = edit(source, (number, 1), (number, indent + 1), " " * column)
            place = Place(source, number, indent + 1, len(line.rstrip()) + 1)
            spaces = f"{column} space{'s' * (column != 1)}"
            message = f"this line is indented by {indent} spaces, and what it belongs to is not"
            if _is_yaml(source, edits):
                yield Diagnosis(message, f"indent it by {spaces}", place, edits)


def _columns(source: Source, number: int) -> set[int]:
    """Where a line's dash and its key begin."""
    line = source.lines[number - 1]
    stripped = line.lstrip(" ")
    if not stripped or stripped.startswith("#"):
        return set()
    columns = {len(line) - len(stripped)}
    dashes = re.match(r" *(- +)+", line)
    return columns | {dashes.end()} if dashes else columns


def _near(source: Source, mark: Place | None) -> list[int]:
    """The line where the parser failed, and those above it that may be at fault."""
    last = min(mark.line, len(source.lines)) if mark else len(source.lines)
    return [n for n in range(last, max(0, last - 4), -1) if source.lines[n - 1].strip()]


Finder = Callable[[Source, Place | None, Place | None], Iterator[Diagnosis]]
_FINDERS: tuple[Finder, ...] = (_tabs, _quotes, _indices, _values, _colons, _brackets, _indents)
