"""Python's spelling of values and calls, which people copy into configs: parsed, never run.

Only constants, tuples, lists, dicts, names, and calls of names with such arguments are understood.
All other expressions are refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from rnncli.problems import Place

# No layer is as long as this in Python, and no longer text is parsed.
LONGEST = 2000

_ASSIGNED = re.compile(r"\s*[\w.]+\s*=(?!=)\s*")
_KEYWORDS = re.compile(r"\s*\w+\s*=(?!=)")


class Call(msgspec.Struct, frozen=True):
    """A call as it is written: ``keras.layers.LSTM(16, return_sequences=True)``."""

    name: str
    positional: tuple[Any, ...] = ()
    keywords: Mapping[str, Any] = msgspec.field(default_factory=dict)

    @property
    def last(self) -> str:
        """The name without the modules that it is looked up in."""
        return self.name.rpartition(".")[2]


class Name(msgspec.Struct, frozen=True):
    """A name that is not called, such as ``tf.nn.relu``."""

    name: str

    @property
    def last(self) -> str:
        """The name without the modules that it is looked up in."""
        return self.name.rpartition(".")[2]


def understand(text: str) -> Any:
    """What a text means in Python: a value, a :class:`Call` or a :class:`Name`.

    ``x = Dense(3)(y)`` and ``model.add(Dense(3))`` mean the layer.

    Raises:
        ValueError: the text is not such a value, name or call.
    """
    assignment = _ASSIGNED.match(text) if "(" in text else None
    text = text[assignment.end() :].strip() if assignment else text.strip()
    if text.endswith("),"):
        text = text[:-1]
    value = _value(_parsed(text))
    if isinstance(value, Call) and value.last == "add" and len(value.positional) == 1:
        return value.positional[0]
    return value


def call_text(place: Place, written: str) -> tuple[str, Place] | None:
    """The whole text of a call or a tuple that begins at a place, and the place of that text.

    Commas end a word in brackets: YAML reads ``[LSTM(3, name="a")]`` as ``LSTM(3`` and a second
    item. None if no parenthesis opens there, or if it is not closed on the line.
    """
    if "(" not in written:
        return None
    if written.count("(") == written.count(")"):
        return written, place
    line = place.source.lines[place.line - 1]
    depth = 0
    for column in range(place.column - 1, min(len(line), place.column + LONGEST)):
        depth += (line[column] == "(") - (line[column] == ")")
        if line[column] == ")" and depth == 0:
            if line[column + 1 :].lstrip().startswith(":"):
                return None
            return line[place.column - 1 : column + 1], replace(place, end=column + 2)
    return None


def keywords(text: str) -> Mapping[str, Any] | None:
    """``units=3, activation="relu"`` as a mapping; None for any other text."""
    if not _KEYWORDS.match(text):
        return None
    try:
        call = _value(_parsed(f"f({text})"))
    except ValueError:
        return None
    return call.keywords if isinstance(call, Call) and not call.positional else None


def _parsed(text: str) -> Any:
    import ast
    import warnings

    if len(text) > LONGEST:
        raise ValueError("too long")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text, mode="eval").body
    except (SyntaxError, MemoryError, RecursionError) as error:
        raise ValueError(str(error)) from None


def _value(node: Any) -> Any:
    import ast

    if isinstance(node, ast.Constant) and isinstance(node.value, int | float | str | None):
        return node.value
    if isinstance(node, ast.Tuple | ast.List):
        return [_value(item) for item in node.elts]
    if isinstance(node, ast.Dict):
        return {_key(key): _value(value) for key, value in zip(node.keys, node.values, strict=True)}
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        number = _value(node.operand)
        if isinstance(number, int | float):
            return -number
    if isinstance(node, ast.Name | ast.Attribute):
        return Name(_dotted(node))
    if isinstance(node, ast.Call):
        return _call(node)
    raise ValueError("not a value")


def _call(node: Any) -> Call:
    import ast

    if isinstance(node.func, ast.Call):
        # Keras's functional style: a layer called on what it reads.
        return _call(node.func)
    named = {keyword.arg: _value(keyword.value) for keyword in node.keywords}
    if None in named:
        raise ValueError("not a value")
    return Call(_dotted(node.func), tuple(_value(item) for item in node.args), named)


def _key(node: Any) -> str:
    key = _value(node)
    if not isinstance(key, str):
        raise ValueError("not a word")
    return key


def _dotted(node: Any) -> str:
    import ast

    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    raise ValueError("not a name")
