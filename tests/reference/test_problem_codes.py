"""Every problem code is explained, shown, mended, and in the manual."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from rnncli.reference.problem_codes import explanations
from tests.conftest import ROOT
from tests.sources import nodes

SHOWN = {code: each for code, each in explanations().items() if each.broken}
# The layer that reads is not at fault: what it reads is.
BLAMED_ELSEWHERE = {
    *("needs-sequence", "needs-vector", "unknown-length", "sparse-tensor"),
}
# What makes a problem, and which of its arguments is the code.
MAKERS = {"problem": 0, "problem_of_file": 1, "refuse": 0, "refuse_file": 1, "refusal": 1, "_add": 0, "_fail": 0, "_wrong": 0, "_about": 1, "add": 0,
          "Respelling": 1}  # fmt: skip


def codes_in(path: Path) -> set[str]:
    found = set()
    for node in nodes(path):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            # A set's add takes one argument, that of findings four.
            place = MAKERS.get(name) if len(node.args) != 1 or name != "add" else None
            for argument in [] if place is None else node.args[place : place + 1]:
                branches = [argument]
                if isinstance(argument, ast.IfExp):
                    branches = [argument.body, argument.orelse]
                found |= {each.value for each in branches if isinstance(each, ast.Constant)}
            found |= {
                word.value.value
                for word in node.keywords
                if word.arg == "code" and isinstance(word.value, ast.Constant)
            }
    return found


def test_every_code_is_explained():
    used = set().union(*(codes_in(path) for path in (ROOT / "rnncli").rglob("*.py")))
    assert {"needs-sequence", "not-yaml", "unknown-key", "file-missing"} <= used
    # What is wrong with an input that is no sequence depends on its shape.
    chosen = {"no-sequence", "batch-in-shape", "token-axis"}
    assert used | chosen == set(explanations())


@pytest.mark.parametrize("code", SHOWN)
def test_the_broken_config_has_the_problem_and_no_other(code, problems_of):
    found = problems_of(SHOWN[code].broken)
    (one,) = [each for each in found if each.severity != "note" or each.code == code]
    assert one.code == code
    assert one.message
    assert one.excerpt
    assert one.line == one.excerpt.line or code in BLAMED_ELSEWHERE
    assert one.fix


@pytest.mark.parametrize("code", SHOWN)
def test_the_mended_config_has_none(code, problems_of):
    assert code not in [each.code for each in problems_of(SHOWN[code].mended)]
    assert {each.severity for each in problems_of(SHOWN[code].mended)} <= {"note"}


# Where rnncli refuses or warns of what Keras builds silently, Keras is shown to ignore it.


def test_keras_cuts_a_recurrent_rate_off(keras):
    assert keras.layers.LSTM(3, dropout=1.5).cell.dropout == 1.0


def test_arguments_of_keras_2_are_refused_or_do_nothing(keras, problems_of):
    """As the severity says: an error where Keras refuses, a warning where it ignores."""
    for name, value in {
        "batch_input_shape": [1, 5, 8], "input_shape": [5, 8], "input_dim": 8, "input_length": 5,
        "time_major": True, "implementation": 1, "batch_size": 3,
    }.items():  # fmt: skip
        for cls in ("LSTM", "Dense", "Conv1D"):
            needs = {"filters": 3, "kernel_size": 2} if cls == "Conv1D" else {"units": 3}
            text = f"input: [5, 8]\nlayers: [{{{cls}: {json.dumps({**needs, name: value})}}}]"
            found = {each.code: each.severity for each in problems_of(text)}
            try:
                layer = getattr(keras.layers, cls)(**needs, **{name: value})
                assert layer(keras.ops.ones((1, 5, 8))).shape[-1] == 3
                accepted = True
            except ValueError:
                accepted = False
            assert found["keras-2-argument"] == ("warning" if accepted else "error"), (cls, name)


def test_a_renamed_argument_is_taken_by_its_old_name(keras, problems_of):
    assert keras.layers.LeakyReLU(alpha=0.2).negative_slope == 0.2
    (found,) = problems_of("input: [5, 8]\nlayers: [LeakyReLU: {alpha: 0.2}]")
    assert (found.code, found.severity) == ("keras-2-argument", "warning")
    assert "negative_slope" in found.fix
    (found,) = problems_of("input: [5, 8]\nlayers: [LeakyReLU: {alpha: wrong}]")[1:]
    assert found.code == "wrong-type"


def test_scaling_by_the_variance_has_no_offset(keras, problems_of):
    layer = keras.layers.LayerNormalization(rms_scaling=True, scale=False)
    layer.build((1, 8))
    assert [each.name for each in layer.weights] == ["gamma"]
