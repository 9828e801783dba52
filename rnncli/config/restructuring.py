"""Edits that move more than a word: mappings that become lists, keys that go up or down."""

from __future__ import annotations

from rnncli.config.edits import remove, together
from rnncli.config.spans import spans_at
from rnncli.config.surgery import (
    before,
    edit,
    is_clean,
    line_end,
    one_more,
    pair_end,
    word_at,
)
from rnncli.config.writing import flow
from rnncli.problems import Edit, Edits, Place, Source


def unwrap(place: Place) -> Edits:
    """What stands under a key takes the place of the pair: its lines move to the left."""
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
    return tuple(one for change in (head, *moved) for one in change)


def _is_deep(source: Source, number: int, shift: int) -> bool:
    """Whether a line begins with so many spaces."""
    return before(source, (number, shift + 1)) == " " * shift


def move_up(place: Place, other: Place) -> Edits:
    """A pair moves into the mapping under another key beside it."""
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
    """A mapping becomes a list of its pairs: ``{LSTM: 3, Dense: 4}``, or one below the other."""
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
    """The entry of a list ends before the key that stands here, and another begins."""
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
    """The last argument of a block moves to the left, beside the class that stands at a place."""
    span, outer = word_at(place), word_at(cls)
    if span is None or outer is None or span.parent is None or span.parent is not outer.partner:
        return ()
    mapping = span.parent
    value = span.partner
    is_last = span.index == len(mapping.items) - 2 and span.index > 0
    if mapping.flow or not is_last or value.start[0] != value.end[0]:
        return ()
    return edit(place.source, (span.start[0], 1), span.start, " " * (outer.start[1] - 1))
