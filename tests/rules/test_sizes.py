"""Numbers that remember what they are of unknown lengths."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnncli.rules.expressions import value
from rnncli.rules.sizes import Size, Trace, alike, at_least, divisible


def lengths(*sizes):
    trace = Trace("TSU")
    return [trace.size(number, size) for number, size in enumerate(sizes)]


T, S, U = lengths(10, 10, 10)

WRITTEN = {
    "T": T,
    "T−2": (T - 3) // 1 + 1,
    "⌈T/2⌉": -(-T // 2),
    "⌈T/4⌉": -(-(0 - (-T // 2)) // 2),
    "⌈T/2⌉−1": (T - 3) // 2 + 1,
    "⌊T/2⌋": T // 2,
    "⌊(T−2)/3⌋": (T - 5) // 3 + 1,
    "2·⌊T/2⌋": T // 2 * 2,
    "2·T+1": (T - 1) * 2 + 3,
    "T+3": 3 + T,
    "T+S": T + S,
    "T+S+U": sum([T, S, U]),
    "8·T": math.prod((1, T, 8)),
    "T·S": T * S,
    "f(T, S)": T // S,
    "⌊(S+⌊T/2⌋)/3⌋": (T // 2 + S) // 3,
}  # fmt: skip


@pytest.mark.parametrize("text", WRITTEN)
def test_what_is_computed_of_a_length_is_written_as_short_as_it_goes(text):
    assert str(WRITTEN[text]) == text


def test_what_depends_on_no_length_is_a_plain_number():
    for number in (T - T, T * 0, T + S - S - T + 4, T * 2 // 2 - T + 1):
        assert type(number) is int


def test_a_size_is_the_number_that_it_is():
    assert T == 10
    assert {T, 10} == {10}
    assert (T - 3) // 2 + 1 == 4
    assert f"{int(T):,}" == "10"
    (plain,) = [Trace(None).size(0, 7)]
    assert f"{plain - 2}" == "5"


def test_an_expression_too_long_to_read_is_a_function_of_its_lengths():
    size, again = T, T
    for _ in range(30):
        size, again = (size * 2 - 3) // 3 + 4, (again * 2 - 3) // 3 + 4
    plain = 10
    for _ in range(30):
        plain = (plain * 2 - 3) // 3 + 4
    assert size == plain
    assert len(str(size)) < 40
    assert "(T)" in str(size)
    assert size.expression == again.expression


operations = st.lists(
    st.tuples(st.sampled_from("+-*/~"), st.integers(0, 5), st.integers(0, 5), st.integers(1, 5)),
    max_size=7,
)


@given(st.integers(1, 50), st.integers(1, 50), operations)
def test_an_expression_comes_to_what_the_number_is(first, second, steps):
    made = [*lengths(first, second), 3]
    plain = [first, second, 3]
    for sign, left, right, by in steps:
        for values in (made, plain):
            mine, other = values[left % len(values)], values[right % len(values)]
            values.append(
                {"+": lambda: mine + other, "-": lambda: mine - other, "*": lambda: mine * other,  # noqa: B023
                 "/": lambda: mine // by, "~": lambda: -mine}[sign]()  # noqa: B023
            )  # fmt: skip
    assert [*map(int, made)] == plain
    for size, number in zip(made, plain, strict=True):
        if isinstance(size, Size) and size.expression.is_known:
            assert value(size.expression, [first, second]) == number
            assert str(size)


def test_what_must_hold_of_lengths_is_noted():
    short, other = lengths(4, 6)
    assert not alike([short, other])
    assert alike([short, None])
    assert alike([short + 2, other])
    assert not at_least(short - 2, 3)
    assert divisible(short * 3, 6)
    assert [each.at_least for each in short.trace.conditions] == [False, False, True, False]
    assert alike([5, 5])
    assert not alike([5, 6])
    assert alike([short * 2 // 2, short])
    assert len(short.trace.conditions) == 4
