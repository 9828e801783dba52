"""Values of settings, combinations of them, and how totals grow."""

from __future__ import annotations

import pytest

import rnncli
from rnncli.analysis.sweep import LIMIT, BadSweep, axis, combinations, growth
from rnncli.report.sweep import Axis, Variant


@pytest.mark.parametrize(
    ("setting", "values"),
    [
        ("a.units=32,64,128", ("32", "64", "128")),
        ("a.units = 32 , 64", ("32", "64")),
        ("a.units=32:128:32", ("32", "64", "96", "128")),
        ("a.units=128:32:-32", ("128", "96", "64", "32")),
        ("a.units=1:10:4", ("1", "5", "9")),
        ("a.rate=0:0.5:0.1", ("0", "0.1", "0.2", "0.3", "0.4", "0.5")),
        ("a.rate=0.1:0.3:0.1", ("0.1", "0.2", "0.3")),
        ("a.units=8,16:32:8,100", ("8", "16", "24", "32", "100")),
        ("a.units=3:3:1", ("3",)),
        ("a.units=3,3", ("3",)),
        ("input=[5, 8],[10, 8]", ("[5, 8]", "[10, 8]")),
        ("a.x={L2: 0.1},null", ("{L2: 0.1}", "null")),
        ("a.x={a: [1, 2]},[[1, 2], [3, 4]]", ("{a: [1, 2]}", "[[1, 2], [3, 4]]")),
        ("""a.x='1,2',"3,[4",5""", ("'1,2'", '"3,[4"', "5")),
        ("a.key='[:, -1]','[:, 0]'", ("'[:, -1]'", "'[:, 0]'")),
        ("a.equation=bts,tc->bsc", ("bts", "tc->bsc")),
        ("a.x=b=c,d", ("b=c", "d")),
        ("a.x=1:2", ("1:2",)),
    ],
)
def test_values(setting, values):
    assert axis(setting).values == values
    assert axis(setting).path == setting.partition("=")[0].strip()


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ("units", "takes layer.argument=value"),
        ("=3", "takes layer.argument=value"),
        ("a.units=", "missing"),
        ("a.units=1,,2", "missing"),
        ("a.units=1,", "missing"),
        ("a.units=1:5:0", "never ends"),
        ("a.units=1:5:-1", "never ends"),
        ("a.units=1:1000000:1", "at most"),
        ("a.units=0:1:0.000000000001", "at most"),
    ],
)
def test_no_values(setting, reason):
    with pytest.raises(BadSweep, match=reason):
        axis(setting)


def axes(**values):
    return [Axis(path=path, values=texts) for path, texts in values.items()]


def test_a_grid_has_every_combination_the_last_one_fastest():
    found = [*combinations(axes(a=("1", "2"), b=("3", "4"), c=("5",)), zipped=False)]
    assert found == [("1", "3", "5"), ("1", "4", "5"), ("2", "3", "5"), ("2", "4", "5")]


def test_zipped_values_go_side_by_side():
    found = [*combinations(axes(a=("1", "2"), b=("3", "4"), c=("5",)), zipped=True)]
    assert found == [("1", "3", "5"), ("2", "4", "5")]
    assert [*combinations(axes(c=("5",)), zipped=True)] == [("5",)]


@pytest.mark.parametrize(
    ("settings", "zipped", "reason"),
    [
        (axes(a=("1", "2"), b=("3", "4", "5")), True, "a has 2, b has 3"),
        ([*axes(a=("1", "2")), *axes(a=("3",))], False, "a is set twice"),
        (axes(a=tuple(map(str, range(LIMIT))), b=("1", "2")), False, f"at most {LIMIT:,}"),
    ],
)
def test_no_combinations(settings, zipped, reason):
    with pytest.raises(BadSweep, match=reason):
        combinations(settings, zipped)


def variant(count, **settings):
    return Variant(name="a", source="a", settings=settings, params=count, macs=count)


def test_growth_of_a_power_is_two_to_it():
    variants = [variant(7 * units**2, units=units) for units in (1, 2, 4, 12)]
    found = [*growth(axes(units=("1", "2", "4", "12")), variants)]
    assert [(x.path, x.total) for x in found] == [("units", "params"), ("units", "macs")]
    assert [(x.least, x.most) for x in found] == [pytest.approx((4, 4))] * 2


def test_growth_is_along_one_axis():
    variants = [
        variant(units * depth, units=units, depth=depth) for units in (1, 2) for depth in (1, 8)
    ]
    found = {x.path: (x.least, x.most) for x in growth(axes(units=(), depth=()), variants)}
    assert found == {"units": pytest.approx((2, 2)), "depth": pytest.approx((2, 2))}


def test_what_does_not_grow_has_no_growth():
    assert [*growth(axes(rate=()), [variant(5, rate=0.1), variant(5, rate=0.2)])] == []
    assert [*growth(axes(x=()), [variant(5, x="a"), variant(7, x="b")])] == []
    assert [*growth(axes(x=()), [variant(5, x=True), variant(7, x=2)])] == []
    assert [*growth(axes(x=()), [variant(None, x=1), variant(7, x=2)])] == []


def test_doubling_an_lstm():
    """As its formula says: 4·(units·(features + units) + units)."""
    found = rnncli.sweep(
        rnncli.load("input: [5, 8]\nlayers:\n  - LSTM: 3\n"), {"lstm.units": [64, 128]}
    )
    expected = (128 * (8 + 128) + 128) / (64 * (8 + 64) + 64)
    assert found.growth[0].most == pytest.approx(expected)
