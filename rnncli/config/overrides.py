"""``--set layer.argument=value``: changes to a config from the command line."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from rnncli.config.files import printable_path
from rnncli.config.grammar import parse_value
from rnncli.config.nodes import SETTING
from rnncli.config.spec import ModelSpec, Value
from rnncli.problems import ConfigError, Place, Source, problem

# The keys of a config that a setting may name in place of a layer.
KEYS = ("length",)
Setting = tuple[tuple[str, ...], Value]


def override(spec: ModelSpec, settings: Iterable[str]) -> ModelSpec:
    """The spec with its ``path=value`` settings; names are looked up when the spec is bound.

    Raises:
        ConfigError: a setting is not of the form ``layer.argument=value``.
    """
    parsed = tuple(_setting(setting) for setting in settings)
    return replace(spec, settings=spec.settings + parsed) if parsed else spec


def _setting(text: str) -> Setting:
    text = printable_path(text)
    path, equals, value = text.partition("=")
    parts = tuple(path.strip().split("."))
    source = Source(SETTING, text)
    if not equals or not all(parts) or (len(parts) < 2 and parts[0] not in KEYS):
        raise ConfigError(
            problem(
                "bad-set",
                "--set takes layer.argument=value",
                "such as --set lstm.units=64",
                place=Place(source, 1, 1, len(text) + 1),
            )
        )
    parsed = parse_value(Source(SETTING, " " * (len(path) + 1) + value))
    place = Place(source, 1, 1, len(text) + 1)
    return parts, Value(parsed.data, place)
