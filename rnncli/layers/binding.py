"""ModelSpec → Model: every name looked up, every argument checked, without Keras."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rnncli.config.grammar import is_object_name
from rnncli.config.spec import (
    Argument,
    InputSpec,
    LayerSpec,
    ModelSpec,
    ObjectSpec,
    Value,
)
from rnncli.layers.arguments import CELLS, LAYER, Kind
from rnncli.layers.kinds import kind_of
from rnncli.layers.model import Input, KerasObject, Model, Node, TensorRef, output_names
from rnncli.layers.naming import Namer
from rnncli.layers.settings import apply_settings
from rnncli.layers.signatures import FAMILIES, Signature, signatures
from rnncli.layers.words import IDS, KERAS_2_ARGUMENTS, MERGES, NOT_A_LAYER, RUNS_CODE
from rnncli.problems import Place, Problem, did_you_mean, problem
from rnncli.report import ITEM_BYTES

_EMPTY = Signature("", {})


def bind(spec: ModelSpec) -> Model:
    """The model with all its words resolved; what is wrong is in its ``problems``."""
    if spec.settings:
        # A setting names a layer by its name, which only binding gives to a nameless one.
        names = [node.layer.name for node in _Binder(spec).model().nodes]
        spec = apply_settings(spec, names)
    return _Binder(spec).model()


class _Binder:
    def __init__(self, spec: ModelSpec) -> None:
        self.spec = spec
        self.known = signatures()
        self.problems: list[Problem] = list(spec.problems)
        given = [each.name for each in spec.layers if each.name is not None]
        self.namer = Namer({*given, *(each.name for each in spec.inputs)})

    def model(self) -> Model:
        names: dict[str, Place] = {each.name: each.place for each in self.spec.inputs}
        nodes: list[Node] = []
        last = tuple(TensorRef(each.name) for each in self.spec.inputs)
        for each in self.spec.layers:
            layer = self._layer(each)
            self._check_unique(layer, each, names)
            nodes.append(Node(layer, self._read(layer, last)))
            last = tuple(TensorRef(layer.name, tensor) for tensor in output_names(layer))
        return Model(
            name=self.spec.name,
            source=self.spec.source.name,
            inputs=tuple(self._input(each, nodes) for each in self.spec.inputs),
            nodes=tuple(nodes),
            outputs=last if nodes else (),
            problems=tuple(self.problems),
        )

    def _read(
        self, layer: KerasObject, given: tuple[TensorRef, ...]
    ) -> tuple[TensorRef, ...]:
        """What a layer reads of what the one before it gives: only a merge takes several."""
        if len(given) > 1 and layer.cls not in MERGES:
            node, (first, second) = given[0].node, (each.tensor for each in given[:2])
            self._add(
                "two-outputs",
                f"{layer.label} takes one tensor, and {node} gives two: {first} and {second}",
                f"put Concatenate after {node}, or leave merge_mode: null out of it",
                layer.place,
            )
        return given if layer.cls in MERGES else given[:1]

    def _check_unique(self, layer: KerasObject, spec: LayerSpec, names: dict[str, Place]) -> None:
        first = names.setdefault(layer.name, spec.place)
        if first is not spec.place:
            self._add(
                "duplicate-name",
                f"two layers are named {layer.name}: on line {first.line} and on line "
                f"{spec.place.line}",
                "rename one of them",
                spec.name_place or spec.place,
            )

    def _input(self, spec: InputSpec, nodes: list[Node]) -> Input:
        """Integer where the config says so, or where an Embedding or its like reads it."""
        readers = (_reads_ids(each.layer) for each in nodes if TensorRef(spec.name) in each.sources)
        reader = next((each for each in readers if each), None)
        dtype = spec.dtype or ("int32" if reader or spec.below else "float32")
        if dtype not in (known := (*ITEM_BYTES, "string")):
            near = did_you_mean(dtype, known)
            fix = f"did you mean {near}?" if near else "such as float32 or int32"
            self._add("bad-input", f"there is no dtype {dtype}", fix, spec.place)
            dtype = "float32"
        below = spec.below
        if below is None and reader and not reader.faulty:
            below = reader[IDS[reader.cls]]
        return Input(spec.name, spec.shape, dtype, below, spec.place)

    # Objects

    def _layer(self, spec: LayerSpec) -> KerasObject:
        layer = self._object(spec.object, "layers")
        given = layer.arguments.get("name")
        if spec.name is not None and given is not None and given != spec.name:
            self._add(
                "duplicate-key",
                f"this layer is named twice: {spec.name} and {given}",
                "keep one of them",
                layer.places["name"],
            )
        return replace(layer, name=spec.name) if spec.name is not None else layer

    def _object(self, spec: ObjectSpec, family: str) -> KerasObject:
        classes = self.known.family(family)
        cls = self.known.aliases.get(spec.cls, spec.cls)
        signature = classes.get(cls)
        unusable = RUNS_CODE.get(spec.cls) or NOT_A_LAYER.get(spec.cls)
        if signature is None or unusable:
            self._unknown_class(spec, family, unusable)
            return KerasObject(family, spec.cls, _EMPTY, spec.place, spec.cls.lower(), faulty=True)
        before = len(self.problems)
        arguments, places = self._arguments(spec, cls, signature)
        name = str(arguments.get("name") or "")
        if family == "layers" and not name:
            name = self.namer.name(signature.cls)
        faulty = len(self.problems) > before
        return KerasObject(family, cls, signature, spec.place, name, arguments, places, faulty)

    def _unknown_class(self, spec: ObjectSpec, family: str, unusable: str | None) -> None:
        what = family.removesuffix("s")
        if unusable and spec.cls in RUNS_CODE:
            self._add("runs-code", f"{spec.cls} is refused: a config runs no code", unusable,
                      spec.place)  # fmt: skip
            return
        if unusable:
            self._add("unknown-layer", f"{spec.cls} is not a layer to put in a stack", unusable,
                      spec.place)  # fmt: skip
            return
        names = {*self.known.family(family), *self.known.aliases}
        near = did_you_mean(spec.cls, names)
        elsewhere = next((f for f in FAMILIES if spec.cls in self.known.family(f)), None)
        fix = f"did you mean {near}?" if near else None
        if elsewhere:
            fix = f"{spec.cls} is one of Keras's {elsewhere}"
        code = "unknown-layer" if family == "layers" else "unknown-object"
        self._add(code, f"Keras has no {what} {spec.cls}", fix, spec.place)

    def _arguments(
        self, spec: ObjectSpec, cls: str, signature: Signature
    ) -> tuple[dict[str, Any], dict[str, Place]]:
        values: dict[str, Any] = {}
        places: dict[str, Place] = {}
        for name, argument in self._named(spec, cls, signature).items():
            parameter = signature.arguments.get(name)
            if parameter is None:
                self._unknown_argument(name, argument, cls, signature)
                continue
            kind = kind_of(cls, name, parameter)
            places[name] = argument.value.place
            before = len(self.problems)
            value = self._value(argument.value, kind, f"{name} of {cls}", parameter.default is None)
            if len(self.problems) == before:
                values[name] = value
        missing = [
            name
            for name, parameter in signature.arguments.items()
            if parameter.required and name not in places
        ]
        for name in missing:
            example = kind_of(cls, name, signature.arguments[name]).example
            self._add(
                "missing-argument",
                f"{cls} needs {name}",
                f"write {cls}: {{{name}: {example}}}",
                spec.place,
            )
        return values, places

    def _named(self, spec: ObjectSpec, cls: str, signature: Signature) -> Mapping[str, Argument]:
        """The arguments by name: a value without one is the first argument."""
        if spec.first is None:
            return spec.keywords
        first = next(iter(signature.arguments), None)
        if first is None:
            self._add("unknown-argument", f"{cls} takes no argument", None, spec.first.place)
            return spec.keywords
        if first in spec.keywords:
            self._add(
                "duplicate-key",
                f"{first} of {cls} is given twice: by its place and by its name",
                "keep one of them",
                spec.keywords[first].key,
            )
        return {first: Argument(spec.first.place, spec.first), **spec.keywords}

    def _unknown_argument(
        self, name: str, argument: Argument, cls: str, signature: Signature
    ) -> None:
        near = did_you_mean(name, signature.arguments)
        old = KERAS_2_ARGUMENTS.get(name)
        if old:
            self._add("keras-2-argument", f"{cls} takes no {name} since Keras 3", old, argument.key)
            return
        listed = ", ".join(a for a in signature.arguments if a not in _COMMON)
        fix = f"did you mean {near}?" if near else f"it takes {listed or 'none of its own'}"
        self._add("unknown-argument", f"{cls} has no argument {name}", fix, argument.key)

    # Values

    def _value(self, value: Value, kind: Kind, what: str, nullable: bool) -> Any:
        data = value.data
        if isinstance(data, str) and kind in (LAYER, CELLS) and is_object_name(data):
            data = ObjectSpec(data, value.place)
        if isinstance(data, ObjectSpec):
            if kind.family:
                return self._object(data, kind.family)
            self._wrong("wrong-type", what, kind, f"an object {data.cls}", value.place)
            return None
        if kind is CELLS and isinstance(data, tuple) and data:
            return [self._value(each, LAYER, what, nullable=False) for each in data]
        plain = self._plain(value)
        if plain is None and (nullable or kind.nullable):
            return None
        if isinstance(plain, str) and kind.words:
            self._check_word(plain, kind, what, value.place)
        elif not kind.fits(plain):
            self._wrong("wrong-type", what, kind, _shown(plain), value.place)
        elif not kind.allowed(plain):
            self._wrong("wrong-value", what, kind, _shown(plain), value.place)
        return plain

    def _plain(self, value: Value) -> Any:
        """The value as plain Python; an object among it is a problem."""
        if isinstance(value.data, tuple):
            return [self._plain(each) for each in value.data]
        if isinstance(value.data, ObjectSpec):
            self._add("wrong-type", f"no object may stand here, such as {value.data.cls}", None,
                      value.place)  # fmt: skip
            return None
        if isinstance(value.data, Mapping):
            # Keras would make an object of such a mapping, of any class it can import.
            self._add("wrong-type", "a mapping cannot stand here", "an object is {Name: arguments}",
                      value.place)  # fmt: skip
            return None
        return value.data

    def _check_word(self, word: str, kind: Kind, what: str, place: Place) -> None:
        words = self.known.identifiers[kind.words or ""]
        if word not in words:
            near = did_you_mean(word, words)
            fix = f"did you mean {near}?" if near else f"such as {kind.example}"
            self._add("wrong-value", f"{what} is {kind.expects}; Keras has no {word}", fix, place)

    def _wrong(self, code: str, what: str, kind: Kind, shown: str, place: Place) -> None:
        near = did_you_mean(shown, kind.options) if kind.options else None
        fix = f"did you mean {near}?" if near else f"such as {kind.example}"
        if kind.nullable and shown.lower() == "none":
            fix = "write null"
        elif shown in {"yes", "on", "True", "y"}:
            fix = "write true: YAML 1.2 knows no other word for it"
        elif shown in {"no", "off", "False", "n"} and kind.expects == "true or false":
            fix = "write false: YAML 1.2 knows no other word for it"
        self._add(code, f"{what} is {kind.expects}, not {shown}", fix, place)

    def _add(self, code: str, message: str, fix: str | None, place: Place) -> None:
        self.problems.append(problem(code, message, fix, place=place))


def _reads_ids(layer: KerasObject) -> KerasObject | None:
    """The layer, or the one that it wraps, if it is one that reads ids."""
    if layer.cls in IDS:
        return layer
    held = layer.arguments.get("layer")
    return _reads_ids(held) if isinstance(held, KerasObject) else None


_COMMON = frozenset({"name", "trainable", "dtype", "autocast", "activity_regularizer"})


def _shown(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    return text if len(text) <= 40 else text[:37] + "…"
