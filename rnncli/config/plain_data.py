"""A config as plain data → its text in YAML, so that every problem has a place."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

from rnncli.config.nodes import DEPTH_LIMIT, NODE_LIMIT
from rnncli.config.writing import flow
from rnncli.problems import ConfigError, Problem

# The keys and the indices that lead to a value.
Path = tuple[str | int, ...]


def text_of(name: str, config: Mapping[str, Any]) -> str:
    """The YAML of a config, with a line for each key and for each layer.

    Raises:
        ConfigError: it holds what is no text, number, boolean, None, list or mapping. ``name`` is
            what the problem calls the config.
    """
    lines: list[str] = []
    for key, value in _Checked(name).value(config, ()).items():
        if key == "layers" and isinstance(value, list) and value:
            lines += ["layers:", *(f"  - {_entry(entry)}" for entry in value)]
        else:
            lines.append(f"{flow(key)}: {flow(value)}")
    return "".join(f"{line}\n" for line in lines)


def _entry(entry: Any) -> str:
    """A layer, with each key beside it on a line of its own."""
    if not isinstance(entry, Mapping) or not entry:
        return flow(entry)
    return "\n    ".join(f"{flow(key)}: {flow(value)}" for key, value in entry.items())


class _Checked:
    """Makes values plain: tuples become lists, and numbers of other libraries Python's own."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._count = 0

    def value(self, value: Any, path: Path) -> Any:
        """The plain value; ``path`` leads to it, such as ``("layers", 0, "LSTM")``."""
        self._count += 1
        if self._count > NODE_LIMIT:
            raise self._error("yaml-limit", f"this config holds more than {NODE_LIMIT:,} values")
        if len(path) > DEPTH_LIMIT:
            message = f"this is nested more than {DEPTH_LIMIT} deep"
            raise self._error("yaml-limit", message, "does it hold itself?")
        if isinstance(value, Mapping):
            return {
                self._key(key, path): self.value(inner, (*path, str(key)))
                for key, inner in value.items()
            }
        if isinstance(value, list | tuple):
            return [self.value(inner, (*path, index)) for index, inner in enumerate(value)]
        return self._scalar(value, path)

    def _key(self, key: Any, path: Path) -> Any:
        if key is None:
            raise self._no_plain_data(f"a key of {_shown(path)}", key)
        return self._scalar(key, path, f"a key of {_shown(path)}")

    def _scalar(self, value: Any, path: Path, what: str = "") -> Any:
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return str.__str__(value)
        if isinstance(value, Integral):
            return int(value)
        if isinstance(value, Real):
            return float(value)
        raise self._no_plain_data(what or _shown(path), value)

    def _no_plain_data(self, what: str, value: Any) -> ConfigError:
        kind = type(value).__name__
        fix = (
            "a config has text, numbers, booleans, None, lists and dicts; name a layer by its class"
        )
        return self._error("not-a-config", f"{what} must be plain data, not {kind}", fix)

    def _error(self, code: str, message: str, fix: str | None = None) -> ConfigError:
        return ConfigError(
            Problem(code=code, severity="error", message=message, fix=fix, file=self._name)
        )


def _shown(path: Path) -> str:
    """A path as Python reads it: ``layers[0].LSTM.units``."""
    words = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return words.removeprefix(".") or "the config"
