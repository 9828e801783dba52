"""Traces as text: numbers, maps and sentences, on any terminal."""

from __future__ import annotations

import math

import numpy as np
import pytest
from rich.cells import cell_len

from rnncli.formats.render_options import RenderOptions, TraceOptions
from rnncli.formats.sections.trace import short
from rnncli.formats.sections.trace_sentences import sentences, title
from rnncli.formats.trace_terminal import render
from rnncli.report.report import Versions
from rnncli.report.trace import (
    Arithmetic,
    AttentionTrace,
    LayerTrace,
    Saturation,
    Trace,
    TraceAgreement,
)


def layer(steps=5, units=3, **changes):
    """The trace of an LSTM with random numbers."""
    generator = np.random.default_rng(0)
    quantities = {name: generator.uniform(0, 1, (steps, units)) for name in "ifo"}
    quantities |= {name: generator.uniform(-1, 1, (steps, units)) for name in "gch"}
    terms = {"i": 0.44, "f": 0.62, "g": -0.68, "o": 0.6, "before": 0.7, "after": 0.14}
    fields = {
        "name": "lstm", "cls": "LSTM", "recurrent": "LSTM", "cells": ("LSTMCell",),
        "direction": "forward", "steps": steps, "units": units,
        "quantities": {name: quantities[name] for name in "ifgoch"},
        "initial_state": {}, "gate_names": ("i", "f", "o"), "state_names": ("h", "c"),
        "becomes": (*[None] * (steps - 1), "output"),
        "formulas": {"c": "f·c + i·g", "h": "o·tanh(c)"},
        "saturation": {"i": Saturation(below=0.0, above=0.0)},
        "arithmetic": Arithmetic(step=4, unit=0, state="c", terms=terms, activation="tanh"),
        "largest_difference": 4.5e-8, "agrees": True,
    }  # fmt: skip
    return LayerTrace(**{**fields, **changes})


def trace(*layers, attention=(), agrees=True):
    agreement = TraceAgreement(agrees=agrees, largest_difference=4.5e-8, tolerance=1e-5)
    return Trace(
        name="model", source="model", versions=Versions(rnncli="0", python="3", keras="3.15.1"),
        batch=1, seed=0, sequence=1, layers=layers, attention=attention, agreement=agreement,
    )  # fmt: skip


def drawn(*layers, unit=None, values=False, attention=(), **options):
    return render(
        trace(*layers, attention=attention), RenderOptions(**options), TraceOptions(unit, values)
    )


@pytest.mark.parametrize(
    ("value", "signed", "text"),
    [
        (0.46, False, ".46"), (0.385, True, "+.39"), (-0.05, True, "−.05"), (0.0, True, "+.00"),
        (1.0, False, "1.00"), (0.996, False, "1.00"), (-12.34, True, "−12.3"),
        (123456.0, True, "+1.2e+05"), (0.0004, True, "+4e-4"), (math.nan, True, "nan"),
        (None, True, "nan"), (math.inf, True, "+inf"),
    ],
)  # fmt: skip
def test_a_number_is_short(value, signed, text):
    assert short(value, signed) == text


def test_the_sentences_of_the_manual():
    assert sentences(layer()) == [
        "h of step 5 is output; the state h is that of step 5.",
        "Step 4, unit 0: keeps .62 of c = +.70, adds .44 × −.68, so c falls to +.14.",
    ]
    gru = {"z": 0.25, "r": 0.5, "candidate": 0.8, "before": -0.4, "after": 0.5}
    terms = {"input": 0.3, "recurrent": -0.1, "bias": 0.0, "before": 0.3, "after": 0.2}
    of_gru = Arithmetic(step=1, unit=2, state="h", terms=gru, activation="tanh")
    of_simple = Arithmetic(step=1, unit=2, state="h", terms=terms, activation="tanh")
    assert sentences(layer(arithmetic=of_gru))[1] == (
        "Step 1, unit 2: keeps .25 of h = −.40, adds .75 × +.80, so h rises to +.50."
    )
    assert sentences(layer(arithmetic=of_simple))[1] == (
        "Step 1, unit 2: tanh of x·W + h·U + b = +.30 −.10 +.00 is +.20, so h falls to +.20."
    )


def test_where_h_goes_in_both_directions():
    backward = layer(
        cls="Bidirectional", direction="backward",
        becomes=tuple(f"output[:, {step}, 3:]" for step in range(5)),
    )  # fmt: skip
    assert title(backward) == "lstm  Bidirectional LSTM(3) over 5 steps, backward"
    assert sentences(backward)[0] == (
        "It reads step 5 first. h of step 1 is output[:, 0, 3:], … h of step 5 is "
        "output[:, 4, 3:]; the state backward_h is that of step 1."
    )
    inner = layer(becomes=(None,) * 5)
    assert sentences(inner)[0] == "No h is returned."


def test_formulas_are_beside_the_table_or_below_it():
    assert "= f·c + i·g\n" in drawn(layer(3))
    assert "c = f·c + i·g, h = o·tanh(c)." in drawn(layer(8))


def test_numbers_up_to_8_steps_and_4_units():
    assert "step 8" in drawn(layer(8, 4))
    assert "from left to right" in drawn(layer(9, 4))
    assert "from left to right" in drawn(layer(8, 5))
    assert "step 8" in drawn(layer(8, 5), unit=4)


@pytest.mark.parametrize("steps", range(1, 9))
def test_the_table_fits_80_columns(steps):
    lines = drawn(layer(steps, 4), width=80).splitlines()
    assert max(map(cell_len, lines)) <= 80


@pytest.mark.parametrize(("steps", "units"), [(9, 1), (60, 5), (61, 40), (1000, 100), (10000, 3)])
@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("colour", [False, True])
def test_a_map_fits_any_terminal(steps, units, width, colour):
    text = drawn(layer(steps, units), width=width, colour=colour)
    if not colour:
        maps = [line for line in text.splitlines() if set(line) & set("·░▒▓█▼▽△▲")][:-1]
        assert maps
        assert max(map(cell_len, maps)) <= width
    assert ("binned" in text) == (steps > min(60, width - 8))
    assert ("a row is the mean of" in text.replace("\n", " ")) == (units > (32 if colour else 16))


def test_bins_are_means_of_what_is_read():
    numbers = np.full((120, 5), 0.9)
    numbers[:60] = np.nan
    numbers[1:60:2] = 0.1
    mask = tuple(not math.isnan(row[0]) for row in numbers)
    traced = layer(120, 5, quantities={"i": numbers}, gate_names=("i",), mask=mask)
    row = drawn(traced).splitlines()[4]
    assert row == f"     0 {'·' * 30}{'█' * 30}"
    whole = layer(120, 5, quantities={"i": numbers}, gate_names=("i",), mask=(False,) * 120)
    assert drawn(whole).splitlines()[4] == f"     0 {'═' * 60}"


def test_masked_steps_in_a_table():
    quantities = {"z": np.array([[0.5], [math.nan]]), "h": np.array([[-0.3], [-0.3]])}
    traced = layer(
        2, 1, quantities=quantities, gate_names=("z",), state_names=("h",), mask=(True, False),
        cells=("GRUCell",), arithmetic=None, becomes=("output[:, 0]", "output[:, 1]"),
    )  # fmt: skip
    text = drawn(traced)
    assert "z  update  0     .50 ▒▒  ═        0%   0%" in text
    assert "h  hidden  0     −.30    −.30 ═" in text
    assert "1 of 2 steps is masked (═): the state stands still." in text


def test_ascii_and_no_colour():
    for traced in (layer(), layer(20, 5), layer(20, 5, mask=(False, *[True] * 19))):
        text = drawn(traced, ascii=True, width=80)
        assert text.isascii()
        assert "\x1b" not in text


def test_attention_is_query_by_key():
    scores = np.array([[[0.0, 1.0], [0.5, 0.5], [1.0, 0.0]]])
    attention = AttentionTrace(
        name="a", cls="Attention", scores=scores, largest_difference=0.0, agrees=True
    )
    lines = drawn(attention=[attention]).splitlines()
    assert lines[2] == "a  Attention: 3 queries by 2 keys"
    assert lines[3:6] == ["     1 ··██", "     2 ▒▒▒▒", "     3 ██··"]
    assert lines[6] == "Keys from left to right, queries down."


def test_only_the_first_step_of_a_time_distributed_is_drawn():
    layers = [layer(name="td", time_steps=(step,)) for step in range(4)]
    text = drawn(*layers)
    assert text.count("LSTM(3)") == 1
    assert "td, step 1 of the TimeDistributed" in text
    assert "td is called 3 more times" in text


def test_a_disagreement_is_said():
    text = render(trace(layer(), agrees=False), RenderOptions(), TraceOptions())
    assert "gives other numbers" in text
