"""Nodes → the entries of ``layers``: layers, repeated calls, repeated blocks, models inside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from rnncli.config.custom import parse_custom
from rnncli.config.findings import ProblemCollector, span
from rnncli.config.nesting import NESTED, Nesting
from rnncli.config.nodes import Node, Pair
from rnncli.config.references import References
from rnncli.config.spec import (
    Argument,
    EntrySpec,
    LayerSpec,
    ObjectSpec,
    RepeatSpec,
    UseSpec,
)
from rnncli.config.values import Values, is_object_name, is_operation
from rnncli.suggestions import did_you_mean

# The keys that an entry may have, by the key that names its kind. A layer's key is capitalised, an
# operation's begins with ops. or random.
ENTRY_KEYS: Mapping[str, tuple[str, ...]] = {
    "use": ("name", "from", "initial_state", "call"),
    "repeat": ("layers", "from"),
    "include": ("name", "from"),
    "model": ("name", "from"),
    "custom": ("name", "from"),
}
LAYER_KEYS = ("name", "from", "initial_state", "call")

_LAYER_NAME = "a layer's name"
_OF_THE_CALL = frozenset({"from", "initial_state", "call"})
_MORE_KEYS = {*LAYER_KEYS, "layers"}


class Entries:
    """Reads entries; ``nesting`` reads the models inside."""

    def __init__(self, collector: ProblemCollector, nesting: Nesting) -> None:
        self._collector = collector
        self._values = Values(collector, nesting)
        self._references = References(collector)
        self._nesting = nesting

    def parse_many(self, pair: Pair) -> tuple[EntrySpec, ...]:
        """The entries under ``layers``."""
        nodes = pair.value.value
        if not isinstance(nodes, tuple) or not nodes:
            from rnncli.config.misread import entries_of

            nodes = entries_of(pair, self._collector)
        if any(isinstance(node.value, str) and "(" in node.value for node in nodes):
            from rnncli.config.misread import whole_items

            nodes = whole_items(nodes)
        entries: list[EntrySpec] = []
        for node in nodes:
            self._read(node, entries)
        return tuple(entries)

    def _read(self, node: Node, entries: list[EntrySpec]) -> None:
        """Adds the entry of an item of the list; several where entries run together in one item."""
        if isinstance(node.value, str):
            entries.append(LayerSpec(ObjectSpec(node.value, node.place), node.place))
            return
        if not isinstance(node.value, Mapping) or not node.value:
            self._collector.add("bad-entry", "this is not a layer", "write - LSTM: 3", node.place)
            return
        pairs = node.value
        kinds = [
            key for key in pairs if is_object_name(key) or key in ENTRY_KEYS or is_operation(key)
        ]
        if len(kinds) == 1:
            entry = self._of_kind(kinds[0], pairs)
        elif kinds:
            from rnncli.config.misread import apart

            for part in apart(node, kinds, self._collector):
                self._read(part, entries)
            return
        else:
            entry = self._unnamed(node, pairs)
        if entry is not None:
            entries.append(entry)

    def _unnamed(self, node: Node, pairs: Mapping[str, Pair]) -> EntrySpec | None:
        """A layer whose class is the value of another key, or is not a class name."""
        from rnncli.config.misread import respelled

        respelling = respelled(pairs, self._values)
        kinds = [key for key in pairs if key not in _MORE_KEYS]
        if respelling is not None:
            layer, beside, place = respelling
            states = self._wires(beside, "initial_state")
            named = self._named(beside)
            call = self._call(beside)
            return LayerSpec(
                layer, place, initial_state=states, call=call, respelled=place, **named
            )
        if len(kinds) == 1:
            return self._named_entry(kinds[0], pairs)
        message, fix = "this entry names no layer", "write - LSTM: 3"
        self._collector.add("bad-entry", message, fix, node.place)
        return None

    def _of_kind(self, kind: str, pairs: Mapping[str, Pair]) -> EntrySpec | None:
        if kind not in ENTRY_KEYS:
            return self._named_entry(kind, pairs)
        self._check_beside(pairs, kind)
        if kind == "use":
            return self._use(pairs)
        return self._repeat(pairs) if kind == "repeat" else self._named_entry(kind, pairs)

    def _named_entry(self, kind: str, pairs: Mapping[str, Pair]) -> EntrySpec | None:
        """A layer, a custom layer, or a model inside."""
        place = span(pairs[kind])
        if kind in NESTED:
            model = self._nesting.model(kind, pairs[kind])
            return replace(model, **self._named(pairs))
        if kind == "custom":
            custom = parse_custom(pairs[kind], self._collector)
            return replace(custom, **self._named(pairs)) if custom else None
        value = pairs[kind].value.value
        if isinstance(value, Mapping) and not _OF_THE_CALL.isdisjoint(value):
            from rnncli.config.misread import moved_out

            pairs = moved_out(kind, pairs, self._collector)
        states = self._wires(pairs, "initial_state")
        beside = None
        if len(pairs) > 1 and not pairs.keys() <= {kind, *LAYER_KEYS}:
            beside = {
                key: Argument(pair.key, self._values.value(pair.value))
                for key, pair in pairs.items()
                if key != kind and key not in LAYER_KEYS
            }
        return LayerSpec(
            self._values.object(kind, pairs[kind]),
            place,
            initial_state=states,
            call=self._call(pairs),
            beside=beside,
            **self._named(pairs),
        )

    def _check_beside(self, pairs: Mapping[str, Pair], kind: str) -> None:
        """Reports keys that mean nothing beside ``use``, ``repeat``, ``include`` and others."""
        known = ENTRY_KEYS[kind]
        for key in pairs:
            if key == kind or key in known:
                continue
            from rnncli.config.edits import remove, rename

            near = did_you_mean(key, known)
            near = None if near in pairs else near
            place = pairs[key].key
            self._collector.add(
                "unknown-key",
                f"{key} is beside {kind}, where only {', '.join(known[:-1])} and {known[-1]} "
                "may stand",
                f"did you mean {near}?" if near else f"leave {key} out",
                place,
                edits=rename(place, key, near) if near else remove(place),
                safe=near is not None,
            )

    def _named(self, pairs: Mapping[str, Pair]) -> dict[str, Any]:
        """The name, its place, and what the layer reads."""
        name = pairs.get("name")
        return {
            "name": self._collector.name(name.value, _LAYER_NAME, "/") if name else None,
            "name_place": name.value.place if name else None,
            "inbound": self._wires(pairs, "from"),
        }

    def _wires(self, pairs: Mapping[str, Pair], key: str) -> Any:
        return self._references.parse_many(pairs[key].value, key) if key in pairs else None

    def _use(self, pairs: Mapping[str, Pair]) -> UseSpec | None:
        used = self._references.parse_one(pairs["use"].value)
        if used is None:
            return None
        return UseSpec(
            used.node if used.tensor is None else f"{used.node}.{used.tensor}",
            span(pairs["use"]),
            **self._named(pairs),
            initial_state=self._wires(pairs, "initial_state"),
            call=self._call(pairs),
        )

    def _call(self, pairs: Mapping[str, Pair]) -> Mapping[str, Argument] | None:
        """The arguments under ``call``; None where it is missing, or not a mapping."""
        if "call" not in pairs:
            return None
        node = pairs["call"].value
        if not isinstance(node.value, Mapping):
            fix = "write call: {training: false}, with the names of the arguments"
            message = "call is a mapping of the arguments of the layer's call"
            self._collector.add("bad-call", message, fix, node.place)
            return None
        return {
            key: Argument(pair.key, self._values.value(pair.value))
            for key, pair in node.value.items()
        }

    def _repeat(self, pairs: Mapping[str, Pair]) -> RepeatSpec | None:
        count = self._collector.positive(pairs["repeat"].value, "repeat", "repeat: 3")
        if "layers" not in pairs:
            self._collector.add(
                "missing-key",
                "this block has no layers",
                "write - repeat: 3, and below it layers: with a list",
                pairs["repeat"].key,
            )
            return None
        entries = self.parse_many(pairs["layers"])
        if count is None or not entries:
            return None
        return RepeatSpec(count, entries, span(pairs["repeat"]), self._wires(pairs, "from"))
