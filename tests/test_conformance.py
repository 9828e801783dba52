"""A few hundred drawn layers and stacks; ``python -m tests.conformance`` runs as many as asked."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.conformance.cases import CALLS, GRAPHS, OPERATIONS, SINGLE, STACKS
from tests.conformance.judge import judge, minimal

pytestmark = pytest.mark.usefixtures("keras")
JUDGING = settings(
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("cls", sorted(SINGLE))
def test_a_layers_plan_is_what_keras_makes_of_it(cls):
    @settings(JUDGING, max_examples=8)
    @given(SINGLE[cls])
    def agree(config):
        assert judge(config) is None, minimal(config)

    agree()


@pytest.mark.parametrize(
    ("cases", "count"),
    [(OPERATIONS, 150), (st.one_of([*CALLS.values()]), 60), (GRAPHS, 15)],
    ids=["operations", "calls", "graphs"],
)
def test_operations_calls_and_graphs_are_planned_as_keras_runs_them(cases, count):
    @settings(JUDGING, max_examples=count)
    @given(cases)
    def agree(config):
        assert judge(config) is None, minimal(config)

    agree()


@settings(JUDGING, max_examples=60)
@given(STACKS)
def test_stacks_are_planned_as_keras_builds_them(config):
    assert judge(config) is None, minimal(config)


@pytest.mark.parametrize(
    "config",
    [
        {"input": [5, 8], "layers": [{"LSTM": {"units": 3}}, {"LSTM": {"units": 3}}]},
        {"input": [5, 8], "layers": [{"Bidirectional": {"layer": {"LSTM": 4}, "backward_layer": {"GRU": {"units": 6, "go_backwards": True}}}}]},
        {"input": [5, 8], "layers": [{"Dense": {"units": 4, "activation": "glu"}}]},
    ],
)  # fmt: skip
def test_the_judge_lets_pass_where_keras_differs_from_itself_or_refuses(config):
    assert judge(config) is None


@pytest.mark.parametrize(
    "encoding",
    [
        {"Hashing": {"num_bins": 2, "output_mode": "count"}},
        {"CategoryEncoding": {"num_tokens": 4, "output_mode": "count"}},
        {"CategoryEncoding": {"num_tokens": 4, "output_mode": "one_hot"}},
        {"StringLookup": {"vocabulary": ["a", "on"], "output_mode": "multi_hot"}},
    ],
    ids=str,
)
@pytest.mark.parametrize(
    "layer",
    [
        *(
            {"Dense": 3},
            {"LSTM": 3},
            {"TimeDistributed": {"Dense": 2}},
            {"Conv1D": {"filters": 2, "kernel_size": 1}},
        ),
        *("Flatten", {"Permute": [2, 1]}, {"Reshape": [-1]}, {"RepeatVector": 2}, "Masking"),
        *({"Activation": each} for each in (None, "tanh", "exponential", "relu")),
        *("Softmax", "LayerNormalization", "BatchNormalization", {"Rescaling": 2}, "Identity"),
        *({"Dropout": 0.2}, {"GaussianNoise": 1.0}, {"ZeroPadding1D": 0}, "GlobalMaxPooling1D"),
        *(
            {cls: None, "from": ["sparse", other]}
            for cls in (
                "Add",
                "Average",
                "Maximum",
                "Minimum",
                "Multiply",
                "Subtract",
                "Concatenate",
            )
            for other in ("sparse", "dense")
        ),
    ],
    ids=str,
)
def test_layers_behind_a_sparse_tensor(encoding, layer):
    ((cls, arguments),) = encoding.items()
    given = {"dtype": "string"} if cls == "StringLookup" else {"dtype": "int32", "below": 4}
    for shape in [4], [5, 4]:
        config = {
            "inputs": {"ids": {"shape": shape, **given}},
            "layers": [
                {cls: arguments, "from": "ids", "name": "dense"},
                {cls: {**arguments, "sparse": True}, "from": "ids", "name": "sparse"},
                layer,
                {"Dense": 2},
            ],
        }
        assert judge(config) is None


def test_the_judge_sees_a_wrong_rule(monkeypatch):
    from rnncli.layers.rnn.cells import Cell

    monkeypatch.setattr(Cell, "macs", lambda *_: 0)
    monkeypatch.setattr(Cell, "weights", lambda *_: ())
    assert judge({"input": [5, 8], "layers": [{"LSTM": 3}]}) is not None


def test_the_judge_sees_a_refusal_that_keras_does_not_share(monkeypatch):
    config = {"input": [5, 8], "layers": [{"Dropout": 0.5}]}
    assert judge(config) is None
    monkeypatch.setattr("tests.conformance.judge.errors", lambda problems: [_Refusal()])
    assert "refused" in judge(config)


class _Refusal:
    code, message = "made-up", "refused for the test"
