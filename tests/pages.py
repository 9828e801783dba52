"""The sections of the manual that are generated: commands with their options, codes, operations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import typer.main

from rnncli.cli.main import app
from rnncli.keras_api.operations import ALIASES
from rnncli.layers.ops.catalogue import OPERATION_FAMILIES
from rnncli.reference.problem_codes import explanations

_OPTIONS = "| option | what it does |\n| --- | --- |\n"


def generated(name: str, text: str) -> str:
    """The text of a page with its generated section as the program has it now."""
    if name not in _SECTIONS:
        return text
    heading, body = _SECTIONS[name]
    before, found, after = text.partition(f"\n{heading}\n")
    assert found, f"{name}.md has no section {heading}"
    _, following, rest = after.partition("\n## ")
    return f"{before}{found}\n{body()}{following}{rest}"


def commands() -> str:
    """Each command with the options of its own, then the options that commands share."""
    by_command = {
        name: [_row(parameter) for parameter in command.params if hasattr(parameter, "is_flag")]
        for name, command in _commands()
    }
    users = defaultdict(list)
    for name, rows in by_command.items():
        for row in rows:
            users[row].append(name)
    shared = [row for row, names in users.items() if len(names) > 1]
    parts = []
    for name, command in _commands():
        arguments = [p.metavar for p in command.params if not hasattr(p, "is_flag")]
        own = [row for row in by_command[name] if row not in shared]
        parts += [f"### {' '.join(['rnncli', name, *arguments])}\n", f"{command.help}\n"]
        if own:
            parts.append(f"{_OPTIONS}{''.join(own)}")
    rows = [row.rstrip("\n") + f" {', '.join(users[row])} |\n" for row in shared]
    heading = "| option | what it does | of |\n| --- | --- | --- |\n"
    return "\n".join([*parts, "### Options of several commands\n", f"{heading}{''.join(rows)}"])


def codes() -> str:
    """Every problem code with the line that explains it."""
    rows = [f"| `{code}` | {text.means} |\n" for code, text in explanations().items()]
    return f"| code | what it means |\n| --- | --- |\n{''.join(rows)}"


def operations() -> str:
    """The operations of each family, without `ops.` before their names, and their other names."""
    rows = []
    for family, functions in OPERATION_FAMILIES.items():
        names = ", ".join(f"`{function.removeprefix('ops.')}`" for function in functions)
        rows.append(f"| {family.removeprefix('Operations: ')} | {names} |\n")
    others = ", ".join(f"`{alias}` for `{function}`" for alias, function in ALIASES.items())
    return f"| kind | operations |\n| --- | --- |\n{''.join(rows)}\nOther names are accepted: {others}.\n"


def _commands() -> Iterator[tuple[str, Any]]:
    program: Any = typer.main.get_command(app)
    yield from program.commands.items()


def _row(option: Any) -> str:
    names = ", ".join(sorted(option.opts, key=len))
    value = "" if option.is_flag else f" {_value(option)}"
    choices = [str(getattr(each, "value", each)) for each in _choices(option)]
    about = [option.help]
    if choices:
        about.append(f"One of {', '.join(choices)}.")
    if not option.is_flag and isinstance(option.default, str | int):
        about.append(f"Default: {option.default}.")
    written = f"{names}{value}".replace("|", "\\|")
    return f"| `{written}` | {' '.join(about)} |\n"


def _value(option: Any) -> str:
    return str(option.metavar or ("NAME" if _choices(option) else "N"))


def _choices(option: Any) -> Sequence[Any]:
    return getattr(option.type, "choices", ())


_SECTIONS: Mapping[str, tuple[str, Callable[[], str]]] = {
    "cli": ("## Commands", commands),
    "config": ("## All operations", operations),
    "problems": ("## Codes", codes),
}
