"""Problems → text: place, reason, the line at fault, the fix."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rnncli.formats.text import one_line, safe, wrapped
from rnncli.problems import Excerpt, Problem

_COLOURS = {"error": "\x1b[1;31m", "warning": "\x1b[1;33m", "note": "\x1b[1;36m"}
_RESET = "\x1b[0m"
# A line break before text that CI reads as a command, even if the text is indented.
_COMMAND = re.compile(r"\n(?=\s*(::|##\[))")


def render(problems: Iterable[Problem], colour: bool = False, width: int | None = None) -> str:
    """Returns one paragraph per problem, as compilers print them, wrapped to the width."""
    return "".join(_one(problem, colour, width) for problem in problems)


def fixed_line(problem: Problem, verb: str, width: int | None = None, why: str = "") -> str:
    """Returns one line about a problem's fix: place, what became of it, and why it was undone."""
    text = f"{one_line(_place(problem))}: {verb}[{problem.code}]: {one_line(problem.message)}"
    text = f"{text}: {one_line(why)}" if why else text
    return "\n".join(wrapped(text, width, "    ")) + "\n"


def record(source: str, problems: Iterable[Problem]) -> dict[str, object]:
    """The problems of one config, for a JSON document."""
    return {"schema": "rnncli.check.v1", "source": source, "problems": list(problems)}


def github(problems: Iterable[Problem]) -> str:
    """Workflow commands that GitHub shows beside the lines of a pull request.

    Their form: https://docs.github.com/actions/reference/workflow-commands-for-github-actions
    """
    return "".join(_annotation(problem) for problem in problems)


def _annotation(problem: Problem) -> str:
    level = {"error": "error", "warning": "warning", "note": "notice"}[problem.severity]
    fields = {
        "file": problem.file,
        "line": problem.line,
        "col": problem.column,
        "title": problem.code,
    }
    properties = ",".join(
        f"{name}={_escaped(str(value), ':,')}" for name, value in fields.items() if value
    )
    text = f"{problem.message}\nfix: {problem.fix}" if problem.fix else problem.message
    return f"::{level} {properties}::{_escaped(text)}\n"


def _escaped(text: str, more: str = "") -> str:
    for mark in f"%\r\n{more}":
        text = text.replace(mark, f"%{ord(mark):02X}")
    return safe(text)


def _one(problem: Problem, colour: bool, width: int | None) -> str:
    place = _place(problem)
    severity = f"{problem.severity}[{problem.code}]"
    message = f"{severity}: {one_line(problem.message)}"
    lines = wrapped(f"{one_line(place)}: {message}" if place else message, width, "    ")
    if colour:
        coloured = f"{_COLOURS[problem.severity]}{severity}{_RESET}"
        number = next(n for n, line in enumerate(lines) if severity in line)
        lines[number] = lines[number].replace(severity, coloured, 1)
    if problem.excerpt:
        lines += _excerpt(problem.excerpt)
    if problem.fix:
        first, *rest = _COMMAND.sub(r"\\n", safe(problem.fix)).split("\n")
        lines += wrapped(f"  fix: {first}", width, "       ")
        lines += [f"  {line}" for line in rest]
    return "\n".join(lines) + "\n"


def _place(problem: Problem) -> str:
    parts = (problem.file, problem.line, problem.column)
    return ":".join(str(part) for part in parts if part is not None)


def _excerpt(excerpt: Excerpt) -> list[str]:
    number = str(excerpt.line)
    before = safe(excerpt.text[: excerpt.column - 1])
    marked = safe(excerpt.text[excerpt.column - 1 : excerpt.end_column - 1])
    carets = "^" * max(1, len(marked))
    label = f" {one_line(excerpt.label)}" if excerpt.label else ""
    margin = " " * (len(number) + 2)
    return [
        f"  {number} | {safe(excerpt.text)}",
        f"{margin} | {' ' * len(before)}{carets}{label}",
    ]
