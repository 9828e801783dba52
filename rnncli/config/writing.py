"""Plain values → the text of a config, on one line and as short as possible."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

# Words that need no quotes anywhere.
_PLAIN = re.compile(r"[A-Za-z_][\w./-]*", re.ASCII)
_OTHERWISE = frozenset(
    {"null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf", "none"}
)


def flow(value: Any, as_json: bool = False) -> str:
    """A value as YAML's flow style writes it; ``as_json`` quotes every word, as JSON does."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, Mapping):
        pairs = (f"{flow(key, as_json)}: {flow(item, as_json)}" for key, item in value.items())
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(flow(item, as_json) for item in value)}]"
    return _word(str(value), as_json)


def inline(value: Any) -> str:
    """An entry as it is written after a dash: ``LSTM: 3``, without the braces of a mapping."""
    return flow(value)[1:-1] if isinstance(value, Mapping) and value else flow(value)


def shortest(cls: str, arguments: Mapping[str, Any], first: str | None) -> Any:
    """An object in its shortest form: ``Flatten``, ``LSTM: 3``, ``LSTM: {units: 3, …}``.

    ``first`` is the name of its first argument, which may stand alone.
    """
    if not arguments:
        return cls
    if first is not None and [*arguments] == [first]:
        value = arguments[first]
        if not isinstance(value, Mapping) and value is not None:
            return {cls: value}
    return {cls: _unnamed(arguments, first)}


def _unnamed(arguments: Mapping[str, Any], first: str | None) -> Mapping[str, Any]:
    """``Bidirectional: {LSTM: 3}``: an object as the first argument needs no argument name."""
    inner = arguments.get(first) if first is not None else None
    if not isinstance(inner, Mapping) or len(inner) != 1:
        return arguments
    rest = {name: value for name, value in arguments.items() if name != first}
    return {**inner, **rest}


def _number(value: float) -> str:
    if math.isnan(value):
        return ".nan"
    if math.isinf(value):
        return ".inf" if value > 0 else "-.inf"
    return repr(value)


def _word(text: str, as_json: bool) -> str:
    if not as_json and _PLAIN.fullmatch(text) and text.lower() not in _OTHERWISE:
        return text
    if as_json:
        return json.dumps(text, ensure_ascii=not text.isprintable())
    # JSON writes a character beyond 16 bits as two escapes, which YAML does not join.
    return "".join(
        character if character.isprintable() else f"\\U{ord(character):08x}"
        for character in json.dumps(text, ensure_ascii=False)
    )
