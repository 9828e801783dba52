"""Agreement must find whatever is changed in either report."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from rnncli.analysis.agreement import compare, merge_agreements, merge_run_into_plan
from rnncli.config import parse
from rnncli.engine.running import run
from rnncli.planning.plan import plan
from rnncli.problems import Source
from rnncli.report.report import Report

TEXT = """
input: [null, 8]
layers:
  - Bidirectional: {LSTM: {units: 3, return_sequences: true, return_state: true}}
  - BatchNormalization
  - Dense: 2
"""


@pytest.fixture(scope="module")
def pair(keras) -> tuple[Report, Report]:
    spec = parse(Source("a.yaml", TEXT))
    return plan(spec, 2, 7), run(spec, 2, 7, 0, with_values=False)


def changed(report: Report, number: int, **fields: object) -> Report:
    layers = list(report.layers)
    layers[number] = replace(layers[number], **fields)
    return replace(report, layers=tuple(layers))


def test_a_plan_and_its_run_agree(pair):
    found = compare(*pair)
    assert found.agrees
    assert (found.compared.outputs, found.compared.states, found.compared.weights) == (3, 4, 12)


@pytest.mark.parametrize(
    ("part", "fields"),
    [
        ("outputs", {"shape": (2, None, 7)}),
        ("outputs", {"shape": (2, 7, 6), "filled": None}),
        ("outputs", {"filled": (2, 8, 6)}),
        ("outputs", {"dtype": "float16"}),
        ("outputs", {"name": "other"}),
        ("states", {"shape": (2, 4)}),
        ("states", {"dtype": "float16"}),
        ("states", {"returned": False}),
        ("states", {"equals": "output[:, 0, :3]"}),
        ("states", {"name": "h"}),
    ],
)
def test_a_changed_tensor_is_found(pair, part, fields):
    planned, built = pair
    first, *rest = getattr(planned.layers[0], part)
    wrong = changed(planned, 0, **{part: (replace(first, **fields), *rest)})
    assert not compare(wrong, built).agrees


@pytest.mark.parametrize(
    "fields",
    [{"name": "w"}, {"shape": (7,)}, {"dtype": "float16"}, {"trainable": False}],
)
def test_a_changed_weight_is_found(pair, fields):
    planned, built = pair
    first, *rest = planned.layers[1].weights
    wrong = changed(planned, 1, weights=(replace(first, **fields), *rest))
    (difference,) = compare(wrong, built).differences
    assert difference.layer == "batch_normalization"


def test_a_missing_and_a_surplus_weight_are_found(pair):
    planned, built = pair
    weights = planned.layers[2].weights
    assert not compare(changed(planned, 2, weights=weights[:-1]), built).agrees
    assert not compare(changed(planned, 2, weights=(*weights, weights[0])), built).agrees


def test_a_weight_inside_a_wrapper_is_found(pair):
    planned, built = pair
    inner, other = planned.layers[0].layers
    wrong = replace(inner, weights=(replace(inner.weights[0], shape=(9, 12)), *inner.weights[1:]))
    assert not compare(changed(planned, 0, layers=(wrong, other)), built).agrees


def test_keras_inference_is_held_against_its_own_run(pair):
    planned, built = pair
    (output,) = built.layers[2].outputs
    lying = changed(built, 2, outputs=(replace(output, shape=(2, None, 5)),))
    (difference,) = compare(planned, lying).differences
    assert (difference.planned, difference.inferred, difference.ran) == (
        "(2, T, 2)", "(2, T, 5)", "(2, 7, 2)",
    )  # fmt: skip


def test_a_lost_mask_is_found(pair):
    planned, built = pair
    assert not compare(changed(planned, 2, mask="passes"), built).agrees


def test_what_the_plan_does_not_know_is_not_compared(pair):
    planned, built = pair
    unknown = changed(planned, 2, weights=None, params=None, outputs=())
    found = compare(unknown, built)
    assert found.agrees
    assert found.compared.weights == 10


def test_the_combined_report_has_the_runs_facts_and_the_plans_words(pair):
    planned, built = pair
    both = merge_run_into_plan(planned, built)
    assert both.stage == "run"
    assert both.versions.keras
    assert both.totals.macs == planned.totals.macs
    assert both.layers[2].params.formula == planned.layers[2].params.formula
    assert both.layers[0].states == built.layers[0].states


def test_agreements_add_up(pair):
    one = merge_run_into_plan(*pair)
    both = merge_agreements([one, one])
    assert both.agreement.compared.weights == 24
