"""Where the cursor is in a text that is still being written.

A word is put at the cursor, and brackets that are open there are closed, until the text is YAML.
"""

from __future__ import annotations

import re

import msgspec

from rnncli.config.spans import Span, root_of
from rnncli.problems import Source

WORD = "rnncliCursor"
_PARTIAL = re.compile(r"(?:[\w.>/][\w.>/-]*)?$")
_REST = re.compile(r"[\w.>/-]*")
_KEY = re.compile(r"\s*:(\s|$)")
_CLOSES = {"[": "]", "{": "}"}


class Cursor(msgspec.Struct, frozen=True):
    """The word that is begun at the cursor, and the span that it has in the tree of values.

    ``root`` is the whole tree. ``has_value`` says that the word is the key of a pair already, and
    ``gap`` is the space that is missing before it.
    """

    partial: str
    span: Span
    root: Span
    has_value: bool
    gap: str


def cursor_at(text: str, offset: int) -> Cursor | None:
    """The cursor at an offset of a text; None where no YAML can be made of it, or in a comment."""
    start = text.rfind("\n", 0, offset) + 1
    end = text.find("\n", offset)
    end = len(text) if end < 0 else end
    line = text[start:end]
    before = line[: offset - start]
    if _in_comment(before):
        return None
    match = _PARTIAL.search(before)
    partial = match[0] if match else ""
    before = before[: len(before) - len(partial)]
    rest = line[offset - start :]
    behind = rest[len(_REST.match(rest)[0]) :]  # type: ignore[index]
    has_value = bool(_KEY.match(behind))
    above, below = text[:start], text[end:]
    gap = "" if not before or before[-1] in " \t[{,\"'" else " "
    closed = _closing(above + before)
    for tail in (f"{behind}{below}", f"{closed}{below}", closed):
        for word in (WORD,) if has_value and tail.startswith(behind) else (WORD, f"{WORD}:"):
            root = root_of(Source("", f"{above}{before}{gap}{word}{tail}"))
            span = _find(root) if root is not None else None
            if root is not None and span is not None:
                return Cursor(partial, span, root, has_value, gap)
    return None


def _find(root: Span) -> Span | None:
    waiting = [root]
    while waiting:
        span = waiting.pop()
        if span.kind == "scalar" and span.value == WORD:
            return span
        waiting += span.items
    return None


def _in_comment(before: str) -> bool:
    """Whether a line has begun a comment: a hash behind a space, outside of quotes."""
    quote = ""
    for index, character in enumerate(before):
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'" and (not index or before[index - 1] in " [{,:"):
            quote = character
        elif character == "#" and (not index or before[index - 1] in " \t"):
            return True
    return False


def _closing(text: str) -> str:
    """The brackets that close those that are open at the end of a text."""
    opened: list[str] = []
    quote, before = "", "\n"
    comment = False
    for character in text:
        if character == "\n":
            comment = False
        elif comment:
            continue
        elif quote:
            quote = "" if character == quote else quote
        elif character in "\"'" and before in " \n\t[{,:":
            quote = character
        elif character == "#" and before in " \n\t":
            comment = True
        elif character in _CLOSES and (opened or before in " \n\t[{,:"):
            opened.append(_CLOSES[character])
        elif opened and character == opened[-1]:
            opened.pop()
        before = character
    return "".join(reversed(opened))
