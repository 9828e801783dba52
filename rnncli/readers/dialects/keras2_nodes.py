"""The calls of layers as Keras 2 writes them → as Keras 3 does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rnncli.keras_api.traits import traits
from rnncli.readers.checked import Malformed, as_list, as_text

# In the place of a layer's name: the value itself is in the place of the tensor's index.
CONSTANT = "_CONSTANT_VALUE"
_MODELS = ("Functional", "Sequential", "Model", "Network", "Container")


class Nodes:
    """Rewrites the calls of the layers of one model.

    ``firsts`` has the number that the file gives to the first call of each model inside: such a
    model was called once before, when it was made.
    """

    def __init__(self, entries: Sequence[Mapping[str, Any]]) -> None:
        self.names = {name for entry in entries if (name := _name(entry))}
        inside = {_name(entry) for entry in entries if entry.get("class_name") in _MODELS}
        self.firsts = {name: 1 for name in inside if name}
        for entry in entries:
            for reference in self._references(entry.get("inbound_nodes")):
                if reference[0] in self.firsts and reference[1] == 0:
                    self.firsts[reference[0]] = 0

    def _references(self, value: Any) -> Iterator[Sequence[Any]]:
        if isinstance(value, list):
            if self.is_tensor(value):
                yield value
            for item in value:
                yield from self._references(item)
        elif isinstance(value, Mapping):
            for item in value.values():
                yield from self._references(item)

    def is_tensor(self, value: Any) -> bool:
        """Whether a value is a tensor of the graph: a layer's name, and two indices."""
        return (
            isinstance(value, list)
            and len(value) in (3, 4)
            and isinstance(value[0], str)
            and value[0] in self.names
            and type(value[1]) is int
            and type(value[2]) is int
        )

    def calls(
        self, layer: Mapping[str, Any], entry: Mapping[str, Any]
    ) -> tuple[list[dict[str, Any]], bool]:
        """The calls of a layer, and whether its states are written as further inputs."""
        calls, has_states = [], False
        cls, config = layer["class_name"], layer["config"]
        is_recurrent = cls == "Bidirectional" or bool(traits(cls).recurrent_over)
        for node in as_list(entry.get("inbound_nodes", []), "the calls of a layer"):
            arguments, keywords = self.arguments(node)
            several = arguments[0] if arguments and isinstance(arguments[0], list) else []
            if is_recurrent and several:
                has_states = True
                states = several[1:]
                if count := config.get("num_constants"):
                    states, keywords["constants"] = states[:-count], states[-count:]
                arguments, keywords["initial_state"] = [several[0]], states
            elif is_recurrent and isinstance(keywords.get("initial_state"), dict):
                keywords["initial_state"] = [keywords["initial_state"]]
            calls.append({"args": arguments, "kwargs": _without_nothing(keywords)})
        return calls, has_states

    def arguments(self, node: Any) -> tuple[list[Any], dict[str, Any]]:
        """The arguments of a call by position, which is one or none, and those by name."""
        first, keywords = self.first_and_keywords(node)
        if isinstance(first, list) and len(first) == 1 and isinstance(first[0], dict):
            first = first[0]
        return ([] if first == [] else [first]), keywords

    def first_and_keywords(self, node: Any) -> tuple[Any, dict[str, Any]]:
        """The first argument of a call, a list where the file has one, and those by name."""
        keywords: dict[str, Any] = {}
        return self._first(node, keywords), keywords

    def _first(self, value: Any, keywords: dict[str, Any]) -> Any:
        """The tensors of a call; the arguments by name beside them are added to ``keywords``."""
        if isinstance(value, Mapping):
            return {str(key): self._first(item, keywords) for key, item in value.items()}
        items = as_list(value, "a call of a layer")
        if not items or not isinstance(items[0], str):
            return [self._first(item, keywords) for item in items]
        if len(items) > 3 and isinstance(items[3], Mapping):
            keywords.update({str(key): self.value(item) for key, item in items[3].items()})
        if items[0] == CONSTANT:
            return self._constant(items)
        return tensor_of(items, self.firsts)

    def value(self, value: Any) -> Any:
        """An argument by name: plain data, with tensors inside."""
        if isinstance(value, list):
            if self.is_tensor(value):
                return tensor_of(value, self.firsts)
            is_constant = bool(value) and value[0] == CONSTANT
            return self._constant(value) if is_constant else [self.value(item) for item in value]
        return self._mapping(value) if isinstance(value, Mapping) else value

    def _mapping(self, value: Mapping[str, Any]) -> dict[str, Any]:
        if set(value) == {"start", "stop", "step"}:
            return {"class_name": "__slice__", "config": dict(value)}
        if value.get("class_name") == "__ellipsis__":
            return {"class_name": "__ellipsis__", "config": {}}
        return {str(key): self.value(item) for key, item in value.items()}

    def _constant(self, items: Sequence[Any]) -> Any:
        if len(items) < 3:
            raise Malformed("a constant without a value")
        return items[2]


def tensor_of(reference: Any, firsts: Mapping[str, int]) -> dict[str, Any]:
    """A tensor of the graph, as Keras 3 writes it."""
    items = as_list(reference, "a tensor")
    name = as_text(items[0] if items else None, "the layer of a tensor")
    # Keras 1 and 2 leave both indices out where they are 0.
    call, index = [*items[1:3], 0, 0][:2]
    if type(call) is not int or type(index) is not int:
        raise Malformed("an index of a tensor must be an integer")
    history = [name, max(call - firsts.get(name, 0), 0), index]
    return {"class_name": "__keras_tensor__", "config": {"keras_history": history}}


def _without_nothing(keywords: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in keywords.items() if value is not None}


def _name(entry: Mapping[str, Any]) -> str:
    config = entry.get("config")
    name = entry.get("name") or (config.get("name") if isinstance(config, Mapping) else None)
    return name if isinstance(name, str) else ""
