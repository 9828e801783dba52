"""Habits from Keras and other programs at the top of a config: reported, and read as intended.

Each function reports one mistake and returns the config without it, so that no other problem
follows from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec.structs import replace

from rnncli.config import python
from rnncli.config.edits import (
    insert_key,
    remove,
    remove_entry,
    rename,
    replace_value,
    together,
)
from rnncli.config.findings import ProblemCollector
from rnncli.config.nodes import Node, Pair, plain
from rnncli.config.restructuring import move_up, unwrap
from rnncli.config.shapes import SHAPE_ARGUMENTS, arguments_of, of_arguments
from rnncli.config.writing import flow
from rnncli.problems import ConfigError, Edits, Place, problem
from rnncli.suggestions import did_you_mean

Pairs = Mapping[str, Pair]

# Other names of the keys, from other programs and from Keras's arguments.
_CALLED: Mapping[str, str] = {
    **dict.fromkeys((*SHAPE_ARGUMENTS, "input_size"), "input"),
    **dict.fromkeys(("sequential", "model", "network", "net", "architecture", "stack"), "layers"),
    **dict.fromkeys(("modules", "blocks", "body"), "layers"),
    "batch_size": "batch",
    "title": "name",
}
_WRAPPERS = ("model", "sequential", "functional", "network", "net", "architecture", "config")
_TRAINING = frozenset(
    {"optimizer", "loss", "metrics", "compile", "fit", "training", "train", "epochs", "callbacks"}
    | {"learning_rate", "lr", "data", "dataset"}
)
_INPUTS = ("Input", "InputLayer")


def understood(pairs: Pairs, known: Iterable[str], collector: ProblemCollector) -> Pairs:
    """The pairs of a config under the keys that their author meant."""
    if "class_name" in pairs and "config" in pairs:
        raise ConfigError(_model_of_keras(pairs))
    known = tuple(known)
    unknown = [key for key in pairs if key not in known]
    wrapper = next((key for key in unknown if _wraps(key, pairs[key], known)), None)
    if wrapper is not None:
        rest = {key: pair for key, pair in pairs.items() if key != wrapper}
        pairs = {**_unwrapped(wrapper, pairs, collector), **rest}
        unknown = [key for key in pairs if key not in known]
    meant: dict[str, Pair] = {key: pair for key, pair in pairs.items() if key in known}
    for key in unknown:
        word = _meant(key, known)
        if word is None or word in meant or word in pairs:
            _tell_unknown(key, pairs[key], word, known, collector)
        else:
            meant[word] = _renamed(key, word, pairs[key], collector)
    return meant


def _meant(key: str, known: tuple[str, ...]) -> str | None:
    lowered = key.lower()
    if lowered in _TRAINING:
        return None
    if lowered in known:
        return lowered
    called = _CALLED.get(lowered)
    return called if called in known else did_you_mean(key, known)


def _renamed(key: str, word: str, pair: Pair, collector: ProblemCollector) -> Pair:
    edits = rename(pair.key, key, word)
    fix = f"write {word}: in place of {key}:"
    if SHAPE_ARGUMENTS.get(key):
        shape_and_rest = of_arguments({key: plain(pair.value)})
        if shape_and_rest is not None:
            shape = list(shape_and_rest[0])
            fix = f"write {word}: {flow(shape)}, without the batch"
            edits = together(edits, replace_value(pair.value.place, shape))
            items = tuple(Node(size, pair.value.place) for size in shape)
            pair = Pair(pair.key, replace(pair.value, value=items))
    collector.add("unknown-key", f"a config has no key {key}", fix, pair.key, edits=edits)
    return pair


def _tell_unknown(
    key: str, pair: Pair, word: str | None, known: tuple[str, ...], collector: ProblemCollector
) -> None:
    fix = f"leave {key} out: the keys are {', '.join(known)}"
    if key.lower() in _TRAINING:
        fix = f"leave {key} out: a config describes the model, not its training"
    elif word is not None:
        fix = f"leave {key} out: {word} is given already"
    edits = remove(pair.key)
    collector.add(
        "unknown-key", f"a config has no key {key}", fix, pair.key, edits=edits, safe=False
    )


def _wraps(key: str, pair: Pair, known: tuple[str, ...]) -> bool:
    """Whether the whole config stands under a key."""
    wrapped = pair.value.value
    if key.lower() not in _WRAPPERS or not isinstance(wrapped, Mapping):
        return False
    return bool(wrapped.keys() & {"layers", "input", "inputs"})


def _unwrapped(key: str, pairs: Pairs, collector: ProblemCollector) -> Pairs:
    wrapped = pairs[key].value.value
    assert isinstance(wrapped, Mapping)
    collector.add(
        "unknown-key",
        f"a config has no key {key}: its contents belong at the top",
        f"leave {key}: out",
        pairs[key].key,
        edits=unwrap(pairs[key].key) if not wrapped.keys() & (pairs.keys() - {key}) else (),
    )
    return wrapped


def _model_of_keras(pairs: Pairs) -> Any:
    return problem(
        "model-file",
        "this is a model of Keras as JSON (to_json), and rnncli reads configs",
        "describe its layers in a config: rnncli new prints one to start from",
        place=next(iter(pairs.values())).key,
    )


def one_of_both(pairs: Pairs, collector: ProblemCollector) -> Pairs:
    """A config that has both ``input`` and ``inputs``, with one of them."""
    key, inputs = pairs["input"].key, pairs["inputs"]
    several = inputs.value.value
    if not isinstance(several, Mapping):
        edits: Edits = remove(inputs.key)
        fix, kept = "leave inputs out", {k: v for k, v in pairs.items() if k != "inputs"}
    elif "layers" in pairs and _is_read("input", pairs["layers"].value):
        edits = move_up(key, inputs.key)
        fix, kept = "move it under inputs: {input: …}", dict(pairs)
    else:
        edits = remove(key)
        fix = "leave input out, or move it under inputs if a layer reads it"
        kept = {k: v for k, v in pairs.items() if k != "input"}
    collector.add(
        "duplicate-key", "both input and inputs are given", fix, inputs.key, edits=edits, safe=False
    )
    return kept


def _is_read(name: str, node: Node) -> bool:
    """Whether a name stands anywhere in a value."""
    inside = [node]
    while inside:
        value = inside.pop().value
        if isinstance(value, str) and value.partition(".")[0] == name:
            return True
        if isinstance(value, tuple):
            inside += value
        elif isinstance(value, Mapping):
            inside += [pair.value for pair in value.values()]
    return False


# An input among the layers


def with_input(pairs: Pairs, collector: ProblemCollector) -> Pairs | None:
    """A config whose first layer names the input, as in Keras; None if the first layer does not."""
    layers = pairs["layers"]
    if not isinstance(layers.value.value, tuple) or not layers.value.value:
        return None
    first, *rest = layers.value.value
    input_layer = _input_layer(first)
    if input_layer is not None:
        shape, more = input_layer
        key, value = _as_input(shape, more)
        edits = together(remove_entry(_word(first)), insert_key(layers.key, key, value))
        message = "Input is not a layer in a config: the input is at the top"
        kept = tuple(rest)
    else:
        layer_shape = _shape_of_layer(first)
        if layer_shape is None:
            return None
        shape, place, other = layer_shape
        key, value = "input", list(shape)
        edits = insert_key(layers.key, key, value)
        if place is not None:
            edits = together(edits, remove(place))
        message = "the shape of the input is at the top, not in the first layer"
        kept = (other, *rest)
    collector.add(
        "misplaced-input", message, f"write {flow({key: value})[1:-1]} above layers",
        _word(first), edits=edits,
    )  # fmt: skip
    return {
        key: Pair(layers.key, _node(value, layers.key)),
        **pairs,
        "layers": Pair(layers.key, replace(layers.value, value=kept)),
    }


def _word(entry: Node) -> Place:
    """Where an entry's first word stands."""
    if isinstance(entry.value, Mapping) and entry.value:
        return next(iter(entry.value.values())).key
    return entry.place


def _input_layer(entry: Node) -> tuple[tuple[int | None, ...], Mapping[str, Any]] | None:
    """The shape of an entry that is Keras's Input, and its other arguments."""
    arguments: Mapping[str, Any] | None = None
    if isinstance(entry.value, str):
        call = _called(entry)
        arguments = arguments_of(call) if call and call.last in _INPUTS else None
    elif isinstance(entry.value, Mapping):
        cls = next((key for key in entry.value if key.rpartition(".")[2] in _INPUTS), None)
        if cls is not None:
            value = plain(entry.value[cls].value)
            arguments = value if isinstance(value, Mapping) else {"shape": value}
            named = entry.value.get("name")
            arguments = {**arguments, "name": plain(named.value)} if named else arguments
    return of_arguments(arguments) if arguments is not None else None


def _as_input(shape: Iterable[int | None], more: Mapping[str, Any]) -> tuple[str, Any]:
    """The same input as a key and a value at the top of a config."""
    value: Any = list(shape)
    if isinstance(more.get("dtype"), str):
        value = {"shape": value, "dtype": more["dtype"]}
    name = more.get("name")
    return ("inputs", {name: value}) if isinstance(name, str) else ("input", value)


def _shape_of_layer(entry: Node) -> tuple[tuple[int | None, ...], Place | None, Node] | None:
    """The first layer's input shape, as in Keras 2, its place, and the layer without it."""
    if isinstance(entry.value, str):
        call = _called(entry)
        shape_and_rest = of_arguments(call.keywords) if call else None
        return (shape_and_rest[0], None, entry) if shape_and_rest else None
    if not isinstance(entry.value, Mapping):
        return None
    for cls, pair in entry.value.items():
        arguments = pair.value.value
        if not isinstance(arguments, Mapping) or not cls.rpartition(".")[2][:1].isupper():
            continue
        names = [name for name in arguments if name in SHAPE_ARGUMENTS]
        shape_and_rest = of_arguments({name: plain(arguments[name].value) for name in names[:1]})
        if shape_and_rest is None:
            return None
        rest = {name: inner for name, inner in arguments.items() if name != names[0]}
        other = {**entry.value, cls: Pair(pair.key, replace(pair.value, value=rest))}
        return shape_and_rest[0], arguments[names[0]].key, replace(entry, value=other)
    return None


def _called(entry: Node) -> python.Call | None:
    """The Python call that an entry spells; None if it is not one."""
    text = python.call_text(entry.place, str(entry.value))
    try:
        call = python.understand(text[0]) if text else None
    except ValueError:
        return None
    return call if isinstance(call, python.Call) else None


def _node(value: Any, place: Place) -> Node:
    """A value as a node, as if it were written at a place."""
    place = replace(place, verbatim=False)
    if isinstance(value, list):
        return Node(tuple(_node(item, place) for item in value), place)
    if isinstance(value, Mapping):
        return Node({k: Pair(place, _node(item, place)) for k, item in value.items()}, place)
    return Node(value, place)
