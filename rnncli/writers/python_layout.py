"""Lays out Python as ``ruff format`` does: flat where it fits, else broken at its brackets.

Code is a sequence of parts: text, and brackets that may be broken.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

WIDTH = 100
_STEP = 4


class Bracket(msgspec.Struct, frozen=True):
    """``(…)``, ``[…]`` or ``{…}`` with items between commas.

    The arguments of a call may all be on one line of their own; other items are one to a line.
    ``is_open`` breaks it even if it fits.
    """

    opening: str
    closing: str
    items: tuple[Code, ...]
    is_call: bool = False
    is_open: bool = False


Code = tuple["str | Bracket", ...]


def call(function: str | Code, arguments: Iterable[Code]) -> Code:
    """The code that calls a function."""
    head = (function,) if isinstance(function, str) else function
    return (*head, Bracket("(", ")", tuple(arguments), is_call=True))


def keyword(name: str, value: Code) -> Code:
    """The code of an argument with its name."""
    return (f"{name}=", *value)


def listing(items: Iterable[Code], is_open: bool = False) -> Code:
    """The code of a list."""
    return (Bracket("[", "]", tuple(items), is_open=is_open),)


def mapping(pairs: Iterable[tuple[str, Code]]) -> Code:
    """The code of a dict; the keys are code as well."""
    return (Bracket("{", "}", tuple([(f"{key}: ", *value) for key, value in pairs])),)


def statement(code: Code, indent: int = 0) -> list[str]:
    """The lines of a statement."""
    return _broken(code, indent, "", 0)


def assignment(targets: Sequence[str], value: Code, indent: int = 0) -> list[str]:
    """The lines of a statement that gives names to a value; several are unpacked."""
    if not targets:
        return statement(value, indent)
    names = ", ".join(targets)
    if len(targets) > 1 and indent + len(f"{names} = ") + _until_break(value) > WIDTH:
        margin = " " * indent
        inner = [f"{margin}{' ' * _STEP}{name}," for name in targets]
        last = _broken(value, indent, ") = ", 0)
        return [f"{margin}(", *inner, *last]
    return _broken((f"{names} = ", *value), indent, "", 0)


def flat(code: Code) -> str:
    """The code on one line."""
    return "".join(part if isinstance(part, str) else _flat_bracket(part) for part in code)


def _flat_bracket(bracket: Bracket) -> str:
    return f"{bracket.opening}{', '.join(map(flat, bracket.items))}{bracket.closing}"


def _broken(code: Code, indent: int, start: str, rest: int) -> list[str]:
    """The lines of code behind ``start``; ``rest`` columns of other code follow the last line."""
    margin = " " * indent
    lines: list[str] = []
    line = margin + start
    for number, part in enumerate(code):
        if isinstance(part, str):
            line += part
            continue
        behind = _until_break(code[number + 1 :], rest)
        text = _flat_bracket(part)
        if not part.items or (not _is_open(part) and len(line) + len(text) + behind <= WIDTH):
            line += text
            continue
        lines += [line + part.opening, *_body(part, indent + _STEP)]
        line = margin + part.closing
    return [*lines, line]


def _body(bracket: Bracket, indent: int) -> list[str]:
    """The lines between a bracket that is broken and its end."""
    if bracket.is_call:
        text = ", ".join(map(flat, bracket.items))
        if indent + len(text) <= WIDTH and not any(map(_is_open_in, bracket.items)):
            return [" " * indent + text]
        if len(bracket.items) == 1:
            return _broken(bracket.items[0], indent, "", 0)
    lines: list[str] = []
    for item in bracket.items:
        lines += _broken(item, indent, "", 1)
        lines[-1] += ","
    return lines


def _is_open(bracket: Bracket) -> bool:
    return bracket.is_open or any(map(_is_open_in, bracket.items))


def _is_open_in(code: Code) -> bool:
    return any(isinstance(part, Bracket) and _is_open(part) for part in code)


def _until_break(code: Code, rest: int = 0) -> int:
    """The columns of code up to the first place where it can be broken, or to its end."""
    columns = 0
    for part in code:
        if isinstance(part, Bracket):
            if part.items:
                return columns + len(part.opening)
            columns += len(part.opening + part.closing)
        else:
            columns += len(part)
    return columns + rest
