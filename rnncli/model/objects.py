"""ObjectSpec → KerasObject: a class looked up and its arguments checked, without Keras."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from rnncli.config.spec import Argument, IncludeSpec, LayerSpec, ObjectSpec, Value
from rnncli.config.values import is_object_name
from rnncli.keras_api.argument_kinds import kind_of
from rnncli.keras_api.kinds import CELLS, LAYER, Kind
from rnncli.keras_api.refused import NOT_A_LAYER, RUNS_CODE
from rnncli.keras_api.signatures import Signature, is_another_keras, signatures
from rnncli.keras_api.traits import traits
from rnncli.model.graph import KerasObject
from rnncli.model.naming import Namer
from rnncli.model.nesting import Nested, wraps_no_model
from rnncli.model.oddities import is_odd
from rnncli.problems import Fix, Place, Problem, problem

_EMPTY = Signature("", {})
_PLAIN = (int, float, str, bool, type(None))
# The families of objects that are layers inside another one.
_INNER = ("layers", "models")


class ObjectBinder:
    """Builds the objects that a config describes, one after the other, as Keras would.

    What is wrong is added to ``problems``. The modules that recognize and correct other spellings
    are imported only when one is found.
    """

    def __init__(self, namer: Namer, problems: list[Problem], inner: Nested | None = None) -> None:
        self.known = signatures()
        self.namer = namer
        self.problems = problems
        self.inner = inner

    def layer(self, spec: LayerSpec) -> KerasObject:
        """A layer with its name in the model."""
        if spec.beside or spec.respelled:
            from rnncli.model.habits.misplaced import put_right

            spec = put_right(spec, self.problems)
        has_more = spec.name or spec.inbound or spec.initial_state
        layer = self._object(spec.object, "layers", spec.name, bool(has_more))
        name_argument = layer.arguments.get("name")
        if spec.name is not None and name_argument is not None and name_argument != spec.name:
            from rnncli.model.mending import left_out

            message = f"this layer is named twice: {spec.name} and {name_argument}"
            fix = left_out(layer, "name", "keep one of them", safe=False)
            self._add("duplicate-key", message, fix, layer.places["name"])
        return layer

    def _object(
        self, spec: ObjectSpec, family: str, named: str | None = None, has_more: bool = False
    ) -> KerasObject:
        classes = self.known.family(family)
        cls = self.known.aliases.get(spec.cls, spec.cls)
        signature = classes.get(cls)
        if signature is None or is_odd(spec, cls, signature):
            mended = self._respelled(spec, family, signature, has_more)
            if mended is not None:
                return self._mended(mended, family, named)
        if signature is None or spec.cls in RUNS_CODE or spec.cls in NOT_A_LAYER:
            from rnncli.model.habits.unknown_words import unknown_class

            class_problem, meant = unknown_class(spec, family, self.known)
            self.problems.append(class_problem)
            # It is named after the class that is meant, so that references to it are no problems.
            meant = meant or spec.cls
            name = named or (self.namer.name(meant) if family == "layers" else meant.lower())
            return KerasObject(family, spec.cls, _EMPTY, spec.place, name, invalid=True)
        arguments, places = self.arguments(spec, cls, signature)
        name = named or str(arguments.get("name") or "")
        if family == "layers" and not name:
            name = self.namer.name(signature.cls)
        invalid = _is_invalid(signature, arguments)
        made = KerasObject(family, cls, signature, spec.place, name, arguments, places, invalid)
        if family != "layers" or spec.keywords.keys() <= signature.arguments.keys():
            return made
        from rnncli.model.habits.of_the_call import with_meant_call

        return with_meant_call(made, spec)

    def _respelled(
        self, spec: ObjectSpec, family: str, signature: Signature | None, has_more: bool
    ) -> ObjectSpec | None:
        """The object that another spelling means, after adding a problem; None if there is none."""
        from rnncli.model.habits.misplaced import of_the_inner_layer
        from rnncli.model.habits.spellings import respelled

        respelling = respelled(spec, family, has_more)
        if respelling is None and signature is not None:
            respelling = of_the_inner_layer(spec, signature)
        if respelling is None:
            return None
        self._add(respelling.code, respelling.message, respelling.fix, spec.place)
        return respelling.spec

    def _mended(self, spec: ObjectSpec, family: str, named: str | None) -> KerasObject:
        """The object that is meant. Its problems have no edits: its text is not in the config."""
        before = len(self.problems)
        mended = self._object(spec, family, named)
        self.problems[before:] = [
            replace(problem, edits=(), safe=None) for problem in self.problems[before:]
        ]
        return mended

    def arguments(
        self, spec: ObjectSpec, cls: str, signature: Signature
    ) -> tuple[dict[str, Any], dict[str, Place]]:
        """The checked arguments of an object, and their places; what is wrong is reported."""
        values: dict[str, Any] = {}
        places: dict[str, Place] = {}
        for key, argument in self._named(spec, cls, signature).items():
            known = key in signature.arguments
            name = key if known else self._meant(key, argument, spec, signature)
            if name is not None:
                places[name] = argument.value.place
                value = self._argument(argument.value, name, spec, cls, signature)
                if value is not _INVALID:
                    values[name] = value
            elif is_another_keras():
                # The installed Keras may know the argument: it is passed on unchanged.
                values[key] = self._plain(argument.value)
        missing = [name for name in signature.required if name not in places]
        if missing:
            self._missing(missing, spec, cls, signature)
        return values, places

    def _meant(
        self, key: str, argument: Argument, spec: ObjectSpec, signature: Signature
    ) -> str | None:
        """The argument that an unknown one stands for, after adding a problem; None if unclear."""
        from rnncli.model.habits.unknown_words import unknown_argument

        elsewhere = self.known.keras if is_another_keras() else None
        argument_problem, near = unknown_argument(key, argument.key, spec, signature, elsewhere)
        self.problems.append(argument_problem)
        return None if elsewhere or near in spec.keywords else near

    def _argument(
        self, value: Value, name: str, spec: ObjectSpec, cls: str, signature: Signature
    ) -> Any:
        """The value of an argument, or what it means; ``_INVALID`` after adding a problem.

        An object is kept whatever is wrong in it.
        """
        data, wrapped = value.data, traits(cls).wraps_model
        if isinstance(data, IncludeSpec) and name == wrapped and self.inner is not None:
            return self.inner.model(data)
        parameter = signature.arguments[name]
        kind = kind_of(cls, name, parameter)
        before = len(self.problems)
        checked = self._value(value, kind, f"{name} of {cls}", parameter.default is None)
        if isinstance(checked, _Meant):
            return checked.value
        if len(self.problems) == before or isinstance(checked, KerasObject):
            return checked
        if kind in (LAYER, CELLS) and isinstance(value.data, int):
            self._not_a_layer(spec, cls, value.data)
        return _INVALID

    def _not_a_layer(self, spec: ObjectSpec, cls: str, value: int) -> None:
        """Adds the fix to the problem with a number in the place of a layer."""
        from rnncli.model.habits.unknown_words import wrong_layer

        fix = wrong_layer(cls, value, spec.place)
        type_problem = self.problems[-1]
        edits = tuple(replace(edit, file=None) for edit in fix.edits)
        safe = fix.safe if edits else None
        self.problems[-1] = replace(type_problem, fix=fix.text, edits=edits, safe=safe)

    def _missing(self, names: list[str], spec: ObjectSpec, cls: str, signature: Signature) -> None:
        from rnncli.model.habits.unknown_words import missing_arguments

        examples = {name: kind_of(cls, name, signature.arguments[name]).example for name in names}
        if cls == "Bidirectional":
            examples["layer"] = "{LSTM: 3}"
        self.problems.append(missing_arguments(names, examples, spec, cls, signature))

    def _named(self, spec: ObjectSpec, cls: str, signature: Signature) -> Mapping[str, Argument]:
        """The arguments by name: a value without one is the first argument."""
        if spec.first is None:
            return spec.keywords
        first = next(iter(signature.arguments), None)
        if first is None:
            from rnncli.config.edits import replace_object

            fix = Fix(f"write - {spec.cls}", replace_object(spec.place, spec.cls))
            self._add("unknown-argument", f"{cls} takes no argument", fix, spec.first.place)
            return spec.keywords
        if first in spec.keywords:
            from rnncli.config.edits import remove

            key = spec.keywords[first].key
            message = f"{first} of {cls} is given twice: by its place and by its name"
            fix = Fix("keep one of them", remove(key), safe=False)
            self._add("duplicate-key", message, fix, key)
        return {first: Argument(spec.first.place, spec.first), **spec.keywords}

    # Values

    def _value(self, value: Value, kind: Kind, what: str, nullable: bool) -> Any:
        if kind.family:
            value = self._as_object(value, kind)
        data = value.data
        if isinstance(data, IncludeSpec):
            self.problems.append(wraps_no_model(data, what))
            return None
        if isinstance(data, ObjectSpec):
            return self._object_value(data, kind, what, value.place)
        if kind is CELLS and isinstance(data, tuple) and data:
            return [self._value(cell, LAYER, what, nullable=False) for cell in data]
        if kind.keys and isinstance(data, Mapping):
            return self._pairs(value, data, kind, what)
        return self._plain_value(value, kind, what, nullable)

    def _object_value(self, spec: ObjectSpec, kind: Kind, what: str, place: Place) -> Any:
        if not kind.family:
            message = f"{what} must be {kind.expects}, not an object"
            self._add("wrong-type", message, f"such as {kind.example}", place)
            return None
        if spec.place.verbatim or kind in (LAYER, CELLS):
            return self._object(spec, kind.family)
        return self._mended(spec, kind.family, None)

    def _plain_value(self, value: Value, kind: Kind, what: str, nullable: bool) -> Any:
        plain = self._plain(value)
        if plain is None and (nullable or kind.nullable):
            return None
        if isinstance(plain, str) and kind.words:
            self._check_word(plain, kind, what, value.place)
        elif not kind.fits(plain):
            return self._wrong("wrong-type", what, kind, plain, value.place)
        elif not kind.allowed(plain):
            return self._wrong("wrong-value", what, kind, plain, value.place)
        return plain

    def _pairs(self, value: Value, data: Mapping[str, Argument], kind: Kind, what: str) -> Any:
        """A mapping, each key with the kind of its value."""
        kinds, pairs, before = dict(kind.keys), {}, len(self.problems)
        for key, pair in data.items():
            if key in kinds:
                pairs[key] = self._value(pair.value, kinds[key], f"{key} of {what}", nullable=True)
                continue
            from rnncli.model.habits.unknown_words import unknown_key

            self.problems.append(unknown_key(key, pair.key, [*kinds], what, data))
        if len(self.problems) == before and not kind.allowed(pairs):
            return self._wrong("wrong-value", what, kind, pairs, value.place)
        return pairs

    def _as_object(self, value: Value, kind: Kind) -> Value:
        """An object that a word or a mapping stands for; other values stay."""
        data = value.data
        if isinstance(data, str):
            if kind in (LAYER, CELLS) or "(" in data or "." in data:
                return replace(value, data=self._object_of_word(value, data, kind))
        elif isinstance(data, Mapping):
            return self._of_mapping(value, data)
        return value

    def _object_of_word(self, value: Value, word: str, kind: Kind) -> Any:
        """A word that stands for an object: a layer's class, or a call as Python writes it."""
        if kind in (LAYER, CELLS):
            return ObjectSpec(word, value.place) if is_object_name(word) else word
        from rnncli.model.habits.misplaced import from_python

        meant = from_python(value, word, kind, self.problems)
        return word if meant is None else meant

    def _of_mapping(self, value: Value, data: Mapping[str, Argument]) -> Value:
        """The object that a mapping of Keras's JSON means, after adding a problem; others stay."""
        from rnncli.model.habits.misplaced import from_class_name

        meant = from_class_name(value, data, self.problems)
        return value if meant is None else replace(value, data=meant)

    def _plain(self, value: Value) -> Any:
        """The value as plain data; an object inside it is a problem."""
        if type(value.data) in _PLAIN:
            return value.data
        if isinstance(value.data, tuple):
            return [self._plain(item) for item in value.data]
        if isinstance(value.data, ObjectSpec | IncludeSpec):
            what = value.data.cls if isinstance(value.data, ObjectSpec) else "a model"
            message = f"this argument does not take an object such as {what}"
            self._add("wrong-type", message, "write a plain value", value.place)
            return None
        if isinstance(value.data, Mapping):
            # Keras would make an object of such a mapping, of any class it can import.
            fix = "an object is {Name: arguments}"
            self._add("wrong-type", "this argument does not take a mapping", fix, value.place)
            return None
        return value.data

    def _check_word(self, word: str, kind: Kind, what: str, place: Place) -> None:
        words = self.known.identifiers[kind.words or ""]
        if word not in words:
            from rnncli.model.habits.unknown_words import unknown_word

            self.problems.append(unknown_word(word, kind, what, place, words))

    def _wrong(self, code: str, what: str, kind: Kind, value: Any, place: Place) -> Any:
        """Adds the problem with a value of the wrong kind; returns what it means, if clear."""
        from rnncli.model.habits.unknown_words import wrong_value

        value_problem, meant = wrong_value(code, what, kind, value, place)
        self.problems.append(value_problem)
        return _INVALID if meant is ... else _Meant(meant)

    def _add(self, code: str, message: str, fix: str | Fix | None, place: Place) -> None:
        self.problems.append(problem(code, message, fix, place=place))


# A value that cannot be used; the default takes its place.
_INVALID = object()


class _Meant:
    """A value that is reported and then understood, so that no problem follows from it."""

    def __init__(self, value: Any) -> None:
        self.value = value


def _is_invalid(signature: Signature, arguments: Mapping[str, Any]) -> bool:
    """Whether an object cannot be planned: a required argument or a layer inside is not valid.

    Any other argument that is not valid is reported, and the plan uses its default.
    """
    if not arguments.keys() >= {*signature.required}:
        return True
    inner = [value for value in arguments.values() if isinstance(value, KerasObject)]
    return any(value.family in _INNER and value.invalid for value in inner)
