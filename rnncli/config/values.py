"""Nodes → Keras objects and plain values, wherever they stand in a config."""

from __future__ import annotations

from collections.abc import Mapping

from rnncli.config.findings import ProblemCollector, span
from rnncli.config.nesting import NESTED, Nesting
from rnncli.config.nodes import Node, Pair
from rnncli.config.spec import Argument, IncludeSpec, ObjectSpec, Value
from rnncli.problems import Place


def is_object_name(key: str) -> bool:
    """Whether a key names a Keras object: those are capitalised, whatever module they are in."""
    return key[:1].isupper() or ("." in key and key.rpartition(".")[2][:1].isupper())


def is_operation(key: str) -> bool:
    """Whether a key names an operation, such as ``ops.mean``."""
    return key.startswith(("ops.", "random.")) and not is_object_name(key)


class Values:
    """Reads objects and values, and reports their problems.

    ``nesting`` reads the models that take the place of a layer; without it there are none.
    """

    def __init__(self, collector: ProblemCollector, nesting: Nesting | None = None) -> None:
        self._collector = collector
        self._nesting = nesting

    def object(self, cls: str, pair: Pair) -> ObjectSpec:
        """The object under a capitalised key, such as ``LSTM: {units: 3}``."""
        body = pair.value
        place = span(pair)
        if body.value is None:
            return ObjectSpec(cls, place)
        if not isinstance(body.value, Mapping):
            return ObjectSpec(cls, place, first=self.value(body))
        first, first_key = None, ""
        keywords: dict[str, Argument] = {}
        pairs = self._whole(body.value) if self._collector.may_call else body.value
        for key, inner in pairs.items():
            if not self._is_object(key):
                keywords[key] = Argument(inner.key, self.value(inner.value))
            elif first is None:
                first, first_key = Value(self._object_or_model(key, inner), inner.key), key
            else:
                self._two_objects(cls, first_key, key, inner.key)
        return ObjectSpec(cls, place, first, keywords)

    def _is_object(self, key: str) -> bool:
        """Whether a key names a Keras object, or a model in the place of a layer."""
        return is_object_name(key) or (self._nesting is not None and key in NESTED)

    def _object_or_model(self, key: str, pair: Pair) -> ObjectSpec | IncludeSpec:
        if self._nesting is None or is_object_name(key):
            return self.object(key, pair)
        return self._nesting.model(key, pair)

    def _two_objects(self, cls: str, first: str, second: str, place: Place) -> None:
        """Reports two objects where only one is allowed."""
        from rnncli.config.edits import remove

        self._collector.add(
            "bad-entry",
            f"{first} and {second} are in one {cls}",
            f"leave {second} out, or nest it deeper if it belongs to {first}",
            place,
            edits=remove(place),
            safe=False,
        )

    def _whole(self, pairs: Mapping[str, Pair]) -> Mapping[str, Pair]:
        """The pairs without the rests of Python's tuples and calls."""
        for pair in pairs.values():
            if isinstance(pair.value.value, str) and "(" in pair.value.value:
                from rnncli.config.misread import without_rests

                return without_rests(pairs)
        return pairs

    def value(self, node: Node) -> Value:
        """An argument's value; a mapping with one capitalised key is a Keras object, and one with
        ``include`` or ``model`` is a model."""
        if isinstance(node.value, tuple):
            return Value(tuple(self.value(item) for item in node.value), node.place)
        if not isinstance(node.value, Mapping):
            if self._collector.may_call and str(node.value)[:1] == "(":
                from rnncli.config.misread import sequence

                return sequence(node, self._collector)
            return Value(node.value, node.place)
        pairs = self._whole(node.value) if self._collector.may_call else node.value
        names = [key for key in pairs if self._is_object(key)]
        if len(names) == 1 and len(pairs) == 1:
            return Value(self._object_or_model(names[0], pairs[names[0]]), pairs[names[0]].key)
        if names:
            other = next(key for key in pairs if key != names[0])
            self._collector.add(
                "bad-entry",
                f"{other} is beside {names[0]}",
                f"arguments are under their object: {{{names[0]}: {{{other}: …}}}}",
                pairs[other].key,
            )
        arguments = {k: Argument(p.key, self.value(p.value)) for k, p in pairs.items()}
        return Value(arguments, node.place)
