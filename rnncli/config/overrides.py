"""``--set layer.argument=value``: changes to a config from the command line."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from rnncli.config.files import printable_path
from rnncli.config.findings import ProblemCollector
from rnncli.config.nodes import SETTING, parse_rest
from rnncli.config.spec import ModelSpec, Setting
from rnncli.config.values import Values
from rnncli.problems import ConfigError, Place, Problem, Source, problem

EXAMPLES = "such as --set lstm.units=64, or --set length=50"


def override(spec: ModelSpec, settings: Iterable[str]) -> ModelSpec:
    """The spec with its ``path=value`` settings; names are looked up when the spec is bound.

    Raises:
        ConfigError: a setting is not of the form ``path=value``, or its value is not YAML.
    """
    parsed = tuple(_parse(setting) for setting in settings)
    return replace(spec, settings=spec.settings + parsed) if parsed else spec


def _parse(text: str) -> Setting:
    text = printable_path(text)
    path, equals, value = text.partition("=")
    parts = tuple(part.strip() for part in path.split("."))
    source = Source(SETTING, text)
    place = Place(source, 1, 1, len(text) + 1)
    if not equals or not all(parts):
        raise ConfigError(
            problem("bad-set", "--set takes layer.argument=value", EXAMPLES, place=place)
        )
    if not value.strip():
        message = f"nothing follows {path.strip()}="
        fix = "write a value, or null for none"
        raise ConfigError(problem("bad-set", message, fix, place=place))
    collector = ProblemCollector(text)
    try:
        node = parse_rest(source, len(path) + 1)
        parsed = Values(collector).value(node)
    except ConfigError as error:
        collector.problems += error.problems
    if collector.problems:
        raise ConfigError(*[_of_option(cause, place) for cause in collector.problems])
    return Setting(parts, replace(parsed, place=place), node)


def _of_option(cause: Problem, place: Place) -> Problem:
    """A problem with the value of a setting: the text of an option cannot be edited."""
    if cause.excerpt is None:
        # The parser failed behind the end of the text.
        fix = "check the brackets and quotes of the value"
        return problem(cause.code, cause.message, fix, place=place)
    return replace(cause, edits=(), safe=None)
