"""Edits that move more than a word: mappings that become lists, keys that go up or down."""

from __future__ import annotations

from typing import Any

from rnncli.config.edits import remove, together
from rnncli.config.spans import Span, spans_at
from rnncli.config.surgery import (
    before,
    edit,
    has_dash,
    is_clean,
    is_free,
    item_at,
    line_end,
    one_more,
    pair_end,
    with_value,
    without_item,
    word_at,
)
from rnncli.config.writing import flow
from rnncli.problems import Edit, Edits, Place, Source


def unwrap(place: Place) -> Edits:
    """Replaces a pair with the mapping that is its value: the lines move to the left."""
    span = word_at(place)
    if span is None or not span.is_key or span.partner.kind != "mapping" or span.parent is None:
        return ()
    source, inner = place.source, span.partner
    if inner.flow or span.parent.flow:
        alone = len(span.parent.items) == 2 and inner.flow and not span.parent.flow
        return edit(source, span.start, inner.start, "") if alone else ()
    if inner.start[0] == span.start[0] or not is_clean(inner):
        return ()
    shift = inner.start[1] - span.start[1]
    head = edit(source, span.start, (inner.start[0], span.start[1] + shift), "")
    below = range(inner.start[0] + 1, inner.end[0] + 1)
    moved = (edit(source, (n, 1), (n, 1 + shift), "") for n in below if _is_deep(source, n, shift))
    return tuple(edit_ for change in (head, *moved) for edit_ in change)


def _is_deep(source: Source, number: int, shift: int) -> bool:
    """Whether a line begins with at least ``shift`` spaces."""
    return before(source, (number, shift + 1)) == " " * shift


def move_up(place: Place, other: Place) -> Edits:
    """Moves a pair into the mapping under another key beside it."""
    span, target = word_at(place), word_at(other)
    if span is None or target is None or not span.is_key or target.partner.kind != "mapping":
        return ()
    value = span.partner
    if value.start[0] != value.end[0] or value.is_empty:
        return ()
    text = before(place.source, value.end)[value.start[1] - 1 :]
    pair = f"{flow(span.value, span.style == chr(34))}: {text}"
    return together(remove(place), one_more(place.source, target.partner, pair))


def listed(place: Place) -> Edits:
    """Turns a mapping into a list of its pairs: ``{LSTM: 3, Dense: 4}``, or a block of pairs."""
    mapping = next((span for span in spans_at(place) if span.kind == "mapping"), None)
    if mapping is None or mapping.is_shared or not is_clean(mapping):
        return ()
    source = place.source
    if mapping.flow:
        last = (mapping.end[0], mapping.end[1] - 1)
        return together(
            edit(source, mapping.start, (mapping.start[0], mapping.start[1] + 1), "["),
            edit(source, last, mapping.end, "]"),
        )
    firsts = {key.start[0] for key, _ in mapping.pairs()}
    column = mapping.start[1]
    changes: list[Edit] = []
    for number in range(mapping.start[0], mapping.end[0] + 1):
        if _is_deep(source, number, column - 1) or number in firsts:
            text = "- " if number in firsts else "  "
            changes += edit(source, (number, column), (number, column), text)
    return tuple(changes)


def split_entry(place: Place) -> Edits:
    """Splits a list entry: the key at a place begins a new entry."""
    span = word_at(place)
    if span is None or not span.is_key or span.parent is None or not span.index:
        return ()
    mapping, source = span.parent, place.source
    if not mapping.is_item or mapping.parent is None:
        return ()
    end = pair_end(source, mapping.items[span.index - 2])
    if end is None:
        return ()
    if mapping.flow:
        indent = " " * (mapping.parent.start[1] - 1)
        text = "}, {" if mapping.is_in_flow else f"}}{line_end(source)}{indent}- {{"
        return edit(source, end, span.start, text)
    dash = mapping.parent.start[1]
    if before(source, span.start).strip() or span.start[1] < dash + 2:
        return ()
    return edit(source, (span.start[0], dash), (span.start[0], dash + 2), "- ")


def move_out(place: Place, cls: Place) -> Edits:
    """Moves the last argument of a block to the left, beside the class at ``cls``."""
    span, outer = word_at(place), word_at(cls)
    if span is None or outer is None or span.parent is None or span.parent is not outer.partner:
        return ()
    mapping = span.parent
    value = span.partner
    is_last = span.index == len(mapping.items) - 2 and span.index > 0
    if mapping.flow or not is_last or value.start[0] != value.end[0]:
        return ()
    return edit(place.source, (span.start[0], 1), span.start, " " * (outer.start[1] - 1))


def replace_around(place: Place, value: Any) -> Edits:
    """Replaces the value at a place, or the list or mapping of names that contains it."""
    span = _whole(place)
    if span is None or not is_free(span):
        return ()
    if span.parent is not None and span.parent.kind == "mapping":
        text = flow(value, as_json=_is_json(span))
        return with_value(place.source, span.parent.items[span.index - 1], span, text)
    return edit(place.source, span.start, span.end, flow(value))


def remove_around(place: Place) -> Edits:
    """Removes the pair whose value, or list of values, contains a place."""
    span = _whole(place)
    if span is None or span.parent is None or span.parent.kind != "mapping":
        return ()
    key = span.parent.items[span.index - 1]
    return remove(Place(place.source, *key.start, key.end[1]))


def _whole(place: Place) -> Span | None:
    """The value of a pair at a place: a name, or the list or mapping of names around it."""
    spans = spans_at(place)
    span = next((candidate for candidate in spans if not candidate.is_key), None)
    if span is None or span.is_shared:
        return None
    parent = span.parent
    inside = parent is not None and (parent.kind == "sequence" or _is_of_roles(parent))
    return parent if inside else span


def _is_of_roles(mapping: Span) -> bool:
    """Whether a mapping is the value of ``from`` and the like: it maps roles to names."""
    parent = mapping.parent
    if parent is None or parent.kind != "mapping":
        return False
    return parent.items[mapping.index - 1].value in ("from", "initial_state", "outputs")


def _is_json(span: Span) -> bool:
    key = span.parent.items[span.index - 1] if span.parent is not None else None
    return key is not None and key.style == '"'


def key_of(place: Place) -> Place:
    """The place of the key whose value begins at a place; the place itself if there is no key."""
    span = next((candidate for candidate in spans_at(place) if not candidate.is_key), None)
    if span is None or span.parent is None or span.parent.kind != "mapping":
        return place
    key = span.parent.items[span.index - 1]
    return Place(place.source, *key.start, key.end[1])


def set_value(place: Place, value: Any) -> Edits:
    """Replaces the value of the key at a place."""
    span = word_at(place)
    if span is None or not span.is_key:
        return ()
    return with_value(place.source, span, span.partner, flow(value, span.style == '"'))


def add_at_top(place: Place, name: str, value: Any) -> Edits:
    """Adds a pair at the end of the config that contains a place."""
    spans = spans_at(place)
    if not spans or spans[0].is_shared:
        return ()
    root = spans[0]
    while root.parent is not None:
        root = root.parent
    if root.kind != "mapping" or not root.items:
        return ()
    as_json = root.items[0].style == '"'
    return one_more(place.source, root, flow({name: value}, as_json)[1:-1])


def at_top(place: Place, name: str) -> Place | None:
    """The place of a top-level key of the config that contains a place."""
    spans = spans_at(place)
    root = spans[0] if spans else None
    while root is not None and root.parent is not None:
        root = root.parent
    for key, _ in root.pairs() if root is not None and root.kind == "mapping" else ():
        if key.value == name:
            return Place(place.source, *key.start, key.end[1])
    return None


def move_entry(place: Place, before_: Place) -> Edits:
    """Moves a list entry before another one."""
    item, target = item_at(place), item_at(before_)
    if item is None or target is None or item.parent is not target.parent or not is_free(item):
        return ()
    source, listed_ = place.source, item.parent
    if listed_ is None or item.is_in_flow or not is_free(target):
        return ()
    if not has_dash(source, item) or not has_dash(source, target) or target.index >= item.index:
        return ()
    dash = listed_.start[1]
    lines = source.lines[item.start[0] - 1 : item.end[0]]
    newline = line_end(source)
    text = newline.join([lines[0][dash - 1 :], *lines[1:], " " * (dash - 1)])
    at = (target.start[0], dash)
    return together(edit(source, at, at, text), without_item(source, item))
