"""ObjectSpec → KerasObject: a class looked up and its arguments checked, without Keras."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rnncli.config.spec import Argument, LayerSpec, ObjectSpec, Value
from rnncli.config.values import is_object_name
from rnncli.layers.arguments import BOOLEAN, CELLS, LAYER, Kind
from rnncli.layers.kinds import kind_of
from rnncli.layers.model import KerasObject
from rnncli.layers.naming import Namer
from rnncli.layers.signatures import FAMILIES, Signature, is_another_keras, signatures
from rnncli.layers.words import KERAS_2_ARGUMENTS, NOT_A_LAYER, RENAMED, RUNS_CODE, STILL_ACCEPTED
from rnncli.problems import Place, Problem, did_you_mean, problem

_EMPTY = Signature("", {})


class ObjectBinder:
    """Makes objects of what a config says of them, one after the other, as Keras would.

    What is wrong is added to ``problems``.
    """

    def __init__(self, namer: Namer, problems: list[Problem]) -> None:
        self.known = signatures()
        self.namer = namer
        self.problems = problems

    def layer(self, spec: LayerSpec) -> KerasObject:
        """A layer with the name that it goes by in the model."""
        layer = self._object(spec.object, "layers", spec.name)
        given = layer.arguments.get("name")
        if spec.name is not None and given is not None and given != spec.name:
            self._add(
                "duplicate-key",
                f"this layer is named twice: {spec.name} and {given}",
                "keep one of them",
                layer.places["name"],
            )
        return layer

    def _object(self, spec: ObjectSpec, family: str, named: str | None = None) -> KerasObject:
        classes = self.known.family(family)
        cls = self.known.aliases.get(spec.cls, spec.cls)
        signature = classes.get(cls)
        unusable = RUNS_CODE.get(spec.cls) or NOT_A_LAYER.get(spec.cls)
        if signature is None or unusable:
            self._unknown_class(spec, family, unusable)
            # Named as what is meant, so that what refers to it is not told as well.
            meant = did_you_mean(spec.cls, classes) or spec.cls
            name = named or (self.namer.name(meant) if family == "layers" else meant.lower())
            return KerasObject(family, spec.cls, _EMPTY, spec.place, name, faulty=True)
        arguments, places = self._arguments(spec, cls, signature)
        name = named or str(arguments.get("name") or "")
        if family == "layers" and not name:
            name = self.namer.name(signature.cls)
        return KerasObject(
            family,
            cls,
            signature,
            spec.place,
            name,
            arguments,
            places,
            faulty=_is_faulty(signature, arguments),
        )

    def _unknown_class(self, spec: ObjectSpec, family: str, unusable: str | None) -> None:
        what = family.removesuffix("s")
        if unusable and spec.cls in RUNS_CODE:
            self._add(
                "runs-code", f"{spec.cls} is refused: a config runs no code", unusable, spec.place
            )
            return
        if unusable:
            self._add(
                "unknown-layer",
                f"{spec.cls} is not a layer to put in a stack",
                unusable,
                spec.place,
            )
            return
        names = {*self.known.family(family), *self.known.aliases}
        near = did_you_mean(spec.cls, names)
        elsewhere = next((f for f in FAMILIES if spec.cls in self.known.family(f)), None)
        fix = f"did you mean {near}?" if near else None
        if elsewhere:
            fix = f"{spec.cls} is one of Keras's {elsewhere}"
        self._add(
            "unknown-layer" if family == "layers" else "unknown-object",
            f"Keras has no {what} {spec.cls}",
            fix,
            spec.place,
        )

    def _arguments(
        self, spec: ObjectSpec, cls: str, signature: Signature
    ) -> tuple[dict[str, Any], dict[str, Place]]:
        values: dict[str, Any] = {}
        places: dict[str, Place] = {}
        for given, argument in self._named(spec, cls, signature).items():
            name = given
            if name not in signature.arguments:
                near = self._unknown_argument(name, argument, cls, signature)
                if is_another_keras():
                    # It may well know the argument: it is handed on as it is.
                    values[name] = self._plain(argument.value)
                    continue
                if near is None or near in spec.keywords:
                    continue
                name = near
            parameter = signature.arguments[name]
            kind = kind_of(cls, name, parameter)
            places[name] = argument.value.place
            before = len(self.problems)
            value = self._value(argument.value, kind, f"{name} of {cls}", parameter.default is None)
            if len(self.problems) == before or isinstance(value, KerasObject):
                values[name] = value
            elif kind is BOOLEAN and isinstance(value, str) and value in _SAID:
                values[name] = _SAID[value]
        missing = [name for name in signature.required if name not in places]
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
    ) -> str | None:
        """Tells of it, and which argument was probably meant."""
        renamed = RENAMED.get((cls, name))
        if renamed:
            self.problems.append(
                problem(
                    "keras-2-argument",
                    f"{name} of {cls} is what Keras 2 called {renamed}",
                    f"write {renamed}",
                    place=argument.key,
                    severity="warning",
                )
            )
            return renamed
        near = did_you_mean(name, signature.arguments)
        old = KERAS_2_ARGUMENTS.get(name)
        if old:
            accepted = name in STILL_ACCEPTED and cls in (STILL_ACCEPTED[name] or {cls})
            verb = "does nothing with" if accepted else "does not take"
            self.problems.append(
                problem(
                    "keras-2-argument",
                    f"Keras 3 {verb} {name} of {cls}",
                    old,
                    place=argument.key,
                    severity="warning" if accepted else "error",
                )
            )
            return None
        listed = ", ".join(a for a in signature.arguments if a not in _COMMON)
        fix = f"did you mean {near}?" if near else f"it takes {listed or 'none of its own'}"
        self.problems.append(
            problem(
                "unknown-argument",
                f"{cls} has no argument {name}"
                + (f" in Keras {self.known.keras}" if is_another_keras() else ""),
                fix,
                place=argument.key,
                severity="warning" if is_another_keras() else "error",
            )
        )
        return near

    # Values

    def _value(self, value: Value, kind: Kind, what: str, nullable: bool) -> Any:
        data = value.data
        if isinstance(data, str) and kind in (LAYER, CELLS) and is_object_name(data):
            data = ObjectSpec(data, value.place)
        if isinstance(data, ObjectSpec):
            if kind.family:
                return self._object(data, kind.family)
            self._add(
                "wrong-type",
                f"{what} is {kind.expects}, not an object",
                f"such as {kind.example}",
                value.place,
            )
            return None
        if kind is CELLS and isinstance(data, tuple) and data:
            return [self._value(each, LAYER, what, nullable=False) for each in data]
        plain = self._plain(value)
        if plain is None and (nullable or kind.nullable):
            return None
        if isinstance(plain, str) and kind.words:
            self._check_word(plain, kind, what, value.place)
        elif not kind.fits(plain):
            self._wrong("wrong-type", what, kind, plain, value.place)
        elif not kind.allowed(plain):
            self._wrong("wrong-value", what, kind, plain, value.place)
        return plain

    def _plain(self, value: Value) -> Any:
        """The value as plain Python; an object among it is a problem."""
        if isinstance(value.data, tuple):
            return [self._plain(each) for each in value.data]
        if isinstance(value.data, ObjectSpec):
            self._add(
                "wrong-type",
                f"no object may stand here, such as {value.data.cls}",
                None,
                value.place,
            )
            return None
        if isinstance(value.data, Mapping):
            # Keras would make an object of such a mapping, of any class it can import.
            self._add(
                "wrong-type",
                "a mapping cannot stand here",
                "an object is {Name: arguments}",
                value.place,
            )
            return None
        return value.data

    def _check_word(self, word: str, kind: Kind, what: str, place: Place) -> None:
        words = self.known.identifiers[kind.words or ""]
        if word not in words:
            near = did_you_mean(word, words)
            fix = f"did you mean {near}?" if near else f"such as {kind.example}"
            noun = kind.expects.partition(" ")[2]
            self._add("wrong-value", f"{what}: Keras has no {noun} {word}", fix, place)

    def _wrong(self, code: str, what: str, kind: Kind, value: Any, place: Place) -> None:
        word = value if isinstance(value, str) else ""
        near = did_you_mean(word, kind.options) if word and kind.options else None
        fix = f"did you mean {near}?" if near else f"such as {kind.example}"
        if kind.nullable and word.lower() == "none":
            fix = "write null"
        elif kind is BOOLEAN and word in _SAID:
            fix = f"write {_shown(_SAID[word])}: YAML 1.2 knows no other word for it"
        elif word and kind.fits(_number(word)):
            fix = f"write {word}, without quotes"
        self._add(
            (kind.code if code == "wrong-value" else None) or code,
            f"{what} is {kind.expects}, not {_shown(value)}",
            fix,
            place,
        )

    def _add(self, code: str, message: str, fix: str | None, place: Place) -> None:
        self.problems.append(problem(code, message, fix, place=place))


_COMMON = frozenset({"name", "trainable", "dtype", "autocast", "activity_regularizer"})


# What YAML 1.1 took for booleans: told, and then understood, so that no problem follows from it.
_SAID = {
    **dict.fromkeys(("yes", "Yes", "YES", "on", "On", "ON", "y", "Y"), True),
    **dict.fromkeys(("no", "No", "NO", "off", "Off", "OFF", "n", "N"), False),
}


def _is_faulty(signature: Signature, arguments: Mapping[str, Any]) -> bool:
    """Whether nothing can be said of an object: what it cannot do without is missing or wrong.

    What is wrong with any other argument is told, and its default takes its place in the plan.
    """
    for name in signature.required:
        if name not in arguments:
            return True
    for each in arguments.values():
        if isinstance(each, KerasObject) and each.family == "layers" and each.faulty:
            return True
    return False


def _number(word: str) -> int | float | None:
    for kind in (int, float):
        try:
            return kind(word)
        except ValueError:
            continue
    return None


def _shown(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= 40 else text[:37] + "…"
