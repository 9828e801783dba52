"""Conditions on unknown lengths → lengths that meet them.

Equations between lengths are solved, so that one length is free and the others follow from it. The
smallest number is chosen that meets the others, such as a minimum length or a multiple of 8.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from rnncli.rules.expressions import (
    Expression,
    Quotient,
    Unknown,
    constant,
    minus,
    substituted,
    times,
    value,
)
from rnncli.rules.sizes import Condition

# How many lengths are tried one by one, how many around one that is likely, the largest of all,
# and how many lengths are changed by themselves where all of them together do not help.
_PATIENCE = 4_000
_NEAR = 100
_LARGEST = 2**40
_ALONE = 20


class Rules(msgspec.Struct, frozen=True):
    """What must hold of lengths: those that follow from others, and conditions on the free ones."""

    ties: Mapping[int, Expression]
    conditions: tuple[Condition, ...]

    @property
    def impossible(self) -> bool:
        """Whether no lengths meet the conditions, such as T = T−2."""
        return any(map(_is_never_met, self.conditions))

    def completed(self, sizes: Sequence[int]) -> list[int]:
        """The sizes of the free lengths with those that follow from them."""
        complete = [*sizes]
        for number, expression in self.ties.items():
            complete[number] = value(expression, sizes)
        return complete

    def broken(self, sizes: Sequence[int]) -> list[Condition]:
        """The conditions that these lengths do not meet."""
        return [condition for condition in self.conditions if not holds(condition, sizes)]


def rules_of(conditions: Iterable[Condition]) -> Rules:
    """The conditions, solved for every length that follows directly from others."""
    conditions = tuple(conditions)
    ties: dict[int, Expression] = {}
    for condition in conditions:
        if not condition.at_least:
            solved = _solved(_resolved(condition.expression, ties))
            if solved is not None:
                ties[solved[0]] = solved[1]
    ties = {number: _resolved(expression, ties) for number, expression in ties.items()}
    remaining: dict[Condition, None] = {}
    for condition in conditions:
        expression = substituted(condition.expression, ties)
        if expression.unknowns or not holds(Condition(expression, condition.at_least), ()):
            remaining[Condition(expression, condition.at_least)] = None
    for expression in ties.values():
        # A length that follows from others is no less than 1.
        positive = Condition(minus(expression, constant(1)), at_least=True)
        if expression.unknowns or not holds(positive, ()):
            remaining[positive] = None
    return Rules(ties, tuple(remaining))


def _resolved(expression: Expression, ties: Mapping[int, Expression]) -> Expression:
    """The expression in free lengths alone."""
    while any(number in ties for number in expression.unknowns):
        expression = substituted(expression, ties)
    return expression


def _solved(expression: Expression) -> tuple[int, Expression] | None:
    """The last length for which ``expression = 0`` is plainly solved, and what it then is."""
    alone = {
        monomial[0].number: coefficient
        for monomial, coefficient in expression.terms
        if len(monomial) == 1 and isinstance(monomial[0], Unknown) and abs(coefficient) == 1
    }
    for number in sorted(alone, reverse=True):
        rest = Expression(
            tuple([term for term in expression.terms if term[0] != (Unknown(number),)])
        )
        if rest.unknowns and number not in rest.unknowns:
            return number, times(constant(-alone[number]), rest)
    return None


def fit(
    rules: Rules, sizes: Sequence[int], fixed: Iterable[int] = (), least: int = 2
) -> list[int] | None:
    """The sizes with some of the free lengths changed so that all conditions are met.

    A changed length is the smallest from ``least`` on that meets them. It is 1 only where a
    condition says so, as an axis of size 1 fits any other. None where nothing was found.
    """
    broken = rules.broken(sizes)
    if not broken:
        return [*sizes]
    kept = {*fixed}
    concerned = sorted({n for condition in broken for n in condition.expression.unknowns} - kept)
    alone = concerned[:_ALONE] if len(concerned) > 1 else []
    groups = [concerned, *([number] for number in alone)]
    for group in groups if concerned else ():
        fitted_sizes = _fit_group(rules, broken, sizes, group, least)
        if fitted_sizes is not None:
            return fitted_sizes
    return None


def _fit_group(
    rules: Rules, broken: Sequence[Condition], sizes: Sequence[int], group: list[int], least: int
) -> list[int] | None:
    """The sizes with one number in place of all those of a group."""
    unmet = {*broken}
    group_conditions = [
        condition
        for condition in rules.conditions
        if condition in unmet or not {*group}.isdisjoint(condition.expression.unknowns)
    ]
    trial = [*sizes]

    def fits(size: int, conditions: Iterable[Condition]) -> bool:
        for number in group:
            trial[number] = size
        return all(holds(condition, trial) for condition in conditions)

    bounds = [condition for condition in group_conditions if condition.at_least]
    floors = [condition for condition in bounds if not _is_ceiling(condition)]
    first = next((s for s in _doubled(least) if fits(s, floors)), None)
    if first is None:
        return None
    low = least if first == least else first // 2
    while first - low > 1:
        middle = (low + first) // 2
        low, first = (low, middle) if fits(middle, floors) else (middle, first)
    first = low if low >= least and fits(low, floors) else first
    exact = [condition for condition in group_conditions if not condition.at_least]
    # Where no length of several steps is short enough, one may be.
    shortest = [1] if least == 2 and len(floors) < len(bounds) else []
    for size in (*_given_plainly(exact, group), *_candidates(exact, first), *shortest):
        if size > 0 and fits(size, exact) and fits(size, bounds):
            return trial
    return None


def _is_ceiling(condition: Condition) -> bool:
    """Whether lengths can only be too large for a condition."""
    return all(coefficient < 0 for monomial, coefficient in condition.expression.terms if monomial)


def _candidates(exact: Sequence[Condition], first: int) -> Iterator[int]:
    """The sizes from the first on that may meet the conditions.

    Remainders repeat with the least common multiple of all divisors, so that one period is enough.
    Of a long period, the sizes near its start are tried.
    """
    if not exact:
        yield first
        return
    divisors = [
        a.by for condition in exact for a in condition.expression.atoms if isinstance(a, Quotient)
    ]
    period = math.lcm(*divisors)
    yield from range(first, first + min(period + _NEAR, _PATIENCE))
    if period > _PATIENCE // 2:
        start = -(-first // period) * period
        yield from range(max(first, start - _NEAR), start + _NEAR)


def _doubled(least: int) -> Iterator[int]:
    size = least
    while size < _LARGEST:
        yield size
        size *= 2


def _given_plainly(exact: Iterable[Condition], group: Sequence[int]) -> Iterator[int]:
    """Sizes that a condition names: 7 where T−7 must be 0."""
    for condition in exact:
        terms = [term for term in condition.expression.terms if term[0]]
        if len(terms) == 1 and terms[0][0] in [(Unknown(number),) for number in group]:
            size, rest = divmod(-condition.expression.constant, terms[0][1])
            if not rest:
                yield size


def _is_never_met(condition: Condition) -> bool:
    """Whether an expression that only grows, or only shrinks, with its lengths is too large or too
    small already where all of them are 1."""
    signs = {coefficient > 0 for monomial, coefficient in condition.expression.terms if monomial}
    grows = all(
        coefficient > 0
        for atom in condition.expression.atoms
        if isinstance(atom, Quotient)
        for monomial, coefficient in atom.numerator.terms
        if monomial
    )
    if not grows or len(signs) > 1:
        return False
    least = value(condition.expression, dict.fromkeys(condition.expression.unknowns, 1))
    return (least < 0 and signs != {True}) or (
        least > 0 and signs != {False} and not condition.at_least
    )


def holds(condition: Condition, sizes: Sequence[int]) -> bool:
    """Whether these lengths meet a condition."""
    result = value(condition.expression, sizes)
    return result >= 0 if condition.at_least else result == 0
