"""Node → ModelSpec: the grammar of a config. Every problem is collected, not the first only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePath

from rnncli.config.nodes import Node, Pair, parse_nodes
from rnncli.config.spec import (
    Argument,
    InputSpec,
    LayerSpec,
    ModelSpec,
    ObjectSpec,
    Reference,
    Value,
)
from rnncli.problems import (
    ConfigError,
    Place,
    Problem,
    Severity,
    Source,
    did_you_mean,
    problem,
)

VERSION = 1
TOP_KEYS = ("version", "name", "input", "inputs", "layers", "outputs")
ENTRY_KEYS = ("name", "from")
INPUT_KEYS = ("shape", "dtype", "below")

_LAYER_NAME = "a layer's name"
_EXAMPLE = "write input: [5, 8] and layers:, a list such as\n    layers:\n      - LSTM: 3"


def parse(source: Source) -> ModelSpec:
    """The model that a config describes.

    Raises:
        ConfigError: the text is not a YAML mapping; whatever else is wrong is in ``problems``.
    """
    root = parse_nodes(source)
    if not isinstance(root.value, Mapping):
        raise ConfigError(
            problem("not-a-config", "a config is a mapping of keys", _EXAMPLE, place=root.place)
        )
    return _Grammar(source).model(root.value, root.place)


def parse_value(source: Source) -> Value:
    """One value by the same grammar, as ``--set`` takes it.

    Raises:
        ConfigError: the text is not YAML.
    """
    grammar = _Grammar(source)
    value = grammar.value(parse_nodes(source))
    if grammar.problems:
        raise ConfigError(*grammar.problems)
    return value


def is_object_name(key: str) -> bool:
    """Whether a key names a Keras object: those are capitalised."""
    return key[:1].isupper()


class _Grammar:
    """Walks one config's nodes and gathers what is wrong on the way."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.problems: list[Problem] = []

    def model(self, pairs: Mapping[str, Pair], place: Place) -> ModelSpec:
        self._check_keys(pairs, TOP_KEYS, "a config")
        self._check_version(pairs.get("version"))
        inputs: tuple[InputSpec, ...] = ()
        layers: tuple[LayerSpec, ...] = ()
        for key in ("input", "layers"):
            if key not in pairs and (key == "layers" or "inputs" not in pairs):
                self._add("missing-key", f"this config has no {key}", _EXAMPLE, place)
        if "input" in pairs:
            found = self._input("input", pairs["input"])
            inputs = (found,) if found else ()
        if "inputs" in pairs:
            inputs = (*inputs, *self._inputs(pairs["inputs"], "input" in pairs))
        if "layers" in pairs:
            layers = self._layers(pairs["layers"])
        return ModelSpec(
            name=self._model_name(pairs.get("name")),
            source=self.source,
            inputs=inputs,
            layers=layers,
            outputs=self._references(pairs["outputs"].value) if "outputs" in pairs else None,
            problems=tuple(self.problems),
        )

    def _check_version(self, pair: Pair | None) -> None:
        if pair and (pair.value.value != VERSION or isinstance(pair.value.value, bool)):
            self._add(
                "bad-version", f"the config's version is {VERSION}", "version: 1", pair.value.place
            )

    def _model_name(self, pair: Pair | None) -> str:
        if pair:
            return self._name(pair.value, "the model's name") or "model"
        stem = PurePath(self.source.name).stem
        return "model" if self.source.name.startswith("<") else stem or "model"

    def _name(self, node: Node, what: str) -> str | None:
        name = node.value
        if not isinstance(name, str) or not name.strip():
            self._add("bad-name", f"{what} is a word", "put it in quotes", node.place)
        elif not name.isprintable() or ("/" in name and what == _LAYER_NAME):
            allowed = "".join(c if c.isprintable() and c != "/" else "_" for c in name)
            message = f"{what} cannot hold / or control characters"
            self._add("bad-name", message, f"such as {allowed}", node.place)
        else:
            return name
        return None

    # Inputs

    def _inputs(self, pair: Pair, beside_input: bool) -> list[InputSpec]:
        node = pair.value
        if beside_input:
            fix = "move it under inputs: {input: …}"
            self._add("duplicate-key", "both input and inputs are given", fix, pair.key)
        if not isinstance(node.value, Mapping) or not node.value:
            fix = "write inputs: {source: [5, 8], target: [7, 4]}"
            self._add("bad-input", "inputs is a mapping of names to shapes", fix, node.place)
            return []
        found = [self._input(name, each) for name, each in node.value.items()]
        return [each for each in found if each is not None]

    def _input(self, name: str, pair: Pair) -> InputSpec | None:
        node = pair.value
        dtype: str | None = None
        below: int | None = None
        if isinstance(node.value, Mapping):
            fields = node.value
            self._check_keys(fields, INPUT_KEYS, "an input")
            if "shape" not in fields:
                self._add("missing-key", "this input has no shape", "shape: [5, 8]", node.place)
                return None
            dtype = self._dtype(fields.get("dtype"))
            below = self._below(fields.get("below"))
            node = fields["shape"].value
        shape = self._shape(node)
        return None if shape is None else InputSpec(name, shape, node.place, dtype, below)

    def _dtype(self, pair: Pair | None) -> str | None:
        if pair is None:
            return None
        if isinstance(pair.value.value, str):
            return pair.value.value
        self._add("bad-input", "a dtype is a word", "dtype: int32", pair.value.place)
        return None

    def _below(self, pair: Pair | None) -> int | None:
        if pair is None:
            return None
        below = pair.value.value
        if isinstance(below, int) and not isinstance(below, bool) and below > 0:
            return below
        fix = "integers are drawn from [0, below): write below: 50"
        self._add("bad-input", "below is a positive integer", fix, pair.value.place)
        return None

    def _shape(self, node: Node) -> tuple[int | None, ...] | None:
        if not isinstance(node.value, tuple):
            written = node.value if isinstance(node.value, int | str) else "5"
            self._add(
                "bad-input",
                "a shape is a list of sizes, without the batch axis",
                f"write [{written}], or [5, 8] for 5 time steps of 8 features",
                node.place,
            )
            return None
        axes = [self._axis(each) for each in node.value]
        return tuple(axes) if len(axes) == len([a for a in axes if a != -1]) else None

    def _axis(self, node: Node) -> int | None:
        """The size of an axis, None for an unknown one, -1 for what is no size."""
        size = node.value
        if size is None:
            return None
        if isinstance(size, int) and not isinstance(size, bool):
            if size > 0:
                return size
            fix = "write null where the size is unknown"
            self._add("bad-input", f"an axis has at least size 1, not {size}", fix, node.place)
        elif size == "None":
            fix = "write null: it is YAML's word for Keras's None"
            self._add("python-none", "None is Python's word", fix, node.place)
        else:
            fix = "write an integer, or null where the size is unknown"
            self._add("bad-input", "an axis is a positive integer or null", fix, node.place)
        return -1

    # Layers

    def _layers(self, pair: Pair) -> tuple[LayerSpec, ...]:
        node = pair.value
        if isinstance(node.value, Mapping):
            fix = "put a dash before each layer: - LSTM: 3"
            self._add("bad-entry", "layers is a list, one entry a layer", fix, node.place)
            return ()
        if not isinstance(node.value, tuple) or not node.value:
            place = pair.key if node.value is None or node.value == () else node.place
            self._add("bad-entry", "layers is a list, one entry a layer", "- LSTM: 3", place)
            return ()
        entries = (self._entry(each) for each in node.value)
        return tuple(each for each in entries if each is not None)

    def _entry(self, node: Node) -> LayerSpec | None:
        if isinstance(node.value, str):
            return LayerSpec(ObjectSpec(node.value, node.place), node.place)
        if not isinstance(node.value, Mapping) or not node.value:
            self._add("bad-entry", "this is not a layer", "write - LSTM: 3", node.place)
            return None
        pairs = node.value
        names = [key for key in pairs if is_object_name(key)]
        if not names:
            names = [key for key in pairs if key not in ENTRY_KEYS][:1]
        if len(names) != 1:
            self._one_object(pairs, names, node.place)
            return None
        cls = names[0]
        for key in pairs:
            if key != cls and key not in ENTRY_KEYS:
                near = did_you_mean(key, ENTRY_KEYS)
                fix = f"did you mean {near}?" if near else None
                self._add(
                    "unknown-key",
                    f"{key} stands beside {cls}, where only {' and '.join(ENTRY_KEYS)} may stand",
                    fix or f"arguments stand under their layer: - {cls}: {{…, {key}: …}}",
                    pairs[key].key,
                )
        name_pair = pairs.get("name")
        return LayerSpec(
            object=self.object(cls, pairs[cls]),
            place=_span(pairs[cls]),
            name=self._name(name_pair.value, _LAYER_NAME) if name_pair else None,
            name_place=name_pair.value.place if name_pair else None,
            sources=self._references(pairs["from"].value) if "from" in pairs else None,
        )

    # References

    def _references(self, node: Node) -> tuple[Reference, ...]:
        """A name, a list of names, or names by what they are to the layer."""
        if isinstance(node.value, tuple):
            found = [self._reference(each) for each in node.value]
        elif isinstance(node.value, Mapping):
            found = [self._reference(pair.value, role) for role, pair in node.value.items()]
        else:
            found = [self._reference(node)]
        if not found:
            self._add("bad-reference", "nothing is named here", "write from: lstm", node.place)
        return tuple(each for each in found if each is not None)

    def _reference(self, node: Node, role: str | None = None) -> Reference | None:
        if not isinstance(node.value, str) or not node.value:
            fix = "write the name of a layer or an input, or layer.state"
            self._add("bad-reference", "a reference is a name", fix, node.place)
            return None
        name, _, tensor = node.value.partition(".")
        return Reference(name, tensor or None, node.place, role)

    def _one_object(self, pairs: Mapping[str, Pair], names: list[str], place: Place) -> None:
        if names:
            self._add(
                "bad-entry",
                f"{' and '.join(names)} stand in one entry",
                f"put a dash before {names[1]}, or nest it deeper if it belongs to {names[0]}",
                pairs[names[1]].key,
            )
        else:
            self._add("bad-entry", "this entry names no layer", "write - LSTM: 3", place)

    # Keras objects, wherever they stand

    def object(self, cls: str, pair: Pair) -> ObjectSpec:
        """The object under a capitalised key, such as ``LSTM: {units: 3}``."""
        body = pair.value
        place = _span(pair)
        if body.value is None:
            return ObjectSpec(cls, place)
        if not isinstance(body.value, Mapping):
            return ObjectSpec(cls, place, first=self.value(body))
        names = [key for key in body.value if is_object_name(key)]
        if len(names) > 1:
            self._one_object(body.value, names, body.place)
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
            self._add(
                "bad-entry",
                f"{other} stands beside {names[0]}",
                f"arguments stand under their object: {{{names[0]}: {{{other}: …}}}}",
                pairs[other].key,
            )
        arguments = {k: Argument(p.key, self.value(p.value)) for k, p in pairs.items()}
        return Value(arguments, node.place)

    # Problems

    def _check_keys(self, pairs: Mapping[str, Pair], known: Iterable[str], what: str) -> None:
        for key, pair in pairs.items():
            if key in known:
                continue
            near = did_you_mean(key, known)
            fix = f"did you mean {near}?" if near else f"the keys are {', '.join(known)}"
            self._add("unknown-key", f"{what} has no key {key}", fix, pair.key)

    def _add(
        self,
        code: str,
        message: str,
        fix: str | None,
        place: Place,
        severity: Severity = "error",
    ) -> None:
        self.problems.append(problem(code, message, fix, place=place, severity=severity))


def _span(pair: Pair) -> Place:
    """From a key to the end of its value, as far as both stand on one line."""
    key, value = pair.key, pair.value.place
    end = value.end if value.line == key.line and value.end > key.end else key.end
    return Place(key.source, key.line, key.column, end)
