"""Python's indexing, such as ``[:, -1]``, as data: parsed, and never evaluated."""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec


class Slice(msgspec.Struct, frozen=True):
    """``start:stop:step``; None is what Python leaves out."""

    start: int | None
    stop: int | None
    step: int | None


class NotAnIndex(Exception):
    """Raised for a text that is no index: the part at fault, and its position in the text."""

    def __init__(self, part: str, position: int, reason: str) -> None:
        super().__init__(reason)
        self.part = part
        self.position = position
        self.reason = reason


ELLIPSIS: Final = "..."
# An integer, a slice, ELLIPSIS, or None for a new axis.
Entry = int | Slice | str | None

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_NEW_AXIS = ("None", "null", "newaxis", "np.newaxis")


def index_text(index: Any) -> str:
    """The text of an index: an integer or a list as YAML reads it is an index as well."""
    if isinstance(index, list):
        return f"[{', '.join(map(str, index))}]"
    return str(index)


def bracketed(index: Any) -> str:
    """The text of an index with its brackets, however it is written."""
    text = index_text(index).strip()
    return text if text.startswith("[") else f"[{text}]"


def parse_index(index: Any) -> tuple[Entry, ...]:
    """The entries of an index, one for each axis that it names.

    Raises:
        NotAnIndex: the text is no index.
    """
    text = index_text(index)
    begin, end = len(text) - len(text.lstrip()), len(text.rstrip())
    if text[begin:end].startswith("[") and text[begin:end].endswith("]"):
        begin, end = begin + 1, end - 1
    inside = text[begin:end]
    if "[" in inside:
        raise NotAnIndex(inside, begin, "takes no list in it: ops.take takes a list of indices")
    parts = inside.split(",")
    if len(parts) > 1 and not parts[-1].strip():
        del parts[-1]
    entries: list[Entry] = []
    for part in parts:
        entries.append(_entry(part, begin))
        begin += len(part) + 1
    if entries.count(ELLIPSIS) > 1:
        position = text.index(ELLIPSIS, text.index(ELLIPSIS) + 1)
        raise NotAnIndex(ELLIPSIS, position, "has ... twice")
    return tuple(entries)


def _entry(part: str, position: int) -> Entry:
    word = part.strip()
    position += len(part) - len(part.lstrip())
    if word in (ELLIPSIS, "Ellipsis"):
        return ELLIPSIS
    if word in _NEW_AXIS:
        return None
    if _INTEGER.fullmatch(word):
        return int(word)
    fields = word.split(":")
    if len(fields) not in (2, 3):
        reason = f"has {word}, which is no integer and no slice" if word else "has an empty place"
        raise NotAnIndex(word, position, reason)
    numbers = [_bound(field, word, position) for field in fields]
    if numbers[2:] == [0]:
        raise NotAnIndex(word, position, f"has {word}, a slice whose step is 0")
    return Slice(*numbers, *[None] * (3 - len(numbers)))


def _bound(field: str, word: str, position: int) -> int | None:
    bound = field.strip()
    if bound in ("", "None", "null"):
        return None
    if not _INTEGER.fullmatch(bound):
        raise NotAnIndex(word, position, f"has {word}, a slice with bounds that are no integers")
    return int(bound)
