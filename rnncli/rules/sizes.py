"""Sizes of axes that depend on a length which is not known.

To count, a plan puts numbers in place of unknown lengths. A :class:`Size` is such a number, and
remembers on its way through the rules what it is of the lengths: a rule that computes
``(size - 3) // 2 + 1`` of a number computes the expression as well, and need not know of it. What
must hold of the lengths, that two be equal or one be long enough, goes through :func:`alike`,
:func:`at_least` and :func:`divisible`, which note it in the trace that the sizes belong to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from rnncli.rules.expressions import (
    Expression,
    Function,
    Unknown,
    atom,
    constant,
    minus,
    plus,
    quotient,
    text,
    times,
)


class Condition(msgspec.Struct, frozen=True):
    """What must hold of the lengths: the expression is 0, or with ``at_least`` no less than 0."""

    expression: Expression
    at_least: bool = False


class Trace:
    """One pass through a model: what its lengths are called, and what the rules ask of them.

    ``names`` of None writes sizes in messages as the numbers that they are.
    """

    def __init__(self, names: Sequence[str] | None) -> None:
        self.names = names
        self.conditions: dict[Condition, None] = {}
        self._functions: dict[object, Function] = {}

    def size(self, number: int, value: int) -> Size:
        """The unknown length of this number."""
        return Size(value, atom(Unknown(number)), self)

    def function(self, how: object, of: Iterable[int]) -> Expression:
        """A value of which only the arguments are written; the same for the same computation."""
        function = self._functions.get(how)
        if function is None:
            function = Function(len(self._functions), tuple(sorted({*of})))
            self._functions[how] = function
        return atom(function)


class Size(int):
    """A number that remembers what it is of the unknown lengths."""

    expression: Expression
    trace: Trace

    def __new__(cls, value: int, expression: Expression, trace: Trace) -> Size:
        """The number, what it is of the lengths, and the trace that it belongs to."""
        self = super().__new__(cls, value)
        self.expression = expression
        self.trace = trace
        return self

    def __add__(self, other: int) -> int:
        return self._result("+", int(self) + int(other), plus, self, other)

    def __radd__(self, other: int) -> int:
        return self._result("+", int(other) + int(self), plus, other, self)

    def __sub__(self, other: int) -> int:
        return self._result("-", int(self) - int(other), minus, self, other)

    def __rsub__(self, other: int) -> int:
        return self._result("-", int(other) - int(self), minus, other, self)

    def __mul__(self, other: int) -> int:
        return self._result("*", int(self) * int(other), times, self, other)

    def __rmul__(self, other: int) -> int:
        return self._result("*", int(other) * int(self), times, other, self)

    def __neg__(self) -> int:
        return 0 - self

    def __floordiv__(self, other: int) -> int:
        operation = _divided if type(other) is int and other > 0 else None
        return self._result("//", int(self) // int(other), operation, self, other)

    def __rfloordiv__(self, other: int) -> int:
        return self._result("//", int(other) // int(self), None, other, self)

    def __str__(self) -> str:
        names = self.trace.names
        return int.__repr__(self) if names is None else text(self.expression, names)

    __repr__ = __str__

    def _result(self, sign: str, value: int, operation: Any, left: int, right: int) -> int:
        """The result of an operation, with its expression; a number alone where it has none."""
        first, second = expression_of(left), expression_of(right)
        result: Expression | None = operation(first, second) if operation else None
        if result is None or not result.is_readable:
            result = self.trace.function((sign, first, second), (*first.unknowns, *second.unknowns))
        return value if result.is_constant else Size(value, result, self.trace)


def expression_of(size: int) -> Expression:
    """What a size is of the lengths: itself, where it depends on none."""
    return size.expression if isinstance(size, Size) else constant(size)


def _divided(left: Expression, right: Expression) -> Expression:
    return quotient(left, right.constant)


def alike(sizes: Iterable[int | None]) -> bool:
    """Whether sizes that must be equal are, as far as they are known.

    Of lengths that are not known it is noted that they must be.
    """
    known = [size for size in sizes if size is not None]
    trace = next((size.trace for size in known if isinstance(size, Size)), None)
    if trace is not None:
        first = expression_of(known[0])
        for size in known[1:]:
            _note(trace, minus(first, expression_of(size)))
    return len({*known}) < 2


def at_least(size: int, least: int) -> bool:
    """Whether a size is as large as it must be."""
    if type(size) is Size:
        _note(size.trace, minus(size.expression, constant(least)), at_least=True)
    return size >= least


def divisible(size: int, by: int) -> bool:
    """Whether a size that must be a multiple is one."""
    if type(size) is Size and by > 0:
        multiple = times(quotient(size.expression, by), constant(by))
        _note(size.trace, minus(size.expression, multiple))
    return size % by == 0


def _note(trace: Trace, expression: Expression, at_least: bool = False) -> None:
    """Keeps a condition that some lengths could break."""
    if expression.terms and expression.is_known:
        trace.conditions[Condition(expression, at_least)] = None
