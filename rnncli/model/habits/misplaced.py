"""Keys beside a layer that belong elsewhere; objects written as in other file formats."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from rnncli.config import python
from rnncli.config.edits import (
    argument_key,
    remove,
    rename,
    replace_entry,
    replace_object,
    replace_text,
    replace_value,
    set_arguments,
    together,
)
from rnncli.config.findings import span_text
from rnncli.config.spec import Argument, LayerSpec, ObjectSpec, Reference, Value
from rnncli.config.writing import flow
from rnncli.keras_api.kinds import Kind
from rnncli.keras_api.signatures import Signature, signatures
from rnncli.model.habits.of_the_call import is_of_the_call
from rnncli.model.habits.spellings import Respelling, as_object, respelled
from rnncli.model.mending import first_argument, plain, quoting, signature_of, written
from rnncli.problems import Fix, Problem, problem
from rnncli.suggestions import near_words

_BESIDE = ("name", "from", "initial_state", "call")


def put_right(spec: LayerSpec, problems: list[Problem]) -> LayerSpec:
    """A layer with the misplaced keys beside it moved into it, after adding problems."""
    if spec.respelled is not None:
        return _with_class(spec, problems)
    signature = signature_of(spec.object.cls)
    known = signature.arguments if signature else {}
    cls = signature.cls if signature else spec.object.cls
    arguments: dict[str, Argument] = {}
    of_the_call: dict[str, Argument] = {}
    for key, argument in (spec.beside or {}).items():
        near = near_words(key, [word for word in _BESIDE if word != key])
        if key in known:
            arguments[key] = argument
        elif is_of_the_call(key, cls):
            # It is reported with those among the layer's own arguments.
            of_the_call[key] = argument
        elif not near and (meant := near_words(key, known)):
            arguments[meant[0]] = argument
        else:
            problems.append(_nowhere(key, argument, spec, near))
    layer = spec.object
    if of_the_call:
        layer = replace(layer, keywords={**layer.keywords, **of_the_call})
    if not arguments:
        return replace(spec, object=layer, beside=None)
    moved = replace(layer, keywords={**layer.keywords, **arguments})
    problems.append(_beside(spec, moved, arguments))
    return replace(spec, object=moved, beside=None)


def _beside(spec: LayerSpec, moved: ObjectSpec, arguments: Mapping[str, Argument]) -> Problem:
    names = " and ".join(arguments)
    is_one = len(arguments) == 1
    stand, they = ("stands", "is an argument") if is_one else ("stand", "are arguments")
    cls = spec.object.cls
    signature = signature_of(cls)
    values = {name: plain(argument.value) for name, argument in arguments.items()}
    edits = together(
        *(remove(argument.key) for argument in arguments.values()),
        set_arguments(spec.object.place, values, first_argument(signature) if signature else None),
    )
    if not edits:
        edits = replace_entry(spec.object.place, _entry(spec, moved))
    return problem(
        "unknown-key",
        f"{names} {stand} beside {cls}, and {they} of it",
        Fix(quoting("write it under its layer", written(moved)), edits),
        place=next(iter(arguments.values())).key,
    )


def _nowhere(key: str, argument: Argument, spec: LayerSpec, near: list[str]) -> Problem:
    """The problem with a key that has no meaning beside a layer."""
    free = not near or near[0] in (spec.beside or {})
    fix = Fix(f"leave {key} out", remove(argument.key), safe=False)
    if not free:
        fix = Fix(f"did you mean {near[0]}?", rename(argument.key, key, near[0]))
    return problem(
        "unknown-key",
        f"{key} is beside {spec.object.cls}, where only name, from, initial_state and call can be",
        fix,
        place=argument.key,
    )


def _with_class(spec: LayerSpec, problems: list[Problem]) -> LayerSpec:
    """A layer whose class is the value of another key, as in Keras's JSON."""
    assert spec.respelled is not None
    respelling = respelled(spec.object, "layers", beside=True)
    meant = respelling.spec if respelling else spec.object
    fix = Fix(
        quoting("the class is the key of the entry", written(meant)),
        replace_entry(spec.respelled, _entry(spec, meant)),
    )
    word = span_text(spec.respelled)
    message = f"{word.strip(chr(34) + chr(39))} is not a key of an entry"
    problems.append(problem("bad-entry", message, fix, place=spec.respelled))
    return replace(spec, object=meant, respelled=None)


def _entry(spec: LayerSpec, layer: ObjectSpec) -> Any:
    """The whole entry: the layer with its name, sources and initial state."""
    entry = written(layer)
    beside: dict[str, Any] = {"name": spec.name} if spec.name is not None else {}
    if spec.inbound is not None:
        beside["from"] = _references(spec.inbound)
    if spec.initial_state is not None:
        beside["initial_state"] = _references(spec.initial_state)
    if spec.call is not None:
        beside["call"] = {name: plain(argument.value) for name, argument in spec.call.items()}
    if not beside:
        return entry
    return {**(entry if isinstance(entry, Mapping) else {entry: {}}), **beside}


def _references(references: tuple[Reference, ...]) -> Any:
    texts = [ref.node if ref.tensor is None else f"{ref.node}.{ref.tensor}" for ref in references]
    roles = [ref.role for ref in references]
    if any(roles):
        return dict(zip(roles, texts, strict=True))
    return texts[0] if len(texts) == 1 else texts


# Values


def from_python(value: Value, word: str, kind: Kind, problems: list[Problem]) -> Any:
    """The object or word that a value in Python's syntax means; None if it means neither."""
    text = python.call_text(value.place, word) or (word, value.place)
    try:
        parsed = python.understand(text[0])
        place = replace(text[1], verbatim=False)
        meant = as_object(parsed, place).data
    except ValueError:
        return None
    known = signatures()
    if isinstance(meant, ObjectSpec):
        if meant.cls not in known.family(str(kind.family)):
            return None
        entry = written(meant)
    elif isinstance(meant, str) and meant != word:
        names = known.identifiers[kind.words] if kind.words else []
        if meant not in names and meant not in known.family(str(kind.family)):
            return None
        entry = meant
    else:
        return None
    fix = Fix(f"write {flow(entry)}", replace_text(text[1], flow(entry)))
    message = "a config is YAML, and this is Python's spelling"
    problems.append(problem("python-spelling", message, fix, place=text[1]))
    return meant


def from_class_name(
    value: Value, data: Mapping[str, Argument], problems: list[Problem]
) -> ObjectSpec | None:
    """An object as Keras's JSON writes it: ``{class_name: L2, config: {l2: 0.01}}``."""
    class_name = data.get("class_name")
    config = data.get("config")
    if class_name is None or not isinstance(class_name.value.data, str):
        return None
    cls, keywords = class_name.value.data, config.value.data if config is not None else {}
    if not isinstance(keywords, Mapping) or signature_of(cls) is None:
        return None
    place = replace(value.place, verbatim=False)
    meant = ObjectSpec(cls, place, None, keywords)
    fix = Fix(f"write {flow(written(meant))}", replace_value(value.place, written(meant)))
    message = "class_name is not a key here: an object is {Name: arguments}"
    problems.append(problem("bad-entry", message, fix, place=value.place))
    return meant


# Arguments that stand where they do not belong


def of_the_inner_layer(spec: ObjectSpec, signature: Signature) -> Respelling | None:
    """Moves arguments of a wrapper to its layer: ``Bidirectional: {LSTM: 3, dropout: 0.2}``."""
    layer_argument = spec.keywords.get("layer")
    if "layer" not in signature.arguments:
        return None
    layer_value = spec.first or (layer_argument.value if layer_argument else None)
    if layer_value is None or not isinstance(layer_value.data, ObjectSpec):
        return None
    inner = layer_value.data
    known = signature_of(inner.cls)
    strange = [name for name in spec.keywords if name not in signature.arguments]
    if known is None or not strange or not set(strange) <= set(known.arguments):
        return None
    moved = {name: spec.keywords[name] for name in strange}
    inner = replace(inner, keywords={**inner.keywords, **moved})
    value = replace(layer_value, data=inner)
    rest = {name: argument for name, argument in spec.keywords.items() if name not in strange}
    if spec.first is not None:
        meant = replace(spec, first=value, keywords=rest)
    else:
        layer = replace(rest["layer"], value=value)
        meant = replace(spec, keywords={**rest, "layer": layer})
    keys = [argument_key(spec.place, name) for name in strange]
    values = {name: plain(argument.value) for name, argument in moved.items()}
    edits = together(
        *(remove(key) if key else () for key in keys),
        set_arguments(inner.place, values, first_argument(known)),
    )
    if len(strange) > 1 or not edits:
        edits = replace_object(spec.place, written(meant))
    verb = "is an argument" if len(strange) == 1 else "are arguments"
    message = f"{' and '.join(strange)} {verb} of {inner.cls}, not of {spec.cls}"
    fix = Fix(quoting(f"give it to the {inner.cls}", written(meant)), edits)
    return Respelling(meant, "unknown-argument", message, fix)
