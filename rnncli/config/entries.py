"""Nodes → the entries of ``layers``: a layer, one called again, a block repeated, a model included."""  # noqa: E501

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rnncli.config.findings import Findings, span
from rnncli.config.nodes import Node, Pair
from rnncli.config.references import References
from rnncli.config.spec import (
    EntrySpec,
    IncludeSpec,
    LayerSpec,
    ModelSpec,
    ObjectSpec,
    RepeatSpec,
    UseSpec,
)
from rnncli.config.values import Values, is_object_name
from rnncli.problems import did_you_mean

# What may stand in an entry, by the key that says what it is; a layer has a capitalised one.
ENTRY_KEYS: Mapping[str, tuple[str, ...]] = {
    "use": ("name", "from", "initial_state"),
    "repeat": ("layers", "from"),
    "include": ("name", "from"),
}
LAYER_KEYS = ("name", "from", "initial_state")

_LAYER_NAME = "a layer's name"
_MORE_KEYS = {*LAYER_KEYS, "layers"}

Include = Callable[[Node], ModelSpec | None]


class Entries:
    """Reads entries; ``include`` reads the model of a file that one of them names."""

    def __init__(self, found: Findings, include: Include) -> None:
        self._found = found
        self._values = Values(found)
        self._references = References(found)
        self._include = include

    def several(self, pair: Pair) -> tuple[EntrySpec, ...]:
        """The entries under ``layers``."""
        node = pair.value
        if isinstance(node.value, Mapping):
            fix = "put a dash before each layer: - LSTM: 3"
            self._found.add("bad-entry", "layers is a list, one entry a layer", fix, node.place)
            return ()
        if not isinstance(node.value, tuple) or not node.value:
            place = pair.key if node.value is None or node.value == () else node.place
            self._found.add("bad-entry", "layers is a list, one entry a layer", "- LSTM: 3", place)
            return ()
        entries = (self._entry(each) for each in node.value)
        return tuple(each for each in entries if each is not None)

    def _entry(self, node: Node) -> EntrySpec | None:
        if isinstance(node.value, str):
            return LayerSpec(ObjectSpec(node.value, node.place), node.place)
        if not isinstance(node.value, Mapping) or not node.value:
            self._found.add("bad-entry", "this is not a layer", "write - LSTM: 3", node.place)
            return None
        pairs = node.value
        kinds = [key for key in pairs if is_object_name(key) or key in ENTRY_KEYS]
        kinds = kinds or [key for key in pairs if key not in _MORE_KEYS][:1]
        if len(kinds) != 1:
            self._values.one_object(pairs, kinds, node.place)
            return None
        kind = kinds[0]
        self._check_beside(pairs, kind)
        if kind == "use":
            return self._use(pairs)
        return self._repeat(pairs) if kind == "repeat" else self._named_entry(kind, pairs)

    def _named_entry(self, kind: str, pairs: Mapping[str, Pair]) -> EntrySpec:
        """A layer, or a model that is included."""
        place, named = span(pairs[kind]), self._named(pairs)
        if kind == "include":
            return IncludeSpec(self._include(pairs[kind].value), place, **named)
        states = self._wires(pairs, "initial_state")
        return LayerSpec(
            self._values.object(kind, pairs[kind]), place, initial_state=states, **named
        )

    def _check_beside(self, pairs: Mapping[str, Pair], kind: str) -> None:
        known = ENTRY_KEYS.get(kind, LAYER_KEYS)
        for key in pairs:
            if key == kind or key in known:
                continue
            near = did_you_mean(key, known)
            fix = f"did you mean {near}?" if near else None
            if fix is None and kind not in ENTRY_KEYS:
                fix = f"arguments stand under their layer: - {kind}: {{…, {key}: …}}"
            self._found.add(
                "unknown-key",
                f"{key} stands beside {kind}, where only {', '.join(known[:-1])} and {known[-1]} "
                "may stand",
                fix or f"leave {key} out",
                pairs[key].key,
            )

    def _named(self, pairs: Mapping[str, Pair]) -> dict[str, Any]:
        """The name, where it stands, and what is read."""
        name = pairs.get("name")
        return {
            "name": self._found.name(name.value, _LAYER_NAME, "/") if name else None,
            "name_place": name.value.place if name else None,
            "sources": self._wires(pairs, "from"),
        }

    def _wires(self, pairs: Mapping[str, Pair], key: str) -> Any:
        return self._references.several(pairs[key].value) if key in pairs else None

    def _use(self, pairs: Mapping[str, Pair]) -> UseSpec | None:
        used = self._references.one(pairs["use"].value)
        if used is None:
            return None
        return UseSpec(
            used.node if used.tensor is None else f"{used.node}.{used.tensor}",
            span(pairs["use"]),
            **self._named(pairs),
            initial_state=self._wires(pairs, "initial_state"),
        )

    def _repeat(self, pairs: Mapping[str, Pair]) -> RepeatSpec | None:
        count = self._found.positive(pairs["repeat"].value, "repeat", "repeat: 3")
        if "layers" not in pairs:
            self._found.add(
                "missing-key",
                "this block has no layers",
                "write - repeat: 3, and below it layers: with a list",
                pairs["repeat"].key,
            )
            return None
        entries = self.several(pairs["layers"])
        if count is None or not entries:
            return None
        return RepeatSpec(count, entries, span(pairs["repeat"]), self._wires(pairs, "from"))
