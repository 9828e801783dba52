"""Sizes of axes that depend on unknown lengths.

A plan computes with numbers in place of unknown lengths. A :class:`Size` is such a number with its
expression in the lengths: a rule that computes ``(size - 3) // 2 + 1`` computes the expression as
well, and need not know of it. Conditions on the lengths, such as two that must be equal or one that
must be long enough, go through :func:`alike`, :func:`at_least` and :func:`divisible`, which record
them in the trace of the sizes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache

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

Operation = Callable[[Expression, Expression], Expression]


class Condition(msgspec.Struct, frozen=True):
    """A condition on the lengths: the expression is 0, or with ``at_least`` it is at least 0."""

    expression: Expression
    at_least: bool = False


class Trace:
    """One pass through a model: the names of its lengths, and the conditions on them.

    Where ``names`` is None, messages show sizes as plain numbers.
    """

    def __init__(self, names: tuple[str, ...] | None) -> None:
        self.names = names
        self.conditions: dict[Condition, None] = {}
        self._functions: dict[object, Function] = {}

    def size(self, number: int, value: int) -> Size:
        """The unknown length of this number."""
        return Size(value, atom(Unknown(number)), self)

    def function(self, how: object, of: Iterable[int]) -> Expression:
        """A function of these lengths; the same for the same computation."""
        function = self._functions.get(how)
        if function is None:
            function = Function(len(self._functions), tuple(sorted({*of})))
            self._functions[how] = function
        return atom(function)


class Size(int):
    """A number with its expression in the unknown lengths."""

    expression: Expression
    trace: Trace

    def __new__(cls, value: int, expression: Expression, trace: Trace) -> Size:
        """Creates a size from its value, its expression and the trace that it belongs to."""
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

    def _result(
        self, sign: str, value: int, operation: Operation | None, left: int, right: int
    ) -> int:
        """The result of an operation with its expression; a plain number where that is constant."""
        first, second = expression_of(left), expression_of(right)
        result = _readable(operation, first, second) if operation else None
        if result is None:
            result = self.trace.function((sign, first, second), (*first.unknowns, *second.unknowns))
        return value if result.is_constant else Size(value, result, self.trace)


@lru_cache(maxsize=4096)
def _readable(operation: Operation, left: Expression, right: Expression) -> Expression | None:
    """The result of an operation; None where it is too long to be read.

    Layers compute with the same few lengths, at every keystroke.
    """
    result = operation(left, right)
    return result if result.is_readable else None


def expression_of(size: int) -> Expression:
    """The expression of a size; a plain number is a constant."""
    return size.expression if isinstance(size, Size) else constant(size)


def _divided(left: Expression, right: Expression) -> Expression:
    return quotient(left, right.constant)


def alike(sizes: Iterable[int | None]) -> bool:
    """Whether sizes that must be equal are equal, as far as they are known.

    For unknown lengths, the trace records the condition.
    """
    known = [size for size in sizes if size is not None]
    trace = next((size.trace for size in known if isinstance(size, Size)), None)
    if trace is not None:
        first = expression_of(known[0])
        for size in known[1:]:
            _note(trace, minus(first, expression_of(size)))
    return len({*known}) < 2


def at_least(size: int, least: int) -> bool:
    """Whether a size is at least ``least``; the trace records this for an unknown length."""
    if type(size) is Size:
        _note(size.trace, minus(size.expression, constant(least)), at_least=True)
    return size >= least


def divisible(size: int, by: int) -> bool:
    """Whether a size is a multiple of ``by``; the trace records this for an unknown length."""
    if type(size) is Size and by > 0:
        multiple = times(quotient(size.expression, by), constant(by))
        _note(size.trace, minus(size.expression, multiple))
    return size % by == 0


def _note(trace: Trace, expression: Expression, at_least: bool = False) -> None:
    """Records a condition that some lengths could break."""
    if expression.terms and expression.is_known:
        trace.conditions[Condition(expression, at_least)] = None
