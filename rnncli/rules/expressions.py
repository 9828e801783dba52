"""Integer expressions over unknown lengths: ``T−2``, ``⌈T/2⌉``, ``S+T``, ``2·⌊T/2⌋``.

An expression is a sum of products of atoms in a normal form: two lengths that are computed in
different ways, but are always equal, mostly have the same expression. An atom is an unknown length,
a quotient rounded down, or, where an expression would be too long to read, a function of which only
the arguments are known.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

import msgspec

# The maximum length of an expression: a quotient counts 3, and every other atom 1.
LONGEST = 9
# The maximum number of arguments of a function that are written.
_WRITTEN = 3


class Unknown(msgspec.Struct, frozen=True):
    """An unknown length, by its number in the model."""

    number: int


class Quotient(msgspec.Struct, frozen=True):
    """``⌊numerator/by⌋``."""

    numerator: Expression
    by: int


class Function(msgspec.Struct, frozen=True):
    """A value that depends on unknown lengths in a way that is too long to write."""

    number: int
    of: tuple[int, ...]


Atom = Unknown | Quotient | Function
Monomial = tuple[Atom, ...]


class Expression(msgspec.Struct, frozen=True):
    """A sum of products of atoms, each with its coefficient; the empty product is the constant."""

    terms: tuple[tuple[Monomial, int], ...]

    @property
    def constant(self) -> int:
        """The constant term."""
        return dict(self.terms).get((), 0)

    @property
    def is_constant(self) -> bool:
        """Whether it depends on no length."""
        # The constant is the last term.
        return not self.terms or not self.terms[0][0]

    @property
    def atoms(self) -> Iterator[Atom]:
        """The atoms of all its products, with those inside of quotients."""
        for monomial, _ in self.terms:
            for atom in monomial:
                yield atom
                if isinstance(atom, Quotient):
                    yield from atom.numerator.atoms

    @property
    def unknowns(self) -> tuple[int, ...]:
        """The numbers of the lengths that it depends on."""
        numbers: set[int] = set()
        for atom in self.atoms:
            if isinstance(atom, Unknown):
                numbers.add(atom.number)
            elif isinstance(atom, Function):
                numbers.update(atom.of)
        return tuple(sorted(numbers))

    @property
    def is_readable(self) -> bool:
        """Whether it is short enough to be read."""
        return sum([3 if isinstance(atom, Quotient) else 1 for atom in self.atoms]) <= LONGEST

    @property
    def is_known(self) -> bool:
        """Whether its value can be computed from the lengths."""
        return not any(isinstance(atom, Function) for atom in self.atoms)


def constant(value: int) -> Expression:
    """A number."""
    return Expression((((), value),) if value else ())


def atom(value: Atom) -> Expression:
    """An expression of a single atom."""
    return Expression((((value,), 1),))


def plus(left: Expression, right: Expression) -> Expression:
    """The sum."""
    terms = dict(left.terms)
    for monomial, coefficient in right.terms:
        terms[monomial] = terms.get(monomial, 0) + coefficient
    return _expression(terms)


def times(left: Expression, right: Expression) -> Expression:
    """The product."""
    terms: dict[Monomial, int] = {}
    for left_atoms, coefficient in left.terms:
        for right_atoms, factor in right.terms:
            monomial = (
                tuple(sorted((*left_atoms, *right_atoms), key=_order))
                if left_atoms and right_atoms
                else left_atoms or right_atoms
            )
            terms[monomial] = terms.get(monomial, 0) + coefficient * factor
    return _expression(terms)


def minus(left: Expression, right: Expression) -> Expression:
    """The difference."""
    return plus(left, times(constant(-1), right))


def quotient(numerator: Expression, by: int) -> Expression:
    """``⌊numerator/by⌋``, where ``by`` is positive."""
    whole = {monomial: c // by for monomial, c in numerator.terms if monomial and c % by == 0}
    rest = {monomial: c for monomial, c in numerator.terms if monomial and c % by}
    more, left_over = divmod(numerator.constant, by)
    whole[()] = more
    if not rest:
        return _expression(whole)
    first = min(rest, key=_monomial_order)
    if rest[first] < 0:
        # ⌊−n/d⌋ = −⌊(n + d − 1)/d⌋
        positive = {monomial: -c for monomial, c in rest.items()}
        inner = _quotient(_expression({**positive, (): by - 1 - left_over}), by)
        return minus(_expression(whole), inner)
    return plus(_expression(whole), _quotient(_expression({**rest, (): left_over}), by))


def _quotient(numerator: Expression, by: int) -> Expression:
    """The same for a numerator whose first coefficient is positive."""
    common = by
    for monomial, coefficient in numerator.terms:
        if monomial:
            common = math.gcd(common, coefficient)
    if common > 1:
        terms = {monomial: c // common for monomial, c in numerator.terms}
        return quotient(_expression(terms), by // common)
    rest = [(monomial, c) for monomial, c in numerator.terms if monomial]
    if len(rest) == 1 and rest[0][1] == 1 and len(rest[0][0]) == 1:
        (inner,) = rest[0][0]
        if isinstance(inner, Quotient):
            # ⌊(⌊n/a⌋ + r)/d⌋ = ⌊(n + a·r)/(a·d)⌋
            shift = constant(inner.by * numerator.constant)
            return quotient(plus(inner.numerator, shift), inner.by * by)
    return atom(Quotient(numerator, by))


def value(expression: Expression, sizes: Sequence[int] | Mapping[int, int]) -> int:
    """The value of a known expression at these lengths."""
    total = 0
    for monomial, coefficient in expression.terms:
        product = coefficient
        for factor in monomial:
            if isinstance(factor, Unknown):
                product *= sizes[factor.number]
            else:
                assert isinstance(factor, Quotient)
                product *= value(factor.numerator, sizes) // factor.by
        total += product
    return total


def substituted(expression: Expression, by_number: Mapping[int, Expression]) -> Expression:
    """The expression with other expressions in place of some unknown lengths."""
    if not by_number:
        return expression
    total = constant(0)
    for monomial, coefficient in expression.terms:
        product = constant(coefficient)
        for factor in monomial:
            if isinstance(factor, Unknown):
                other = by_number.get(factor.number) or atom(factor)
            elif isinstance(factor, Quotient):
                other = quotient(substituted(factor.numerator, by_number), factor.by)
            else:
                other = atom(factor)
            product = times(product, other)
        total = plus(total, product)
    return total


@lru_cache(maxsize=4096)
def text(expression: Expression, names: tuple[str, ...]) -> str:
    """The expression as a table writes it; ``names`` are those of the lengths by number."""
    terms = [term for term in expression.terms if term[0]]
    number = expression.constant
    if not terms:
        return str(number)
    first, coefficient = terms[0]
    if coefficient == 1 and len(first) == 1 and isinstance(first[0], Quotient):
        rest = _sum([_term(*term, names) for term in terms[1:]])
        return min(
            (
                f"{rounded}{rest}{_signed(left)}"
                for rounded, left in _rounded(first[0], number, names)
            ),
            key=len,
        )
    written = _sum([_term(*term, names) for term in terms])
    if coefficient < 0 and number > 0:
        return f"{number}{written}"
    return written.removeprefix("+") + _signed(number)


def _rounded(inner: Quotient, number: int, names: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    """Ways to write a quotient plus a number, inside or outside of it: rounded down or up."""
    numerator, by = inner.numerator, inner.by
    for inside in dict.fromkeys((0, number)):
        down = plus(numerator, constant(inside * by))
        up = plus(down, constant(1 - by))
        yield f"⌊{_over(down, by, names)}⌋", number - inside
        yield f"⌈{_over(up, by, names)}⌉", number - inside


def _over(numerator: Expression, by: int, names: tuple[str, ...]) -> str:
    written = text(numerator, names)
    return f"({written})/{by}" if len(numerator.terms) > 1 else f"{written}/{by}"


def _term(monomial: Monomial, coefficient: int, names: tuple[str, ...]) -> str:
    factors = [_atom(factor, names) for factor in monomial]
    if abs(coefficient) != 1:
        factors.insert(0, str(abs(coefficient)))
    return ("+" if coefficient > 0 else "−") + "·".join(factors)


def _sum(signed: Iterable[str]) -> str:
    return "".join(signed)


def _signed(number: int) -> str:
    return f"+{number}" if number > 0 else f"−{-number}" if number else ""


def _atom(atom: Atom, names: tuple[str, ...]) -> str:
    if isinstance(atom, Unknown):
        return names[atom.number]
    if isinstance(atom, Quotient):
        return min((rounded for rounded, _ in _rounded(atom, 0, names)), key=len)
    arguments = list(dict.fromkeys(names[number] for number in atom.of[: _WRITTEN + 1]))
    if len(atom.of) > _WRITTEN:
        arguments[_WRITTEN:] = ["…"]
    return f"f{atom.number or ''}({', '.join(arguments)})"


def _expression(terms: Mapping[Monomial, int]) -> Expression:
    kept = [(monomial, c) for monomial, c in terms.items() if c]
    if len(kept) > 1:
        kept.sort(key=lambda term: _monomial_order(term[0]))
    return Expression(tuple(kept))


def _monomial_order(monomial: Monomial) -> tuple[int, list[tuple[int, ...]]]:
    """Products of more atoms first, then as their atoms are numbered; the constant last."""
    return -len(monomial), [_order(factor) for factor in monomial]


def _order(atom: Atom) -> tuple[int, ...]:
    if isinstance(atom, Unknown):
        return (0, atom.number)
    if isinstance(atom, Function):
        return (2, atom.number)
    flat = [1, atom.by]
    for monomial, coefficient in atom.numerator.terms:
        for factor in monomial:
            flat += _order(factor)
        flat.append(coefficient)
    return tuple(flat)
