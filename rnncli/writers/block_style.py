"""Plain data → YAML as a person writes it: short things on one line, long ones on several."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rnncli.config.writing import flow

WIDTH = 100
# Below these keys each item has a line of its own, and so has each key of a model in place.
_BLOCKS = ("layers", "model")


def block_text(config: Mapping[str, Any]) -> str:
    """The YAML of a config, with a line for each key and for each layer."""
    return "".join(f"{line}\n" for key, value in config.items() for line in _pair(key, value, 0))


def _pair(key: str, value: Any, indent: int) -> Iterator[str]:
    """The lines of a key and its value, which is on the same line if it fits there."""
    margin, written = " " * indent, flow(key)
    if value is None:
        yield f"{margin}{written}:"
        return
    line = f"{margin}{written}: {flow(value)}"
    if not _holds_block(key, value) and len(line) <= WIDTH:
        yield line
    elif isinstance(value, Mapping):
        yield f"{margin}{written}:"
        for inner, item in value.items():
            yield from _pair(inner, item, indent + 2)
    elif isinstance(value, list) and _holds_block(key, value):
        yield f"{margin}{written}:"
        for item in value:
            yield from _item(item, indent + 2)
    elif isinstance(value, list):
        yield f"{margin}{written}:"
        yield from _wrapped(map(flow, value), indent + 2)
    else:
        yield line


def _item(entry: Any, indent: int) -> Iterator[str]:
    """The lines of an item of a list, behind a dash."""
    if not isinstance(entry, Mapping):
        yield f"{' ' * indent}- {flow(entry)}"
        return
    lines = [line for key, value in entry.items() for line in _pair(key, value, indent + 2)]
    yield f"{' ' * indent}- {lines[0].lstrip()}"
    yield from lines[1:]


def _wrapped(items: Iterable[str], indent: int) -> Iterator[str]:
    """A list in brackets, on as many lines as it needs."""
    line = " " * indent + "["
    for number, item in enumerate(items):
        comma = ", " if number else ""
        if number and len(line) + len(comma) + len(item) > WIDTH:
            yield f"{line},"
            line, comma = " " * (indent + 1), ""
        line += comma + item
    yield f"{line}]"


def _holds_block(key: str, value: Any) -> bool:
    """Whether a key, or one below it, has its value on several lines."""
    if key in _BLOCKS and isinstance(value, Mapping | list):
        return True
    if isinstance(value, Mapping):
        return any(_holds_block(inner, item) for inner, item in value.items())
    return False
