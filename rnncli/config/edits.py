"""Places of a config → edits of its text: small changes that work in every style of YAML.

Each function returns the edits of one change. It returns no edits where the text cannot be changed
without changing something else: at an anchor, whose value is used in several places, or in a style
so rare that an edit would more likely be wrong than right.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from typing import Any

from rnncli.config.spans import Span, spans_at
from rnncli.config.surgery import (
    NOTHING,
    after_line,
    before,
    edit,
    entry_text,
    has_dash,
    is_clean,
    is_free,
    item_at,
    line_end,
    one_more,
    pair_end,
    quoted,
    with_value,
    without_item,
    without_pair,
    word_at,
)
from rnncli.config.values import is_object_name
from rnncli.config.writing import flow, inline
from rnncli.problems import Edit, Edits, Place, Source

_LINE_END = re.compile("\r\n|[\r\n\x85\u2028\u2029]")


def applied(text: str, edits: Edits) -> str:
    """Applies edits to a text; they all belong to one file and do not overlap."""
    starts = [0, *(match.end() for match in _LINE_END.finditer(text))]
    parts: list[str] = []
    done = 0
    for edit_ in sorted(edits, key=_span_of):
        parts += [text[done : starts[edit_.line - 1] + edit_.column - 1], edit_.text]
        done = starts[edit_.end_line - 1] + edit_.end_column - 1
    return "".join([*parts, text[done:]])


def together(*changes: Edits) -> Edits:
    """Several changes as one; no edits if one of them cannot be made, or if two overlap."""
    if not all(changes):
        return ()
    edits = sorted((edit_ for change in changes for edit_ in change), key=_span_of)
    for previous, following in itertools.pairwise(edits):
        end, start = (previous.end_line, previous.end_column), (following.line, following.column)
        if previous.file == following.file and end > start:
            return ()
    return tuple(edits)


def _span_of(edit_: Edit) -> tuple[str, int, int, int, int]:
    return edit_.file or "", edit_.line, edit_.column, edit_.end_line, edit_.end_column


# Words and values


def rename(place: Place, old: str, new: str) -> Edits:
    """Replaces the word at a place: a key, a class, a name."""
    span = word_at(place)
    if span is None or span.value != old:
        return ()
    return edit(place.source, span.start, span.end, quoted(new, span.style))


def replace_value(place: Place, value: Any) -> Edits:
    """Replaces the value at a place."""
    spans = spans_at(place)
    if not spans or spans[0].is_key or spans[0].is_shared or not is_free(spans[0]):
        return ()
    span, text = spans[0], flow(value, spans[0].style == '"')
    if span.parent is not None and span.parent.kind == "mapping":
        return with_value(place.source, span.parent.items[span.index - 1], span, text)
    return edit(place.source, span.start, span.end, text)


def replace_text(place: Place, text: str) -> Edits:
    """Replaces the part of the line that a place covers, whatever is written there."""
    spans = spans_at(place)
    if not spans or any(span.is_shared for span in spans):
        return ()
    return edit(place.source, (place.line, place.column), (place.line, place.end), text)


# Objects, by the place of their class


def replace_object(place: Place, written: Any) -> Edits:
    """Replaces an object and its arguments.

    ``written`` is the name of a class, or maps that name to its arguments.
    """
    span = word_at(place)
    if span is None:
        return ()
    as_json = span.style == '"'
    if not span.is_key:
        # A pair needs braces where it is the value of another key, and in JSON.
        needs_braces = as_json or (span.parent is not None and span.parent.kind == "mapping")
        text = flow(written, as_json) if needs_braces else inline(written)
        # YAML splits a call with commas in brackets into several words; the place covers them all.
        whole = max(span.end, (place.line, place.end))
        return edit(place.source, span.start, whole, text)
    end = pair_end(place.source, span)
    if end is None or span.partner.kind == "alias" or not is_free(span.partner):
        return ()
    pair = written if isinstance(written, Mapping) else {written: {}}
    return edit(place.source, span.start, end, flow(pair, as_json)[1:-1])


def set_arguments(place: Place, values: Mapping[str, Any], first: str | None) -> Edits:
    """Sets arguments of an object: those that are written are changed, the others are added.

    ``first`` is the name of the class's first argument: ``LSTM: 128`` becomes
    ``LSTM: {units: 128, return_sequences: true}``.
    """
    span = word_at(place)
    if span is None or not is_object_name(span.value) or first is None:
        return ()
    as_json = span.style == '"'
    if not span.is_key:
        return replace_object(place, {span.value: values})
    source, arguments = place.source, span.partner
    if arguments.is_shared or arguments.kind == "alias" or not is_clean(arguments):
        return ()
    if arguments.kind == "mapping":
        edits = _among(source, arguments, values, as_json)
    elif arguments.kind == "scalar" and arguments.style == "" and arguments.value in NOTHING:
        edits = with_value(source, span, arguments, flow(values, as_json))
    elif first in values:
        alone = len(values) == 1
        text = flow(values[first] if alone else values, as_json)
        edits = with_value(source, span, arguments, text)
    else:
        edits = _named_first(source, span, flow(first, as_json), _pairs(values, as_json))
    return edits


def _pairs(values: Mapping[str, Any], as_json: bool) -> list[str]:
    return [flow({name: value}, as_json)[1:-1] for name, value in values.items()]


def _among(source: Source, arguments: Span, values: Mapping[str, Any], as_json: bool) -> Edits:
    """Sets arguments of an object whose arguments are written by name."""
    pairs = {key.value: (key, old) for key, old in arguments.pairs()}
    changes = [
        with_value(source, *pairs[name], flow(value, as_json))
        for name, value in values.items()
        if name in pairs
    ]
    more = _pairs({name: value for name, value in values.items() if name not in pairs}, as_json)
    return together(*changes, *([one_more(source, arguments, *more)] if more else []))


def _named_first(source: Source, key: Span, first: str, pairs: list[str]) -> Edits:
    """Names the first argument, which stands alone, and adds other arguments beside it."""
    value = key.partner
    if value.items and not value.flow:
        inner = value.start[1] - 1
        if value.kind != "sequence" or key.start[1] - 1 >= inner:
            return ()
        # A list may be indented like its key: the new key goes before its first dash.
        indent, newline = " " * inner, line_end(source)
        last = after_line(source, value.end)
        return together(
            edit(source, value.start, value.start, f"{first}:{newline}{indent}"),
            edit(source, last, last, "".join(f"{newline}{indent}{pair}" for pair in pairs)),
        )
    if value.kind == "scalar" and not value.style and {*value.value} & {*",[]{}"}:
        # Inside braces, these characters would end the word.
        return ()
    return together(
        edit(source, value.start, value.start, f"{{{first}: "),
        edit(source, value.end, value.end, "".join(f", {pair}" for pair in pairs) + "}"),
    )


# Pairs and entries


def remove(place: Place) -> Edits:
    """Removes a key with its value, or an item of a list."""
    spans = spans_at(place)
    if not spans or spans[-1].is_shared:
        return ()
    span = spans[-1]
    if span.is_key:
        return without_pair(place.source, span)
    return without_item(place.source, span) if span.is_item else ()


def remove_entry(place: Place) -> Edits:
    """Removes the list entry that contains a place."""
    item = item_at(place)
    return () if item is None else without_item(place.source, item)


def replace_entry(place: Place, written: Any) -> Edits:
    """Replaces the list entry that contains a place."""
    item = item_at(place)
    if item is None or not is_free(item):
        return ()
    text = entry_text(place.source, item, written, item.start[1])
    return edit(place.source, item.start, item.end, text)


def insert_entry(place: Place, *written: Any, after: bool = False) -> Edits:
    """Inserts entries before, or after, the list entry that contains a place."""
    item = item_at(place)
    if item is None or item.parent is None or not written:
        return ()
    source, column = place.source, item.parent.start[1] + 2
    texts = [entry_text(source, item, entry, column) for entry in written]
    if item.is_in_flow:
        at = item.end if after else item.start
        joined = ", ".join(texts)
        return edit(source, at, at, f", {joined}" if after else f"{joined}, ")
    if not has_dash(source, item) or not is_clean(item):
        return ()
    dash = (item.start[0], item.parent.start[1])
    indent, newline = " " * (dash[1] - 1), line_end(source)
    if after:
        at = after_line(source, item.end)
        return edit(source, at, at, "".join(f"{newline}{indent}- {text}" for text in texts))
    return edit(source, dash, dash, "".join(f"- {text}{newline}{indent}" for text in texts))


def add_beside(place: Place, name: str, value: Any) -> Edits:
    """Adds a pair, such as ``name`` or ``from``, beside the key or the bare class at a place."""
    span = word_at(place)
    if span is None:
        return ()
    source, as_json = place.source, span.style == '"'
    pair = f"{flow(name, as_json)}: {flow(value, as_json)}"
    if not span.is_key:
        if span.is_in_flow:
            text = f"{{{flow(span.value, as_json)}: {{}}, {pair}}}"
        else:
            text = f"{span.value}:{line_end(source)}{' ' * (span.start[1] - 1)}{pair}"
        return edit(source, span.start, span.end, text) if span.is_item else ()
    assert span.parent is not None
    if span.is_in_flow and not span.parent.flow:
        end = pair_end(source, span)
        if end is None:
            return ()
        return together(
            edit(source, span.start, span.start, "{"), edit(source, end, end, f", {pair}}}")
        )
    return one_more(source, span.parent, pair)


def insert_key(place: Place, name: str, value: Any) -> Edits:
    """Inserts a pair before the key at a place."""
    span = word_at(place)
    if span is None or not span.is_key or span.parent is None:
        return ()
    as_json = span.style == '"'
    pair = f"{flow(name, as_json)}: {flow(value, as_json)}"
    if span.parent.flow:
        return edit(place.source, span.start, span.start, f"{pair}, ")
    if span.is_in_flow or before(place.source, span.start).strip(" -"):
        return ()
    indent = " " * (span.start[1] - 1)
    text = f"{pair}{line_end(place.source)}{indent}"
    return edit(place.source, span.start, span.start, text)


def argument_key(place: Place, name: str) -> Place | None:
    """The place of an argument's name, given the place of the object's class."""
    span = word_at(place)
    if span is None or not span.is_key or span.partner.kind != "mapping":
        return None
    for key, _ in span.partner.pairs():
        if key.value == name:
            return Place(place.source, *key.start, key.end[1])
    return None
