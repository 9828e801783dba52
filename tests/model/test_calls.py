"""The arguments of calls: where they go, what they are, and what a report says of them."""

from __future__ import annotations

import pytest

from rnncli.config import parse
from rnncli.config.edits import applied
from rnncli.model.binding import bind
from rnncli.model.graph import TensorRef
from rnncli.planning.plan import plan
from rnncli.problems import Source

PAIR = "inputs: {x: [5, 8], m: [5]}\nlayers:\n"
ATTENTION = (
    "inputs: {q: [5, 8], v: [6, 8], m: [6]}\nlayers:\n"
    "  - MultiHeadAttention: {num_heads: 2, key_dim: 4}\n    name: attention\n"
    "    from: {query: q, value: v, value_mask: m}\n"
    "    call: {return_attention_scores: true, use_causal_mask: false}\n"
)


def bound(text: str):
    return bind(parse(Source("model.yaml", text)))


def test_tensors_and_plain_values_become_the_keywords_of_a_node():
    (node,) = bound(ATTENTION).nodes
    assert node.inbound == (TensorRef("q"), TensorRef("v"))
    assert node.keywords == {
        "return_attention_scores": True,
        "use_causal_mask": False,
        "value_mask": TensorRef("m"),
    }
    assert node.reads == (TensorRef("q"), TensorRef("v"), TensorRef("m"))


@pytest.mark.parametrize(
    ("entry", "name"),
    [
        ("LSTM: 3", "sequences"),
        ("Softmax", "inputs"),
        ("RMSNormalization", "x"),
        ("RandomFlip", "data"),
    ],
)
def test_what_a_layer_reads_has_the_name_that_keras_gives_it(entry, name, planned):
    entry = entry if ":" in entry else f"{entry}:"
    text = f"inputs: {{a: [4, 4, 3], b: [4, 3]}}\nlayers:\n  - {entry}\n    from: {{{name}: b}}\n"
    assert not [p for p in bound(text).problems if p.severity == "error"]


def test_a_mask_alone_goes_to_what_the_layer_before_gives(planned):
    text = f"{PAIR}  - Dense: 4\n    from: x\n  - LSTM: 3\n    from: {{mask: m}}\n"
    layer = planned(text).layers[-1]
    assert (layer.inbound, layer.roles, layer.mask) == (
        ("dense", "m"),
        ("sequences", "mask"),
        "uses",
    )


def test_an_input_that_is_only_a_mask_is_one_of_booleans(planned):
    text = f"{PAIR}  - LSTM: 3\n    from: {{sequences: x, mask: m}}\n"
    assert [tensor.dtype for tensor in planned(text).inputs] == ["float32", "bool"]
    both = f"{text}  - Dense: 3\n    from: m\n    name: d\n  - Add: \n    from: [lstm, d]\n"
    assert [tensor.dtype for tensor in planned(both).inputs] == ["float32", "float32"]


def test_the_report_has_the_call_and_the_roles(planned):
    (layer,) = planned(ATTENTION).layers
    assert layer.call == {"return_attention_scores": True, "use_causal_mask": False}
    assert layer.roles == ("query", "value", "value_mask")
    assert [tensor.shape for tensor in layer.inputs] == [(1, 5, 8), (1, 6, 8), (1, 6)]
    assert [tensor.name for tensor in layer.outputs] == ["output", "scores"]


def test_scores_are_read_by_name_and_the_layer_alone_is_its_output(planned):
    report = planned(
        f"{ATTENTION}  - Dense: 3\n  - Flatten:\n    from: attention.scores\n"
        "outputs: [dense, flatten]\n"
    )
    assert report.layers[1].outputs[0].shape == (1, 5, 3)
    assert report.layers[2].outputs[0].shape == (1, 2 * 5 * 6)


def test_a_call_holds_for_one_use_alone(planned):
    report = planned(
        "input: [null]\nlayers:\n"
        "  - ReversibleEmbedding: {input_dim: 9, output_dim: 4}\n    name: embed\n"
        "  - use: embed\n    name: scores\n    call: {reverse: true}\n"
        "  - use: embed\n    name: again\n    from: input\n"
        "outputs: [scores, again]\n"
    )
    assert report.problems == ()
    embed, scores, again = report.layers
    assert [layer.outputs[0].shape for layer in report.layers] == [
        (1, None, 4), (1, None, 9), (1, None, 4),
    ]  # fmt: skip
    assert (scores.macs, scores.shared_with, report.totals.params) == (10 * 4 * 9, "embed", 36)
    assert embed.macs == again.macs == 0


def test_scores_of_the_first_call_are_none_of_the_second(planned):
    again = "  - use: attention\n    name: again\n    from: [q, v]\n"
    report = planned(ATTENTION + again + "outputs: [attention, again]\n")
    assert [len(layer.outputs) for layer in report.layers] == [2, 1]


def test_a_repeated_block_is_called_alike_in_each_iteration(planned):
    report = planned(
        "inputs: {x: [5, 8], m: [5, 5]}\nlayers:\n  - repeat: 2\n    from: x\n    layers:\n"
        "      - MultiHeadAttention: {num_heads: 2, key_dim: 4}\n"
        "        from: {query: start, value: start, attention_mask: m}\n"
        "        call: {use_causal_mask: true}\n"
    )
    assert [layer.call for layer in report.layers] == [{"use_causal_mask": True}] * 2
    assert [layer.inbound[-1] for layer in report.layers] == ["m", "m"]


def test_a_mask_of_nothing_leaves_the_layer_unknown(problems_of):
    text = f"{PAIR}  - LSTM: 3\n    from: {{sequences: x, mask: nothing}}\n"
    assert [p.code for p in problems_of(text)] == ["bad-reference"]


def test_all_states_are_no_mask(problems_of):
    text = (
        f"{PAIR}  - LSTM: {{units: 3, return_state: true}}\n    from: x\n    name: a\n"
        "  - GRU: 3\n    from: {sequences: x, mask: a.states}\n"
    )
    (problem,) = problems_of(text)
    assert (problem.code, problem.fix) == ("takes-one", "name one, such as a.h")


def test_the_own_masks_of_attention_are_left_out_with_a_warning(problems_of):
    (warning,) = problems_of(
        f"{PAIR}  - Masking:\n    from: x\n    name: a\n"
        "  - Attention:\n    from: {query: a, value: a, query_mask: m}\n"
    )
    assert (warning.code, warning.severity) == ("mask-ignored", "warning")
    assert "value_mask" in str(warning.fix)


@pytest.mark.parametrize(("value", "word"), [("true", "predict"), ("false", "fit")])
def test_training_is_a_note(value, word, problems_of):
    (note,) = problems_of(
        f"input: [4]\nlayers:\n  - Dropout: 0.5\n    call: {{training: {value}}}\n"
    )
    assert (note.code, note.severity) == ("training-overridden", "note")
    assert word in note.message


@pytest.mark.parametrize("layer", ["Dropout: 0.5", "Dense: 3"])
@pytest.mark.parametrize(("value", "codes"), [("null", []), ("3", ["wrong-type"])])
def test_training_is_a_boolean_or_left_to_keras(layer, value, codes, problems_of):
    problems = problems_of(f"input: [4]\nlayers:\n  - {layer}\n    call: {{training: {value}}}\n")
    assert [problem.code for problem in problems] == codes


def test_keras_overrides_training(keras):
    """What the note says: fit sets it to true, and predict to false."""
    import numpy as np

    ones = np.ones((64, 4))
    x = keras.Input([4])
    batch = keras.layers.BatchNormalization()
    model = keras.Model(x, batch(x, training=False))
    model.compile("sgd", "mse")
    model.fit(5 * ones, ones, verbose=0)
    assert np.all(np.asarray(batch.moving_mean) > 0)
    dropped = keras.Model(x, keras.layers.Dropout(0.5)(x, training=True))
    assert np.any(np.asarray(dropped(ones)) == 0)
    assert np.all(dropped.predict(ones, verbose=0) == 1)


def test_a_call_in_decode_is_about_one_step(problems_of):
    text = (
        "inputs: {source: [null, 8], target: [null, 8]}\nlayers:\n"
        "  - LSTM: {units: 8, return_sequences: true, return_state: true}\n    from: target\n"
        "    name: decoder\n"
        "  - Attention:\n    from: {query: decoder, value: source}\n"
        "    call: {use_causal_mask: true}\n"
        "decode: {input: target, output: attention, steps: 3}\n"
    )
    assert "decode-looks-ahead" in [p.code for p in problems_of(text)]
    plain = text.replace("    call: {use_causal_mask: true}\n", "")
    assert "decode-looks-ahead" not in [p.code for p in problems_of(plain)]


def test_a_plan_without_calls_reads_no_data_of_calls(planned, monkeypatch):
    from rnncli.keras_api import calls

    monkeypatch.setattr(calls, "get_data", None)
    calls.calls.cache_clear()
    report = planned("input: [5, 8]\nlayers:\n  - LSTM: 3\n  - Dense: 2\n")
    calls.calls.cache_clear()
    assert report.totals.params


def test_a_call_is_planned_with_its_schema(rnncli, tmp_path):
    import json

    import jsonschema

    path = tmp_path / "model.yaml"
    path.write_text(ATTENTION)
    report = json.loads(rnncli("plan", str(path), "--json").out)
    jsonschema.validate(report, json.loads(rnncli("schema", "--report").out))
    assert report["layers"][0]["call"]["return_attention_scores"] is True
    assert plan(parse(Source("model.yaml", ATTENTION))).layers[0].call


def test_cells_lose_no_mask(problems_of):
    """The RNN skips masked steps; its cells never see the mask."""
    cells = "{cell: [{GRUCell: 2}, {LSTMCell: 3}]}"
    assert problems_of(f"input: [5, 4]\nlayers:\n  - Masking\n  - RNN: {cells}\n") == []


SCORES_AGAIN = """\
input: [5, 4]
layers:
  - Attention:
    name: first
    from: [input, input]
  - use: first
    name: again
    from: [input, input]
    call: {return_attention_scores: true}
  - ops.mean: {axis: -1}
    from: again.scores
  - Dense: 3
    from: first
outputs: [mean, dense]
"""


def test_scores_of_a_later_call_need_those_of_the_first(keras, planned):
    report = planned(SCORES_AGAIN)
    assert [problem.code for problem in report.problems] == ["shared-misfit"]
    assert not planned(applied(SCORES_AGAIN, report.problems[0].edits)).problems
    x, layer = keras.Input([5, 4]), keras.layers.Attention()
    layer([x, x])
    _, scores = layer([x, x], return_attention_scores=True)
    with pytest.raises(ValueError, match="not connected"):
        keras.Model(x, scores)
