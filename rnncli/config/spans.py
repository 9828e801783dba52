"""Source → spans: where every value of a config begins and ends, for edits of its text.

Reading a config does not need spans; they are made for the first problem whose fix edits the text.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Literal

import msgspec
import yaml

from rnncli.config.nodes import EVENTS_LOADER, SETTING
from rnncli.problems import Place, Source

# A longer text is not edited: it is data, or an attack.
LONGEST = 2**20

Mark = tuple[int, int]


class Span(msgspec.Struct, eq=False):
    """A value or a key, and where its text is: lines and columns from 1, the end exclusive.

    ``items`` are the items of a sequence, or the keys and values of a mapping in turn; ``index``
    is the position of the span in its parent's ``items``. ``flow`` is true for brackets or braces;
    ``style`` is a scalar's quote, or ``|`` or ``>``.
    """

    kind: Literal["scalar", "mapping", "sequence", "alias"]
    start: Mark
    end: Mark
    parent: Span | None = None
    index: int = 0
    items: list[Span] = msgspec.field(default_factory=list)
    flow: bool = False
    value: str = ""
    style: str = ""
    anchored: bool = False

    @property
    def is_key(self) -> bool:
        """Whether it is the key of a pair."""
        return self.parent is not None and self.parent.kind == "mapping" and self.index % 2 == 0

    @property
    def is_item(self) -> bool:
        """Whether it is an item of a sequence."""
        return self.parent is not None and self.parent.kind == "sequence"

    @property
    def is_empty(self) -> bool:
        """Whether nothing is written, as after ``Flatten:``."""
        return self.start == self.end

    @property
    def partner(self) -> Span:
        """The value of a key."""
        assert self.parent is not None
        return self.parent.items[self.index + 1]

    @property
    def is_shared(self) -> bool:
        """Whether it is in an anchored or merged value: an edit may change other places as well."""
        span: Span | None = self
        while span is not None:
            if span.anchored or span.is_merged:
                return True
            span = span.parent
        return False

    @property
    def is_merged(self) -> bool:
        """Whether its pairs are merged into the mapping around it."""
        parent = self.parent
        if parent is None or parent.kind != "mapping" or not self.index % 2:
            return False
        return parent.items[self.index - 1].value == "<<"

    @property
    def is_in_flow(self) -> bool:
        """Whether brackets or braces stand around it."""
        span = self.parent
        while span is not None:
            if span.flow:
                return True
            span = span.parent
        return False

    def pairs(self) -> Iterator[tuple[Span, Span]]:
        """The keys and values of a mapping."""
        return zip(self.items[::2], self.items[1::2], strict=True)


def spans_at(place: Place) -> list[Span]:
    """The spans that begin at a place, outermost first; empty if the place is not verbatim."""
    if not place.verbatim:
        return []
    return _by_start(place.source).get((place.line, place.column), [])


@lru_cache(maxsize=8)
def root_of(source: Source) -> Span | None:
    """The whole text of a config; None where it is no YAML, or too long."""
    if len(source.text) > LONGEST:
        return None
    try:
        spans = list(_spans(source.text))
    except yaml.YAMLError:
        return None
    return spans[0] if spans else None


@lru_cache(maxsize=8)
def _by_start(source: Source) -> dict[Mark, list[Span]]:
    starts: dict[Mark, list[Span]] = {}
    if len(source.text) > LONGEST or source.name == SETTING:
        return starts
    try:
        for span in _spans(source.text):
            starts.setdefault(span.start, []).append(span)
    except yaml.YAMLError:
        return {}
    return starts


def _spans(text: str) -> Iterator[Span]:
    """Every span, in the order in which they begin."""
    opened: list[Span] = []
    for event in yaml.parse(text, Loader=EVENTS_LOADER):
        kind = type(event)
        if kind in (yaml.MappingEndEvent, yaml.SequenceEndEvent):
            span = opened.pop()
            # A block has no end mark: the parser reports where the next token begins.
            span.end = _mark(event.end_mark) if span.flow or not span.items else span.items[-1].end
            continue
        child = _span(event)
        if child is None:
            continue
        if opened:
            parent = opened[-1]
            child.parent, child.index = parent, len(parent.items)
            parent.items.append(child)
        if child.kind in ("mapping", "sequence"):
            opened.append(child)
        yield child


def _span(event: Any) -> Span | None:
    kind = type(event)
    start, end = event.start_mark, event.end_mark
    if kind is yaml.ScalarEvent:
        style = event.style if event.style in ("'", '"', "|", ">") else ""
        return Span(
            "scalar",
            _mark(start),
            _mark(end),
            value=event.value,
            style=style,
            anchored=event.anchor is not None,
        )
    if kind is yaml.AliasEvent:
        return Span("alias", _mark(start), _mark(end))
    if kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
        return Span(
            "mapping" if kind is yaml.MappingStartEvent else "sequence",
            _mark(start),
            _mark(end),
            # A single pair in brackets, [LSTM: 3], is a mapping without braces.
            flow=bool(event.flow_style) and start.index != end.index,
            anchored=event.anchor is not None,
        )
    return None


def _mark(mark: Any) -> Mark:
    return mark.line + 1, mark.column + 1
