"""The steps of an edit: finding spans, and adding, changing and removing pairs and items."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from rnncli.config.spans import Mark, Span, spans_at
from rnncli.config.writing import flow, inline
from rnncli.problems import Edit, Edits, Place, Source

_COLON = re.compile(r"[ \t]*:")
_DASH = re.compile(r"([ ]*)-[ ]+")

# The plain scalars that mean null.
NOTHING = ("", "~", "null", "Null", "NULL")


def edit(source: Source, start: Mark, end: Mark, text: str) -> Edits:
    """Replaces the text between two marks."""
    return (
        Edit(
            line=start[0],
            column=start[1],
            end_line=end[0],
            end_column=end[1],
            text=text,
            file=source.name,
        ),
    )


def word_at(place: Place) -> Span | None:
    """The word that begins at a place and may be edited."""
    spans = spans_at(place)
    if not spans or spans[-1].kind != "scalar" or spans[-1].is_shared:
        return None
    span = spans[-1]
    return span if is_clean(span) and not _is_explicit(place.source, span) else None


def _is_explicit(source: Source, span: Span) -> bool:
    """Whether a key is written after a question mark."""
    return span.is_key and before(source, span.start).rstrip().endswith("?")


def item_at(place: Place) -> Span | None:
    """The list item that begins at a place, or that has its class there."""
    spans = spans_at(place)
    item = next((span for span in spans if span.is_item), None)
    if item is None and spans:
        # This is the place of a class, which may come after other keys of the item.
        parent = spans[-1].parent
        item = parent if spans[-1].is_key and parent is not None and parent.is_item else None
    return None if item is None or item.is_shared or item.kind == "alias" else item


def is_clean(span: Span) -> bool:
    """Whether the end of a span is known; a block scalar is reported to end at the next value."""
    while span.items:
        if span.flow:
            return True
        span = span.items[-1]
    return span.style not in ("|", ">")


def is_free(span: Span) -> bool:
    """Whether a value can be removed: its end is known, and it contains no anchor."""
    inside = [span]
    while inside:
        part = inside.pop()
        if part.anchored:
            return False
        inside += part.items
    return is_clean(span)


def _line(source: Source, number: int) -> str:
    return source.lines[number - 1] if number <= len(source.lines) else ""


def before(source: Source, mark: Mark) -> str:
    """The text before a mark, on its line."""
    return _line(source, mark[0])[: mark[1] - 1]


def after_line(source: Source, mark: Mark) -> Mark:
    """The end of the line of a mark."""
    return mark[0], len(_line(source, mark[0])) + 1


def line_end(source: Source) -> str:
    """The line ending of a config."""
    return "\r\n" if "\r\n" in source.text else "\n"


def _colon(source: Source, key: Span) -> Mark | None:
    """The mark after the colon of a key."""
    match = _COLON.match(_line(source, key.end[0]), key.end[1] - 1)
    return (key.end[0], match.end() + 1) if match else None


def pair_end(source: Source, key: Span) -> Mark | None:
    """The end of a pair; None if it is not known."""
    value = key.partner
    if not value.is_empty:
        return value.end if is_clean(value) else None
    return _colon(source, key) or key.end


def with_value(source: Source, key: Span, old: Span, text: str) -> Edits:
    """Replaces the value of a pair."""
    if not old.is_empty:
        if old.is_shared or not is_free(old):
            return ()
        colon = _colon(source, key)
        if old.items and not old.flow and colon is not None:
            # A block is written below its key; the value that replaces it goes beside the key.
            return edit(source, colon, old.end, f" {text}")
        return edit(source, old.start, old.end, text)
    colon = _colon(source, key)
    if colon is None:
        # A key that is followed by a colon is written on one line.
        is_in_line = key.start[0] == key.end[0]
        return edit(source, key.end, key.end, f": {text}") if is_in_line else ()
    return edit(source, colon, colon, f" {text}")


def one_more(source: Source, mapping: Span, *pairs: str) -> Edits:
    """Adds pairs at the end of a mapping."""
    if not mapping.items:
        inside = (mapping.start[0], mapping.start[1] + 1)
        return edit(source, inside, inside, ", ".join(pairs))
    first, last = mapping.items[0], mapping.items[-2]
    end = pair_end(source, last)
    if end is None:
        return ()
    if mapping.flow:
        return edit(source, end, end, "".join(f", {pair}" for pair in pairs))
    if mapping.is_in_flow:
        return ()
    indent, newline = " " * (first.start[1] - 1), line_end(source)
    at = after_line(source, end)
    return edit(source, at, at, "".join(f"{newline}{indent}{pair}" for pair in pairs))


def without_pair(source: Source, key: Span) -> Edits:
    """Removes a pair from its mapping."""
    mapping, end = key.parent, pair_end(source, key)
    if mapping is None or end is None or not is_free(key.partner):
        return ()
    keys = [pair_key for pair_key, _ in mapping.pairs()]
    if len(keys) == 1 and mapping.is_item:
        return without_item(source, mapping)
    if mapping.flow:
        return _without_listed(source, keys, keys.index(key), end)
    if mapping.is_in_flow:
        return ()
    if key is keys[0] and before(source, key.start).strip():
        # It shares its line with a dash: the next key takes its place there.
        return edit(source, key.start, keys[1].start, "") if len(keys) > 1 else ()
    return _without_lines(source, key.start[0], end)


def without_item(source: Source, item: Span) -> Edits:
    """Removes an item from its list."""
    listed = item.parent
    if listed is None or not is_free(item):
        return ()
    if listed.flow:
        return _without_listed(source, listed.items, item.index, item.end)
    if len(listed.items) == 1 or not has_dash(source, item):
        return ()
    if before(source, (item.start[0], listed.start[1])).strip():
        following = listed.items[1]
        return edit(source, item.start, following.start, "") if item.index == 0 else ()
    return _without_lines(source, item.start[0], item.end)


def _without_listed(source: Source, items: list[Span], index: int, end: Mark) -> Edits:
    """Removes one of several items between commas, together with one comma."""
    if index:
        last = items[index - 1]
        start = pair_end(source, last) if last.is_key else last.end
        # The colon of a key without a value ends with a space.
        gap = " " if last.is_key and last.partner.is_empty else ""
        return () if start is None else edit(source, start, end, gap)
    until = items[1].start if len(items) > 1 else end
    return edit(source, items[0].start, until, "")


def _without_lines(source: Source, first: int, end: Mark) -> Edits:
    """Removes whole lines, with their line endings."""
    if end[0] < len(source.lines):
        return edit(source, (first, 1), (end[0] + 1, 1), "")
    start = after_line(source, (first - 1, 1)) if first > 1 else (1, 1)
    return edit(source, start, after_line(source, end), "")


def has_dash(source: Source, item: Span) -> bool:
    """Whether an item is on the same line as its dash."""
    column = item.parent.start[1] - 1 if item.parent else 0
    return bool(_DASH.fullmatch(before(source, item.start)[column:]))


def entry_text(source: Source, item: Span, written: Any, column: int) -> str:
    """The text of an entry that is put beside an item or replaces it: its pairs are written below
    each other from a column on, or in braces."""
    keys = [span for span in (item, *item.items[:1]) if span.kind == "scalar"]
    if keys and keys[0].style == '"':
        return flow(written, as_json=True)
    if not isinstance(written, Mapping):
        return flow(written)
    if item.is_in_flow:
        return inline(written) if len(written) == 1 else flow(written)
    between = f"{line_end(source)}{' ' * (column - 1)}"
    return between.join(inline({key: value}) for key, value in written.items())


def quoted(word: str, style: str) -> str:
    """A word in the same quotes as the word that it replaces."""
    if style == "'":
        return f"'{word.replace(chr(39), chr(39) * 2)}'"
    return flow(word, as_json=style == '"')
