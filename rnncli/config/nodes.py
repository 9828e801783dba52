"""Source → Node: YAML read as YAML 1.2, within limits, every value with its place.

Nodes are composed here from the parser's events, not by the YAML library's loader: that loader
recurses, resolves scalars by YAML 1.1, keeps the last of two duplicate keys and expands aliases
without a limit. Tags never construct objects.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

import msgspec
import yaml

from rnncli.problems import ConfigError, Place, Problem, Source, problem

# The source name of a --set value from the command line: it is not a file and is never edited.
SETTING = "--set"
DEPTH_LIMIT = 60
NODE_LIMIT = 300_000
# TensorFlow counts in 64 bits; counts made from longer numbers would be slow to write.
LARGEST = 2**63 - 1

Scalar = str | int | float | bool | None

_WORDS: Mapping[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INT = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")

# libyaml, if PyYAML was built with it: ten times faster, with the same events.
EVENTS_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# libyaml's message at its own limit of 1,000: its scanner runs ahead and can reach that first.
_PARSER_LIMIT = "nesting depth"

_STARTS = (yaml.MappingStartEvent, yaml.SequenceStartEvent)
_ENDS = (yaml.MappingEndEvent, yaml.SequenceEndEvent)


class Node(msgspec.Struct, frozen=True):
    """A value of a config and its place; ``size`` counts it and all values inside it."""

    value: Scalar | tuple[Node, ...] | Mapping[str, Pair]
    place: Place
    size: int = 1


class Pair(msgspec.Struct, frozen=True):
    """A key of a mapping and its value."""

    key: Place
    value: Node


def plain(node: Node) -> Any:
    """A value as plain data, without places."""
    if isinstance(node.value, tuple):
        return [plain(item) for item in node.value]
    if isinstance(node.value, Mapping):
        return {key: plain(pair.value) for key, pair in node.value.items()}
    return node.value


class _Open(msgspec.Struct):
    """A collection whose end has not been read yet."""

    place: Place
    anchor: str | None
    is_mapping: bool
    items: list[Node] = msgspec.field(default_factory=list)


def parse_nodes(source: Source) -> Node:
    """The tree of values of a YAML document.

    Raises:
        ConfigError: the text is not YAML, has more than one document, a duplicate key or a tag,
            or exceeds a limit.
    """
    root = _composed(source, source.text)
    if root is None or root.value is None:
        raise ConfigError(
            problem(
                "file-empty",
                "this config is empty",
                "give it an input and layers, such as\n"
                "    input: [5, 8]\n    layers:\n      - LSTM: 3",
                place=Place(source, 1, 1, 2),
            )
        )
    return root


def parse_rest(source: Source, start: int) -> Node:
    """The value that begins after the first ``start`` characters of a source; null if it is empty.

    Raises:
        ConfigError: that is not the YAML of one value.
    """
    root = _composed(source, " " * start + source.text[start:])
    return root or Node(None, Place(source, 1, start + 1, start + 2))


def _composed(source: Source, text: str) -> Node | None:
    """The tree of values of the text, with places in the source; None if the text is empty."""
    try:
        return _Composer(source, text).compose()
    except yaml.MarkedYAMLError as error:
        raise ConfigError(_not_yaml(source, error)) from None
    except yaml.YAMLError as error:
        raise ConfigError(_not_text(source, error)) from None


class _Composer:
    """Composes a document from the parser's events, without recursion."""

    def __init__(self, source: Source, text: str) -> None:
        self.source = source
        self.text = text
        self.open: list[_Open] = []
        self.anchors: dict[str, Node] = {}
        self.count = 0

    def compose(self) -> Node | None:
        root: Node | None = None
        documents = 0
        for event in self._events():
            node: Node | None = None
            kind = type(event)
            if kind is yaml.ScalarEvent:
                node = self._scalar(event)
            elif kind in _STARTS:
                self._enter(event)
            elif kind in _ENDS:
                node = self._leave()
            elif kind is yaml.AliasEvent:
                node = self._alias(event)
            elif kind is yaml.DocumentStartEvent:
                documents += 1
                if documents > 1:
                    self._fail(
                        "not-yaml",
                        "a second document starts here",
                        "keep one config in a file",
                        self._place(event),
                    )
            if node is not None:
                if self.open:
                    self.open[-1].items.append(node)
                else:
                    root = node
        return root

    def _events(self) -> Iterator[Any]:
        return iter(yaml.parse(self.text, Loader=EVENTS_LOADER))

    def _enter(self, event: Any) -> None:
        place = self._place(event)
        self._check_tag(event, place)
        if len(self.open) >= DEPTH_LIMIT:
            raise ConfigError(_too_deep(place))
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        self.open.append(_Open(place, event.anchor, is_mapping))

    def _leave(self) -> Node:
        done = self.open.pop()
        size = 1 + sum(item.size for item in done.items)
        value = self._mapping(done.items) if done.is_mapping else tuple(done.items)
        self._spend(1, done.place)
        return self._anchored(done.anchor, Node(value, done.place, size))

    def _scalar(self, event: Any) -> Node:
        place = self._place(event)
        self._check_tag(event, place)
        self._spend(1, place)
        text: str = event.value
        plain = event.style is None or event.style == ""
        value = self._resolve(text, place) if plain and event.implicit[0] else text
        return self._anchored(event.anchor, Node(value, place))

    def _resolve(self, text: str, place: Place) -> Scalar:
        """A plain scalar by YAML 1.2's core schema (https://yaml.org/spec/1.2.2/#103-core-schema)."""
        if text in _WORDS:
            return _WORDS[text]
        if _INT.fullmatch(text):
            return self._within(text, 10, place)
        if _BASED.fullmatch(text):
            return self._within(text, 0, place)
        if _FLOAT.fullmatch(text):
            return float(text)
        return float(text.lower().replace(".", "")) if _SPECIAL.fullmatch(text) else text

    def _within(self, text: str, base: int, place: Place) -> int:
        number = int(text, base) if len(text) < 100 else None
        if number is None or abs(number) > LARGEST:
            fix = "the largest size is 9223372036854775807"
            self._fail("yaml-limit", "this integer does not fit in 64 bits", fix, place)
        return number

    def _alias(self, event: Any) -> Node:
        place = self._place(event)
        node = self.anchors.get(event.anchor)
        if node is None:
            self._fail(
                "not-yaml",
                f"*{event.anchor} refers to an anchor that is not defined before it",
                f"mark the value it should repeat with &{event.anchor}",
                place,
            )
        self._spend(node.size, place)
        return node

    def _anchored(self, anchor: str | None, node: Node) -> Node:
        if anchor is not None:
            self.anchors[anchor] = node
        return node

    def _spend(self, size: int, place: Place) -> None:
        self.count += size
        if self.count > NODE_LIMIT:
            self._fail(
                "yaml-limit",
                f"this config holds more than {NODE_LIMIT:,} values once its aliases are expanded",
                "describe the model in fewer values",
                place,
            )

    def _mapping(self, items: list[Node]) -> Mapping[str, Pair]:
        pairs: dict[str, Pair] = {}
        merged: dict[str, Pair] = {}
        for key, value in zip(items[::2], items[1::2], strict=True):
            if isinstance(key.value, (tuple, Mapping)):
                self._fail("not-yaml", "a key must be a word", "write key: value", key.place)
            name = key.value if isinstance(key.value, str) else self._text(key.place)
            if name == "<<":
                for pair_name, pair in self._merge(value):
                    merged.setdefault(pair_name, pair)
                continue
            if name in pairs:
                self._twice(name, items, pairs[name].key, key.place)
            pairs[name] = Pair(key.place, value)
        return {**merged, **pairs} if merged else pairs

    def _twice(self, name: str, items: list[Node], first: Place, place: Place) -> NoReturn:
        """Refuses a duplicate key."""
        from rnncli.config.edits import remove
        from rnncli.config.restructuring import listed

        message = f"{name} is given twice: on line {first.line} and on line {place.line}"
        fix, edits, safe = "keep one of them", remove(place), False
        if name[:1].isupper():
            # These are layers without dashes: their mapping begins at the first of them.
            fix, safe = "put a dash before each layer: - LSTM: 3", True
            edits = listed(items[0].place)
        raise ConfigError(
            problem("duplicate-key", message, fix, place=place, edits=edits, safe=safe)
        )

    def _merge(self, value: Node) -> Iterator[tuple[str, Pair]]:
        sources = value.value if isinstance(value.value, tuple) else (value,)
        for source in sources:
            if not isinstance(source.value, Mapping):
                self._fail("not-yaml", "<< merges mappings only", "write <<: *anchor", value.place)
            yield from source.value.items()

    def _check_tag(self, event: Any, place: Place) -> None:
        if event.tag is not None and event.tag != "!":
            self._fail(
                "yaml-tag",
                f"the tag {event.tag} is refused: a config makes no objects and runs no code",
                "remove the tag; a Keras object is written as {Name: arguments}",
                place,
            )

    def _text(self, place: Place) -> str:
        return self.source.lines[place.line - 1][place.column - 1 : place.end - 1]

    def _place(self, event: Any) -> Place:
        start, end = event.start_mark, event.end_mark
        one_line = end.line == start.line and end.column > start.column
        stop = end.column if one_line else start.column + 1
        return Place(self.source, start.line + 1, start.column + 1, stop + 1)

    def _fail(self, code: str, message: str, fix: str | None, place: Place) -> NoReturn:
        raise ConfigError(problem(code, message, fix, place=place))


def _too_deep(place: Place | None) -> Problem:
    message = f"this is nested more than {DEPTH_LIMIT} deep"
    return problem("yaml-limit", message, "a config has no need of such depth", place=place)


def _not_text(source: Source, error: yaml.YAMLError) -> Any:
    """The problem of a character that YAML text cannot contain."""
    for number, line in enumerate(source.lines, 1):
        for column, character in enumerate(line, 1):
            if (character < " " and character != "\t") or "\x7f" <= character < "\xa0":
                return problem(
                    "not-yaml",
                    f"the control character U+{ord(character):04X} is not allowed in YAML",
                    "a config is text; is this another kind of file?",
                    place=Place(source, number, column, column + 1),
                )
    reason = getattr(error, "reason", None) or str(error)
    return problem("not-yaml", f"this is not YAML: {reason}", place=Place(source, 1, 1, 2))


def _not_yaml(source: Source, error: yaml.MarkedYAMLError) -> Problem:
    """The problem of a text that the parser could not read."""
    from rnncli.config.yaml_fixes import diagnose

    place = _marked(source, error.problem_mark or error.context_mark)
    if _PARSER_LIMIT in (error.problem or ""):
        return _too_deep(place)
    diagnosis = diagnose(source, place, _marked(source, error.context_mark))
    if diagnosis is not None:
        message, edits = f"this is not YAML: {diagnosis.message}", diagnosis.edits
        return problem("not-yaml", message, diagnosis.fix, place=diagnosis.place, edits=edits)
    reason = " ".join(str(part) for part in (error.context, error.problem) if part)
    fix = "check the indentation, brackets and quotes of this line and the one above"
    return problem("not-yaml", f"this is not YAML: {reason}", fix, place=place)


def _marked(source: Source, mark: Any) -> Place | None:
    return Place(source, mark.line + 1, mark.column + 1, mark.column + 2) if mark else None
