"""Nodes → Keras objects and plain values, wherever they stand in a config."""

from __future__ import annotations

from collections.abc import Mapping

from rnncli.config.findings import Findings, span
from rnncli.config.nodes import Node, Pair
from rnncli.config.spec import Argument, ObjectSpec, Value
from rnncli.problems import Place


def is_object_name(key: str) -> bool:
    """Whether a key names a Keras object: those are capitalised."""
    return key[:1].isupper()


class Values:
    """Reads objects and values; what is wrong with them goes to the findings."""

    def __init__(self, found: Findings) -> None:
        self._found = found

    def object(self, cls: str, pair: Pair) -> ObjectSpec:
        """The object under a capitalised key, such as ``LSTM: {units: 3}``."""
        body = pair.value
        place = span(pair)
        if body.value is None:
            return ObjectSpec(cls, place)
        if not isinstance(body.value, Mapping):
            return ObjectSpec(cls, place, first=self.value(body))
        names = [key for key in body.value if is_object_name(key)]
        if len(names) > 1:
            self.one_object(body.value, names, body.place)
            return ObjectSpec(cls, place)
        first = None
        keywords: dict[str, Argument] = {}
        for key, inner in body.value.items():
            if is_object_name(key):
                first = Value(self.object(key, inner), inner.key)
            else:
                keywords[key] = Argument(inner.key, self.value(inner.value))
        return ObjectSpec(cls, place, first, keywords)

    def value(self, node: Node) -> Value:
        """An argument's value; a mapping with one capitalised key is a Keras object."""
        if isinstance(node.value, tuple):
            return Value(tuple(self.value(each) for each in node.value), node.place)
        if not isinstance(node.value, Mapping):
            return Value(node.value, node.place)
        pairs = node.value
        names = [key for key in pairs if is_object_name(key)]
        if len(names) == 1 and len(pairs) == 1:
            return Value(self.object(names[0], pairs[names[0]]), pairs[names[0]].key)
        if names:
            other = next(key for key in pairs if key != names[0])
            self._found.add(
                "bad-entry",
                f"{other} stands beside {names[0]}",
                f"arguments stand under their object: {{{names[0]}: {{{other}: …}}}}",
                pairs[other].key,
            )
        arguments = {k: Argument(p.key, self.value(p.value)) for k, p in pairs.items()}
        return Value(arguments, node.place)

    def one_object(self, pairs: Mapping[str, Pair], names: list[str], place: Place) -> None:
        """Tells of an entry that names no layer, or several."""
        if names:
            self._found.add(
                "bad-entry",
                f"{' and '.join(names)} stand in one entry",
                f"put a dash before {names[1]}, or nest it deeper if it belongs to {names[0]}",
                pairs[names[1]].key,
            )
        else:
            self._found.add("bad-entry", "this entry names no layer", "write - LSTM: 3", place)
