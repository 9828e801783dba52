"""The plan's multiply-accumulates against those counted from TensorFlow's graph."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, Phase, assume, event, given, settings
from hypothesis import strategies as st

from rnncli.config import parse
from rnncli.planning import plan
from rnncli.problems import Source, errors
from tests.conformance.cases import SINGLE, STACKS
from tests.conformance.macs import counted, unrolled

pytestmark = pytest.mark.usefixtures("keras")
COUNTING = settings(
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
BATCH, LENGTH = 2, 3
MULTIPLYING = sorted(
    name
    for name in SINGLE
    if any(part in name for part in ("Conv", "Dense", "RNN", "GRU", "LSTM", "Spectrogram"))
    or name in ("Bidirectional", "SpectralNormalization", "TimeDistributed")
)
# A graph refuses these where an eager run does not: windows that are longer than the axis, and
# sparse counts in half precision.
UNTRACED = ("Adaptive", "CategoryEncoding", "windows")
REST = [
    strategy
    for name, strategy in SINGLE.items()
    if name not in MULTIPLYING and not any(part in name for part in UNTRACED)
]


def hold(config):
    """Asserts that plan and graph say the same of a model that can be planned."""
    config = unrolled(config)
    planned = plan(parse(Source("case.yaml", json.dumps(config))), BATCH, LENGTH)
    assume(not errors(planned.problems))
    assume(all(each.weights is not None for each in planned.layers))
    count = counted(config, BATCH, LENGTH)
    assert planned.totals.macs == count, config
    event("some" if count else "none")


@pytest.mark.parametrize("name", MULTIPLYING)
def test_a_layers_macs_are_those_of_its_graph(name):
    @settings(COUNTING, max_examples=12)
    @given(SINGLE[name])
    def agree(config):
        hold(config)

    agree()


@settings(COUNTING, max_examples=60)
@given(st.one_of(REST))
def test_other_layers_multiply_as_much_as_planned(config):
    hold(config)


@settings(COUNTING, max_examples=25)
@given(STACKS.filter(lambda config: not any(part in json.dumps(config) for part in UNTRACED)))
def test_the_macs_of_stacks_are_those_of_their_graphs(config):
    hold(config)


@pytest.mark.parametrize(
    ("layers", "macs"),
    [
        (["Flatten", {"Dense": 3}], 2 * 40 * 3),
        ([{"Dense": 3}], 2 * 5 * 8 * 3),
        ([{"LSTM": 3}], 2 * 5 * 4 * 3 * (8 + 3)),
        ([{"Bidirectional": {"GRU": 3}}], 2 * 2 * 5 * 3 * 3 * (8 + 3)),
        ([{"RNN": [{"GRUCell": 2}, {"SimpleRNNCell": 3}]}], 2 * 5 * (3 * 2 * (8 + 2) + 3 * (2 + 3))),
        ([{"Conv1D": {"filters": 4, "kernel_size": 3, "groups": 2}}], 2 * 3 * 4 * 3 * 4),
        ([{"Conv1D": {"filters": 4, "kernel_size": 2, "dilation_rate": 3}}], 2 * 2 * 4 * 2 * 8),
        ([{"Conv1DTranspose": {"filters": 4, "kernel_size": 3, "strides": 2}}], 2 * 5 * 8 * 3 * 4),
        ([{"DepthwiseConv1D": {"kernel_size": 3, "depth_multiplier": 2}}], 2 * 3 * 16 * 3),
    ],
    ids=str,
)  # fmt: skip
def test_the_graph_is_counted_as_by_hand(layers, macs):
    assert counted({"input": [5, 8], "layers": layers}, BATCH, LENGTH) == macs
