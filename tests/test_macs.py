"""The plan's multiply-accumulates against those counted from TensorFlow's graph."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, Phase, assume, event, given, settings
from hypothesis import strategies as st

from rnncli.config import parse
from rnncli.planning.plan import plan
from rnncli.problems import Source, errors
from tests.conformance.attention import ATTENTION
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
    or name.startswith("quantized")
    or name in ("Bidirectional", "SpectralNormalization", "TimeDistributed", "Dot", *ATTENTION)
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
    text = json.dumps(config)
    # Nor does a graph normalize integers.
    assume(not ('"normalize"' in text and "int32" in text))
    planned = plan(parse(Source("case.yaml", text)), BATCH, LENGTH)
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


PRODUCT = 2 * 5 * 4 * 8


@pytest.mark.parametrize(
    ("layer", "macs"),
    [
        ({"Dot": [2, 2]}, PRODUCT),
        ({"Dot": {"axes": 2, "normalize": True}}, PRODUCT),
        ({"Attention": None}, 2 * PRODUCT),
        ({"Attention": {"use_scale": True}}, 2 * PRODUCT),
        ({"Attention": {"score_mode": "concat", "use_scale": True}}, PRODUCT),
        ({"AdditiveAttention": None}, 2 * PRODUCT),
        ({"AdditiveAttention": {"use_scale": False}}, PRODUCT),
        ({"MultiHeadAttention": {"num_heads": 3, "key_dim": 2, "flash_attention": False}},
         2 * (5 + 4 + 4 + 5) * 8 * 6 + 2 * 2 * 5 * 4 * 6),
        ({"MultiHeadAttention": {"num_heads": 3, "key_dim": 2, "value_dim": 4, "output_shape": 7}},
         2 * (5 + 4) * 8 * 6 + 2 * 4 * 8 * 12 + 2 * 5 * 4 * (6 + 12) + 2 * 5 * 12 * 7),
        ({"GroupQueryAttention": {"head_dim": 2, "num_query_heads": 4, "num_key_value_heads": 2}},
         2 * 5 * 8 * 8 + 2 * 2 * 4 * 8 * 4 + 2 * 2 * 5 * 4 * 8 + 2 * 5 * 8 * 8),
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("masked", [False, True], ids=["bare", "masked"])
def test_attention_over_two_inputs_is_counted_as_by_hand(layer, macs, masked):
    query, value = ("asked", "answered") if masked else ("query", "value")
    masks = [{"Masking": None, "name": new, "from": old}
             for new, old in (("asked", "query"), ("answered", "value")) if masked]  # fmt: skip
    config = {
        "inputs": {"query": [5, 8], "value": [4, 8]},
        "layers": [*masks, {**layer, "from": [query, value]}],
    }
    planned = plan(parse(Source("case.yaml", json.dumps(config))), BATCH, LENGTH)
    assert planned.totals.macs == counted(config, BATCH, LENGTH) == macs
