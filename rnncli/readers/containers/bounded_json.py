"""JSON text of unknown origin → plain data, within bounds of time and memory."""

from __future__ import annotations

import json
import re
from typing import Any

from rnncli.readers.containers.container import printable, refuse_file

# The largest architectures known have some megabytes, nearly all of them constants.
SIZE_LIMIT = 64 * 2**20
# A model of 10,000 layers has about 300,000 objects.
_OBJECTS = 1_000_000
_VALUES = 4_000_000
# A model inside a model takes six levels.
_DEPTH = 200
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def loads(file: str, data: bytes) -> Any:
    """The data of a JSON text.

    Raises:
        ConfigError: it is no JSON, or larger or more deeply nested than a model can be.
        ValueError: it is no JSON.
    """
    if len(data) > SIZE_LIMIT:
        too_large(file)
    text = data.decode("utf-8-sig")
    if text.count("{") + text.count("[") > _OBJECTS or text.count(",") > _VALUES:
        too_large(file)
    try:
        value = json.loads(text)
        if _SURROGATE.search(text):
            json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        _too_deep(file)
    if _is_deeper_than(value, _DEPTH):
        _too_deep(file)
    return value


def loads_part(file: str, part: str, data: bytes) -> Any:
    """The data of a JSON text that is a part of a file, such as ``config.json``.

    Raises:
        ConfigError: as for ``loads``, or it is no JSON.
    """
    try:
        return loads(file, data)
    except ValueError as error:
        refuse_file(
            file,
            "model-damaged",
            f"{part} in the file is not valid JSON: {printable(str(error))}",
            "save the model again with Keras",
        )


def too_large(file: str) -> None:
    """Raises the error of an architecture that no computer should try to read.

    Raises:
        ConfigError: always.
    """
    refuse_file(
        file, "model-limit", "the description of the model is larger than any model's can be"
    )


def _too_deep(file: str) -> None:
    refuse_file(file, "model-limit", f"the JSON of the model is nested deeper than {_DEPTH} levels")


def _is_deeper_than(value: Any, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True
