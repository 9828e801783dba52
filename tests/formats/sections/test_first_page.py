"""The first page: what is short is on it, and what is long is named."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from rnncli.formats import RenderOptions
from rnncli.formats.table import render_plan

LSTMS = "input: [5, 8]\nlayers:\n" + "  - LSTM: {units: 8, return_sequences: true}\n"
WIRED = """\
inputs: {query: [5, 64], memory: [7, 64]}
layers:
  - {Masking: , from: memory}
  - {MultiHeadAttention: {num_heads: 2, key_dim: 4}, name: attention, from: [query, masking]}
  - {Add: , from: [query, attention], name: a_layer_with_a_long_name_of_its_own}
"""


def shown(report, **options):
    return render_plan(report, RenderOptions(**options))


def titles(text):
    return [line for line in text.splitlines() if line in ("States", "Formulas", "Weights")]


def many(count):
    line = LSTMS.splitlines()[-1]
    return "\n".join([*LSTMS.splitlines()[:2], *[line] * count, ""])


def test_what_is_short_is_on_it(planned):
    text = shown(planned(many(6)))
    assert titles(text) == ["States", "Formulas"]
    assert "--show" not in text


def test_what_is_long_is_named(planned):
    text = shown(planned(many(7)))
    assert titles(text) == ["Formulas"]
    assert "--show states shows 14 rows of states." in text
    text = shown(planned(many(13)))
    assert titles(text) == []
    assert "--show states,formulas shows 26 rows of states and 13 rows of formulas." in text


@pytest.mark.parametrize(
    ("show", "parts"),
    [
        (("states",), ["States"]),
        (("formulas", "weights"), ["Formulas", "Weights"]),
        (("layers", "states", "formulas", "weights"), ["States", "Formulas", "Weights"]),
    ],
)
def test_show_names_the_parts(planned, show, parts):
    text = shown(planned(many(13)), show=show)
    assert titles(text) == parts
    assert (" total" in text) == ("layers" in show)


def test_weights_are_shown_on_request_alone(planned):
    report = planned(LSTMS)
    assert "recurrent_kernel" not in shown(report)
    assert "recurrent_kernel  (8, 32)" in shown(report, show=("weights",))


def heading(text):
    return next(line for line in text.splitlines() if line.startswith(" Layer")).split()


def test_columns_leave_in_order_where_the_terminal_is_narrow(planned):
    report = planned(WIRED)
    every = ["Layer", "Class", "From", "Output", "Mask", "Params", "MACs"]
    leaving = ["Class", "Mask", "MACs", "From"]
    assert heading(shown(report)) == every
    before = every
    for width in range(140, 20, -1):
        text = shown(report, width=width)
        now = heading(text)
        gone = [name for name in every if name not in now]
        assert sorted(gone) == sorted(leaving[: len(gone)])
        assert len(now) <= len(before)
        rows = [line for line in text.split("\nFormulas")[0].splitlines() if line.startswith(" ")]
        assert max(map(cell_len, rows)) <= width or len(gone) == len(leaving)
        if gone:
            assert "Not shown for lack of width: " in text.replace("\n", " ")
        before = now
    assert before == ["Layer", "Output", "Params"]


def test_columns_that_are_asked_for_stay(planned):
    text = shown(planned(WIRED), width=30, columns=("layer", "class", "mask"))
    assert heading(text) == ["Layer", "Class", "Mask"]


def test_attention_says_what_each_input_is_to_it(planned):
    text = shown(planned(WIRED))
    assert "query query" in text
    assert "value masking" in text


def test_a_long_table_shows_its_ends_on_a_terminal(planned):
    report = planned("input: [8]\nlayers:\n" + "  - Dense: 8\n" * 600)
    text = shown(report, width=100)
    assert "561 of 601 rows are not shown: --expand shows them" in text
    assert " dense_599 " in text
    assert " dense_300 " not in text
    assert " dense_300 " in shown(report, width=100, expand=True)
    assert " dense_300 " in shown(report)


def test_a_long_path_has_a_line_of_its_own(planned):
    report = planned(LSTMS)
    assert shown(report).startswith("model · model.yaml\n")
    assert shown(report, width=15).startswith("model\nmodel.yaml\n")
