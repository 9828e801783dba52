"""Classes, arguments and values that Keras does not know: what is wrong, and what may be meant."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from rnncli.config.edits import (
    remove,
    remove_entry,
    rename,
    replace_object,
    replace_value,
    set_arguments,
)
from rnncli.config.spec import ObjectSpec
from rnncli.config.writing import flow, shortest
from rnncli.keras_api.kinds import BOOLEAN, RATE, Kind
from rnncli.keras_api.policies import QUANTIZATIONS, quantized_policies, read_policy
from rnncli.keras_api.refused import (
    KERAS_2_ARGUMENTS,
    NOT_A_LAYER,
    RENAMED,
    RUNS_CODE,
    STILL_ACCEPTED,
)
from rnncli.keras_api.signatures import FAMILIES, Signature, Signatures
from rnncli.model.habits.of_the_call import is_of_the_call, misplaced_argument
from rnncli.model.habits.operations import AS_LAYERS
from rnncli.model.mending import first_argument, plain, quoting
from rnncli.problems import Edits, Fix, Place, Problem, Severity, Source, problem
from rnncli.suggestions import near_words

_NOWHERE = Place(Source("", ""), 1, 1, 2, verbatim=False)
_COMMON = frozenset({"name", "trainable", "dtype", "autocast", "activity_regularizer"})
_INPUTS = ("Input", "InputLayer")
_OPS = ("keras.ops", "tf", "tf.math", "tf.nn", "K", "keras.backend", "torch", "np", "F")

# Booleans of YAML 1.1 and of Python: reported, and then understood.
YAML_1_1_BOOLEANS: Mapping[str, bool] = {
    **dict.fromkeys(("yes", "Yes", "YES", "on", "On", "ON", "y", "Y", "true", "True"), True),
    **dict.fromkeys(("no", "No", "NO", "off", "Off", "OFF", "n", "N", "false", "False"), False),
}
# Common names for the merge modes of Bidirectional.
_MERGES = {"average": "ave", "mean": "ave", "avg": "ave", "add": "sum", "plus": "sum",
           "multiply": "mul", "product": "mul", "concatenate": "concat",
           "cat": "concat"}  # fmt: skip


def unknown_class(spec: ObjectSpec, family: str, known: Signatures) -> tuple[Problem, str | None]:
    """The problem with a class that Keras or a config cannot have; the class that is meant."""
    what, place, cls = family.removesuffix("s"), spec.place, spec.cls
    if family == "layers":
        refused = _refused(cls, place)
        if refused is not None:
            return refused, None
    unusable = {*NOT_A_LAYER, *RUNS_CODE}
    names = [name for name in known.family(family) if name not in unusable]
    near = near_words(cls, [*names, *known.aliases])
    fix: str | Fix = _elsewhere(cls, family, known)
    if near:
        fix = _near(near, rename(place, cls, near[0]))
    class_problem = problem(
        "unknown-layer" if family == "layers" else "unknown-object",
        f"Keras has no {what} {cls}",
        fix,
        place=place,
    )
    return class_problem, near[0] if near else None


def _refused(cls: str, place: Place) -> Problem | None:
    """The problem with a layer that no config can hold."""
    if cls in RUNS_CODE:
        message = f"{cls} is refused: a config runs no code"
        return problem("runs-code", message, RUNS_CODE[cls], place=place)
    prefix, _, name = cls.rpartition(".")
    if name.partition("(")[0] in _INPUTS:
        message = "Input is not a layer in a config: the input is at the top"
        fix = Fix("leave it out", remove_entry(place))
        return problem("misplaced-input", message, fix, place=place)
    if cls in NOT_A_LAYER:
        message = f"{cls} is not a layer to put in a stack"
        return problem("unknown-layer", message, NOT_A_LAYER[cls], place=place)
    if cls in AS_LAYERS or (prefix in _OPS and not name[:1].isupper()):
        return problem(
            "unknown-layer",
            f"{cls} is an operation, and not one that a config can have",
            "write it with others, which rnncli layers lists, or with layers; or describe its "
            "shapes under custom",
            place=place,
        )
    return None


def _elsewhere(cls: str, family: str, known: Signatures) -> str:
    elsewhere = next((f for f in FAMILIES if cls in known.family(f)), None)
    if elsewhere:
        return f"{cls} is one of Keras's {elsewhere}"
    if family == "layers":
        return "rnncli layers lists those that there are; custom describes a layer of your own"
    return f"such as {', '.join([*known.family(family)][-3:])}"


def _near(near: Sequence[str], edits: Edits, *, safe: bool = True) -> Fix:
    """The fix that replaces a word by a similar one."""
    meant = " or ".join(near)
    return Fix(f"did you mean {meant}?", edits, safe and len(near) == 1)


def unknown_argument(
    name: str, place: Place, spec: ObjectSpec, signature: Signature, elsewhere: str | None
) -> tuple[Problem, str | None]:
    """The problem with an argument that a class does not take, and which one is meant.

    ``elsewhere`` is the version of Keras that the signature is of, where another is installed.
    """
    cls = signature.cls
    renamed = RENAMED.get((cls, name))
    if renamed:
        fix = Fix(f"write {renamed}", rename(place, name, renamed))
        message = f"{name} of {cls} is what Keras 2 called {renamed}"
        argument_problem = problem(
            "keras-2-argument", message, fix, place=place, severity="warning"
        )
        return argument_problem, renamed
    rest = {key: plain(argument.value) for key, argument in spec.keywords.items() if key != name}
    first = first_argument(signature)
    if spec.first is not None and first is not None:
        rest = {first: plain(spec.first), **rest}
    without = shortest(spec.cls, rest, first)
    if name in KERAS_2_ARGUMENTS:
        accepted = name in STILL_ACCEPTED and cls in (STILL_ACCEPTED[name] or {cls})
        verb = "does nothing with" if accepted else "does not take"
        fix = Fix(quoting(KERAS_2_ARGUMENTS[name], without), remove(place))
        severity: Severity = "warning" if accepted else "error"
        message = f"Keras 3 {verb} {name} of {cls}"
        return problem("keras-2-argument", message, fix, place=place, severity=severity), None
    if is_of_the_call(name, cls):
        return misplaced_argument(name, place, spec, cls), None
    near = [word for word in near_words(name, signature.arguments) if word not in spec.keywords]
    listed = ", ".join(a for a in signature.arguments if a not in _COMMON)
    fix = Fix(f"leave it out; it takes {listed or 'none of its own'}", remove(place), safe=False)
    argument_problem = problem(
        "unknown-argument",
        f"{cls} has no argument {name}" + (f" in Keras {elsewhere}" if elsewhere else ""),
        _near(near, rename(place, name, near[0])) if near else fix,
        place=place,
        severity="warning" if elsewhere else "error",
    )
    return argument_problem, near[0] if near else None


def unknown_key(
    key: str, place: Place, keys: Sequence[str], what: str, beside: Collection[str]
) -> Problem:
    """The problem with a key of a mapping that is an argument."""
    near = [word for word in near_words(key, keys) if word not in beside]
    fix = Fix(f"leave it out; the keys are {', '.join(keys)}", remove(place), safe=False)
    return problem(
        "unknown-key",
        f"{what} has no key {key}",
        _near(near, rename(place, key, near[0])) if near else fix,
        place=place,
    )


def missing_arguments(
    names: Sequence[str], examples: Mapping[str, str], spec: ObjectSpec, cls: str, sig: Signature
) -> Problem:
    """The problem with a class that cannot be made without some arguments."""
    first = first_argument(sig)
    arguments = {name: plain(argument.value) for name, argument in spec.keywords.items()}
    if spec.first is not None and first is not None:
        arguments = {first: plain(spec.first), **arguments}
    added = {name: _example(examples[name]) for name in names}
    order = [*sig.arguments, *arguments]
    entry = {**added, **arguments}
    entry = {name: entry[name] for name in dict.fromkeys(order) if name in entry}
    shown = shortest(spec.cls, entry, first)
    edits = set_arguments(spec.place, added, first)
    if not arguments:
        edits = replace_object(spec.place, shown)
    return problem(
        "missing-argument",
        f"{cls} needs {' and '.join(names)}",
        Fix(quoting("such as", shown), edits, safe=False),
        place=spec.place,
    )


def _example(text: str) -> Any:
    """An example of a kind as plain data."""
    from rnncli.config import parse_text

    value = parse_text(text, _NOWHERE)
    return plain(value) if value is not None else text


def unknown_word(word: str, kind: Kind, what: str, place: Place, words: Collection[str]) -> Problem:
    """The problem with a name that Keras does not know for an activation and the like."""
    near = near_words(word, words)
    noun = kind.expects.partition(" ")[2]
    example = Fix(f"such as {kind.example}", replace_value(place, kind.example), safe=False)
    fix = _near(near, replace_value(place, near[0])) if near else example
    if word.lower() in ("none", "linear()"):
        fix = Fix("write null", replace_value(place, None))
        return problem("python-none", f"{what}: None is Python's word", fix, place=place)
    return problem("wrong-value", f"{what}: Keras has no {noun} {word}", fix, place=place)


def wrong_value(code: str, what: str, kind: Kind, value: Any, place: Place) -> tuple[Problem, Any]:
    """The problem with a value that is not of its kind, and what is meant; ``...`` if unclear."""
    fix, meant = _mended(kind, value, place)
    code = (kind.code if code == "wrong-value" else None) or code
    if value == "None" and kind.nullable:
        return problem("python-none", f"{what}: None is Python's word", fix, place=place), meant
    message = f"{what} must be {kind.expects}, not {shown(value)}"
    return problem(code, message, fix, place=place), meant


def _mended(kind: Kind, value: Any, place: Place) -> tuple[Fix, Any]:
    word = value if isinstance(value, str) else ""
    if word.startswith(QUANTIZATIONS) and kind.pattern:
        return _policy_meant(kind, word, place)
    near = near_words(word, kind.options) if word and kind.options else []
    if word.lower() in _MERGES and _MERGES[word.lower()] in kind.options:
        near = [_MERGES[word.lower()]]
    number = _number(word) if word else None
    if kind.nullable and word.lower() == "none":
        return Fix("write null", replace_value(place, None)), None
    if kind is BOOLEAN and word in YAML_1_1_BOOLEANS:
        boolean = str(YAML_1_1_BOOLEANS[word]).lower()
        words = f"write {boolean}: YAML 1.2 knows no other word for it"
        if word.lower() == boolean:
            words = f"write {boolean}, without quotes"
        return Fix(words, replace_value(place, YAML_1_1_BOOLEANS[word])), YAML_1_1_BOOLEANS[word]
    if near:
        return _near(near, replace_value(place, near[0])), near[0]
    if number is not None and kind.fits(number) and kind.allowed(number):
        return Fix(f"write {flow(number)}, without quotes", replace_value(place, number)), number
    return _example_of(kind, value, place), ...


def _policy_meant(kind: Kind, word: str, place: Place) -> tuple[Fix, str]:
    """The policy that the name of a quantization alone means; where there is none, float32."""
    mode = next(mode for mode in QUANTIZATIONS if word.startswith(mode))
    quantized = quantized_policies((mode,))[0]
    named = f"{word}_from_float32"
    if quantized not in kind.options:
        words = "write float32: Keras does not quantize this layer"
        return Fix(words, replace_value(place, "float32"), safe=False), "float32"
    meant = quantized if read_policy(named) is None else named
    words = f"write {meant}: it computes in float32 and quantizes the weights"
    return Fix(words, replace_value(place, meant), safe=meant == named), meant


def _example_of(kind: Kind, value: Any, place: Place) -> Fix:
    """The fix that puts an example of the kind in place of a value; a percentage becomes a rate."""
    example = _example(kind.example)
    percent = _number(value.removesuffix("%")) if isinstance(value, str) else value
    is_percent = isinstance(value, str) or (isinstance(value, int) and value > 1)
    if kind is RATE and is_percent and percent is not None and 0 <= percent <= 100:
        example = percent / 100
    return Fix(f"such as {flow(example)}", replace_value(place, example), safe=False)


def wrong_layer(cls: str, value: Any, place: Place) -> Fix:
    """The fix for a wrapper that is given a number in the place of its layer."""
    inner = {"Bidirectional": "LSTM", "RNN": "SimpleRNN"}.get(cls, "Dense")
    units = value if isinstance(value, int) and value is not True and value > 0 else 3
    entry: Any = {cls: {inner: units}} if cls != "RNN" else {inner: units}
    return Fix(quoting("such as", entry), replace_object(place, entry), safe=False)


def _number(word: str) -> int | float | None:
    for kind in (int, float):
        try:
            return kind(word)
        except ValueError:
            continue
    return None


def shown(value: Any) -> str:
    """A value as a message quotes it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    text = f'"{value}"' if isinstance(value, str) else str(value)
    text = flow(value) if isinstance(value, dict) else text
    return text if len(text) <= 40 else text[:37] + "…"
