"""The words that completion offers: layers, arguments, values and keys, as snippets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
from lsprotocol import types

from rnncli.config.writing import flow
from rnncli.keras_api.call_arguments import plain_arguments
from rnncli.keras_api.kinds import Kind
from rnncli.keras_api.signatures import Parameter, signatures
from rnncli.layers.catalogue import FAMILIES
from rnncli.layers.ops.catalogue import OPERATION_FAMILIES
from rnncli.lsp.known import keys_of_config, kind_of, parameters_of

KINDS = types.CompletionItemKind


class Item(msgspec.Struct, frozen=True):
    """A word that is offered; ``snippet`` is what is written where it is more than the word."""

    label: str
    kind: types.CompletionItemKind
    detail: str = ""
    snippet: str | None = None
    about: str = ""


def keys(names: Iterable[str], written: Iterable[str] = ()) -> Iterator[Item]:
    """Keys of a config or of an entry that are not given yet."""
    about = keys_of_config()
    for key in names:
        if key not in written:
            yield Item(key, KINDS.Property, about.get(key, ""), f"{key}: $0")


def one_input(names: Iterable[str], written: set[str]) -> Iterator[str]:
    """The keys without input where inputs is given, and the other way round."""
    for key in names:
        if not (key in ("input", "inputs") and written & {"input", "inputs"}):
            yield key


def layers() -> Iterator[Item]:
    """All layers, by family, with their required arguments."""
    known = signatures().layers
    for family, classes in FAMILIES.items():
        for cls in classes:
            if cls in known:
                yield Item(cls, KINDS.Class, family, _snippet(cls, known[cls].arguments))


def operations() -> Iterator[Item]:
    """All operations, by family."""
    for family, names in OPERATION_FAMILIES.items():
        for name in names:
            yield Item(name, KINDS.Function, family.removeprefix("Operations: "))


def entry_kinds() -> Iterator[Item]:
    """What else an entry can be."""
    written = {
        "use": "use: ${1:layer}",
        "repeat": "repeat: ${1:3}\n  layers:\n    - $0",
        "include": "include: ${1:encoder.yaml}",
        "model": "model:\n    input: ${1:[5, 8]}\n    layers:\n      - $0",
        "custom": 'custom: {class: "${1:mypkg>Pool}", output: [${2:64}]}',
    }
    about = keys_of_config()
    for kind, snippet in written.items():
        yield Item(kind, KINDS.Keyword, about[kind], snippet)


def _snippet(cls: str, arguments: Mapping[str, Parameter]) -> str | None:
    """A layer with its first argument, or with all that are required."""
    required = [name for name, parameter in arguments.items() if parameter.required]
    if not required:
        return None
    if len(required) == 1 and required[0] == next(iter(arguments)):
        return f"{cls}: {_stop(1, kind_of(cls, required[0], arguments[required[0]]).example)}"
    pairs = [
        f"{name}: {_stop(number, kind_of(cls, name, arguments[name]).example)}"
        for number, name in enumerate(required, 1)
    ]
    return f"{cls}: {{{', '.join(pairs)}}}"


def _stop(number: int, example: str) -> str:
    if "," in example and example[0] not in "[{":
        # In braces, a comma would end the word.
        example = f'"{example}"'
    escaped = example.replace("\\", "\\\\").replace("$", "\\$").replace("}", "\\}")
    return f"${{{number}:{escaped}}}"


def without_stops(snippet: str) -> str:
    """A snippet as plain text."""
    text = re.sub(r"\$\{\d+:((?:\\.|[^\\}])*)\}", r"\1", snippet).replace("$0", "")
    return re.sub(r"\\(.)", r"\1", text)


def arguments(cls: str, written: set[str]) -> Iterator[Item]:
    """The arguments of a class that are not given yet, with their defaults."""
    for name, parameter in parameters_of(cls).items():
        if name in written:
            continue
        kind = kind_of(cls, name, parameter)
        default = "required" if parameter.required else f"default {flow(parameter.default)}"
        value = kind.example if parameter.required else _usual(parameter.default)
        yield Item(name, KINDS.Field, default, f"{name}: {_stop(1, value)}", kind.expects)


def _usual(default: Any) -> str:
    """What is likely to be written in place of a default."""
    if isinstance(default, bool):
        return flow(not default)
    return flow(default)


def plain_call(cls: str | None, written: set[str]) -> Iterator[Item]:
    """The arguments of a layer's call that are not given yet."""
    for name in plain_arguments(cls) if cls else ():
        if name not in written:
            yield Item(name, KINDS.Field, f"of the call of {cls}", f"{name}: ${{1:true}}")


def values(kind: Kind, parameter: Parameter) -> Iterator[Item]:
    """The words, booleans and objects that an argument takes."""
    default = None if parameter.required else parameter.default
    words: list[str] = [*kind.options]
    if kind.words:
        words += signatures().identifiers.get(kind.words, [])
    for word in dict.fromkeys(words):
        yield Item(word, KINDS.EnumMember, "the default" if word == default else "")
    if kind.fits(True) and kind.allowed(True) and not kind.fits("a"):
        yield from booleans(default)
    if kind.family:
        for cls, signature in signatures().family(kind.family).items():
            if kind.family != "layers" or not kind.words:
                yield Item(cls, KINDS.Class, "", _in_braces(cls, signature.arguments))
    if kind.nullable:
        yield Item("null", KINDS.EnumMember, "the default" if default is None else "")


def _in_braces(cls: str, arguments: Mapping[str, Parameter]) -> str | None:
    snippet = _snippet(cls, arguments)
    return f"{{{snippet}}}" if snippet else None


def booleans(default: Any) -> Iterator[Item]:
    """True and false."""
    for value in (True, False):
        yield Item(flow(value), KINDS.EnumMember, "the default" if value is default else "")
