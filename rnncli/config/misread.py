"""Entries and values that YAML reads differently than intended: reported, and put right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from rnncli.config import python
from rnncli.config.edits import add_beside, remove, replace_entry, replace_text, together
from rnncli.config.findings import ProblemCollector
from rnncli.config.nodes import Node, Pair, plain
from rnncli.config.restructuring import listed, move_out, split_entry
from rnncli.config.spec import Argument, ObjectSpec, Value
from rnncli.config.values import Values, is_object_name
from rnncli.config.writing import flow, inline
from rnncli.problems import Place

# The keys under which other programs give a layer's class, and those for its arguments.
_CLASS_KEYS = ("class_name", "type", "class", "cls", "layer", "layer_type", "kind", "module", "op")
_BESIDE = ("name", "from", "initial_state", "call")
_ARGUMENT_KEYS = ("config", "args", "kwargs", "params", "arguments", "parameters", "options")
_OF_KERAS = ("module", "registered_name", "build_config", "inbound_nodes")


def entries_of(pair: Pair, collector: ProblemCollector) -> tuple[Node, ...]:
    """The entries, if any, of a ``layers`` that is not a list, which is reported."""
    node = pair.value
    message = "layers is a list, one entry a layer"
    if isinstance(node.value, Mapping) and node.value:
        fix = "put a dash before each layer: - LSTM: 3"
        collector.add("bad-entry", message, fix, node.place, edits=listed(node.place))
        return tuple(Node({key: inner}, inner.key) for key, inner in node.value.items())
    place = pair.key if node.value in (None, (), {}) else node.place
    fix = "write a list, one entry a layer: - LSTM: 3"
    if isinstance(node.value, str) and is_object_name(node.value):
        fix = f"write a list: - {node.value}"
    collector.add("bad-entry", message, fix, place)
    return ()


def apart(node: Node, kinds: list[str], collector: ProblemCollector) -> list[Node]:
    """Splits an item in which several entries run together, which is reported."""
    pairs = node.value
    assert isinstance(pairs, Mapping)
    first, second = kinds[:2]
    if "repeat" in kinds and len(kinds) == 2:
        return [_block(node, next(key for key in kinds if key != "repeat"), collector)]
    collector.add(
        "bad-entry",
        f"{first} and {second} are in one entry",
        f"put a dash before {second}, or nest it deeper if it belongs to {first}",
        pairs[second].key,
        edits=split_entry(pairs[second].key),
        safe=False,
    )
    keys = list(pairs)
    cut = keys.index(second)
    parts = ({key: pairs[key] for key in keys[:cut]}, {key: pairs[key] for key in keys[cut:]})
    return [replace(node, value=part) for part in parts]


def _block(node: Node, cls: str, collector: ProblemCollector) -> Node:
    """``repeat`` beside a layer: read as a block of that one layer."""
    pairs = node.value
    assert isinstance(pairs, Mapping)
    outer = {key: pairs[key] for key in ("repeat", "from") if key in pairs}
    inner = replace(node, value={key: pairs[key] for key in pairs if key not in outer})
    block = {**outer, "layers": Pair(pairs[cls].key, Node((inner,), node.place))}
    written = {key: plain(pair.value) for key, pair in block.items()}
    collector.add(
        "bad-entry",
        f"repeat is beside {cls}: it takes a list of layers under it",
        f"write repeat: {flow(written['repeat'])}, and below it layers: [{inline(plain(inner))}]",
        pairs["repeat"].key,
        edits=replace_entry(pairs[cls].key, written),
    )
    return replace(node, value=block)


def moved_out(
    cls: str, pairs: Mapping[str, Pair], collector: ProblemCollector
) -> Mapping[str, Pair]:
    """The pairs of an entry, with ``from``, ``initial_state`` and ``call`` moved out of the
    arguments."""
    arguments = pairs[cls].value.value
    assert isinstance(arguments, Mapping)
    moved = {key: arguments[key] for key in _BESIDE[1:] if key in arguments}
    for key, pair in moved.items():
        value = plain(pair.value)
        edits = move_out(pair.key, pairs[cls].key) or together(
            remove(pair.key), add_beside(pairs[cls].key, key, value)
        )
        collector.add(
            "unknown-key",
            f"{key} is among the arguments of {cls}, but it belongs to the call of the layer",
            f"write it beside {cls}: {key}: {flow(value)}",
            pair.key,
            edits=() if key in pairs else edits,
        )
    rest = {key: pair for key, pair in arguments.items() if key not in moved}
    layer = replace(pairs[cls], value=replace(pairs[cls].value, value=rest))
    return {**moved, **pairs, cls: layer}


def respelled(
    pairs: Mapping[str, Pair], values: Values
) -> tuple[ObjectSpec, Mapping[str, Pair], Place] | None:
    """A layer whose class is the value of a key, ``{type: LSTM, units: 3}``: the layer, the pairs
    beside it, and the place of its entry. None if there is no such key.

    The problem is reported where the layer is looked up: only there is its shortest form known.
    """
    key = next((key for key in _CLASS_KEYS if key in pairs), None)
    cls = pairs[key].value.value if key is not None else None
    if key is None or not isinstance(cls, str) or not is_object_name(cls):
        return None
    beside = {name: pairs[name] for name in _BESIDE if name in pairs}
    arguments: dict[str, Pair] = {}
    for name, pair in pairs.items():
        if name in _ARGUMENT_KEYS and isinstance(pair.value.value, Mapping):
            arguments.update(pair.value.value)
        elif name != key and name not in beside and name not in _OF_KERAS:
            arguments[name] = pair
    place = replace(pairs[key].key, verbatim=False)
    keywords = {
        name: Argument(place, replace(values.value(pair.value), place=place))
        for name, pair in arguments.items()
    }
    return ObjectSpec(cls, place, None, keywords), beside, pairs[key].key


def whole_items(nodes: tuple[Node, ...]) -> tuple[Node, ...]:
    """The items without the rests of calls: YAML reads ``[LSTM(3, name="a")]`` as two items."""
    kept: list[Node] = []
    until: Place | None = None
    for node in nodes:
        at = node.place
        if until is not None and at.line == until.line and at.column < until.end:
            continue
        kept.append(node)
        if isinstance(node.value, str) and node.value.count("(") > node.value.count(")"):
            text = python.call_text(at, node.value)
            if text is not None:
                until = text[1]
                kept[-1] = replace(node, value=text[0], place=until)
    return tuple(kept)


# Values


def sequence(node: Node, collector: ProblemCollector) -> Value:
    """Python's tuple as a list, which is reported; any other word stays as it is."""
    assert isinstance(node.value, str)
    text = python.call_text(node.place, node.value)
    try:
        value = python.understand(text[0]) if text else None
    except ValueError:
        value = None
    if text is None or not isinstance(value, list) or not _is_plain(value):
        return Value(node.value, node.place)
    written = flow(value)
    collector.add(
        "python-spelling",
        "a config is YAML, and this is Python's spelling of a list",
        f"write {written}",
        text[1],
        edits=replace_text(text[1], written),
    )
    return as_value(value, replace(text[1], verbatim=False))


def _is_plain(value: Any) -> bool:
    if isinstance(value, list):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, int | float | str)


def as_value(value: Any, place: Place) -> Value:
    """Plain data as the value of an argument."""
    if isinstance(value, list):
        return Value(tuple(as_value(item, place) for item in value), place)
    return Value(value, place)


def without_rests(pairs: Mapping[str, Pair]) -> Mapping[str, Pair]:
    """The pairs without the rests of calls: YAML reads ``{a: (3, 3)}`` as two pairs."""
    kept: dict[str, Pair] = {}
    until: Place | None = None
    for key, pair in pairs.items():
        at = pair.key
        if until is not None and at.line == until.line and at.column < until.end:
            continue
        kept[key] = pair
        value = pair.value.value
        if isinstance(value, str) and value.count("(") > value.count(")"):
            text = python.call_text(pair.value.place, value)
            until = text[1] if text else None
    return kept
