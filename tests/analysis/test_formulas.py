"""A formula that shows which sizes changed, judged by putting the numbers back."""

from __future__ import annotations

import pytest

from rnncli.analysis.formulas import changed_formula

LSTM = "4·(units·(features + units) + units) = 4·({u}·({f} + {u}) + {u})"


@pytest.mark.parametrize(
    ("before", "after", "formula"),
    [
        ((512, 256), (64, 256), "4·(units·(256 + units) + units)"),
        ((64, 256), (64, 8), "4·(64·(features + 64) + 64)"),
        ((64, 256), (32, 8), "4·(units·(features + units) + units)"),
        ((64, 64), (32, 64), "4·(units·(64 + units) + units)"),
    ],
)
def test_equal_sizes_are_numbers(before, after, formula):
    texts = [LSTM.format(u=units, f=features) for units, features in (before, after)]
    assert changed_formula(*texts) == formula


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, "units = 3"),
        ("units = 3", None),
        ("units·features = 3·4", "units·(features + 1) = 3·(4 + 1)"),
        ("units = 3", "units"),
        ("units·(units + 1) = 3·(4 + 1)", "units·(units + 1) = 3·(3 + 1)"),
        ("forward_lstm + backward_lstm = 3 + 4", "forward + backward = 3 + 4"),
    ],
)
def test_other_formulas_are_not_compared(before, after):
    assert changed_formula(before, after) is None
