"""Names and wires of graphs: blocks, layers that are called again, what leads nowhere."""

from __future__ import annotations

import pytest

from rnncli.config import parse
from rnncli.model.binding import bind
from rnncli.planning.plan import plan
from rnncli.problems import Source

BLOCK = """\
input: [5, 8]
layers:
  - Dense: 8
    name: front
  - repeat: 3
    layers:
      - Dense: 8
        name: wide
      - LayerNormalization
      - Add:
        from: [start, wide]
  - Dense: 2
"""


def model(text):
    return bind(parse(Source("a.yaml", text)))


def wires(text):
    return {
        node.layer.name: [ref.display_name for ref in node.inbound] for node in model(text).nodes
    }


def test_a_block_reads_what_came_before_it_and_its_own_layers():
    assert wires(BLOCK) == {
        "front": ["input"],
        "wide": ["front"], "layer_normalization": ["wide"], "add": ["front", "wide"],
        "wide_1": ["add"], "layer_normalization_1": ["wide_1"], "add_1": ["add", "wide_1"],
        "wide_2": ["add_1"], "layer_normalization_2": ["wide_2"], "add_2": ["add_1", "wide_2"],
        "dense": ["add_2"],
    }  # fmt: skip


def test_a_block_says_what_it_starts_from():
    text = BLOCK.replace("repeat: 3\n", "repeat: 2\n    from: input\n")
    found = wires(text)
    assert found["wide"] == ["input"]
    assert found["add"] == ["input", "wide"]
    assert found["add_1"] == ["add", "wide_1"]


def test_blocks_in_blocks_have_their_own_start():
    found = wires(
        "input: [5, 8]\nlayers:\n"
        "  - repeat: 2\n    layers:\n"
        "      - Dense: 8\n        name: outer\n"
        "      - repeat: 2\n        layers:\n"
        "          - Dense: 8\n            name: inner\n"
        "          - {Add: {}, name: both, from: [start, outer, inner]}\n"
    )
    assert found["both"] == ["outer", "outer", "inner"]
    assert found["both_1"] == ["both", "outer", "inner_1"]
    assert found["both_2"] == ["outer_1", "outer_1", "inner_2"]
    assert found["both_3"] == ["both_2", "outer_1", "inner_3"]


SHARED = """\
inputs: {a: [5, 8], b: [5, 8]}
layers:
  - {LSTM: 3, name: encoder, from: a}
  - {use: encoder, from: b}
  - {use: encoder_1, from: a, name: thrice}
  - {Concatenate: {}, from: [encoder, encoder_1, thrice]}
"""


def test_a_layer_called_again_shares_the_weights_of_the_first():
    nodes = {node.layer.name: node for node in model(SHARED).nodes}
    assert nodes["encoder_1"].shared_with == "encoder"
    assert nodes["thrice"].shared_with == "encoder"
    report = plan(parse(Source("a.yaml", SHARED)))
    one = 4 * (3 * (8 + 3) + 3)
    assert report.totals.params == one
    assert report.totals.macs == 3 * 5 * 4 * 3 * (8 + 3)
    assert [each.params.total for each in report.layers] == [one, 0, 0, 0]
    assert not report.problems


def test_a_layer_that_is_called_again_keeps_kerass_names_for_new_ones():
    text = "input: [8]\nlayers:\n  - Dense: 8\n  - use: dense\n  - Dense: 8\n"
    assert list(wires(text)) == ["dense", "dense_2", "dense_1"]


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ("[{use: dense}, {Dense: 8, name: dense}]", "comes later"),
        ("[{use: input}]", "is an input"),
        ("[{Dense: 8, name: front}, {use: fornt}]", "no layer before this is named fornt"),
        ("[{Dense: 8, from: start}]", "the input of a repeated block"),
        ("[{repeat: 2, layers: [{Dense: 8, from: start.h}]}]", "start is what entered the block"),
        ("[{Dense: 8, from: dense_1}, {Dense: 8}]", "dense_1 comes later"),
        ("[{Dense: 8, from: dense}]", "dense cannot read itself"),
        ("[{repeat: 0, layers: [Dense: 8]}]", "positive integer"),
        ("[{repeat: 2}]", "has no layers"),
        ("[{repeat: 2, layers: []}]", "is a list"),
        ("[{LSTM: 3, name: lstm}, {Dense: 8, from: lstm.states}]", "keeps its states to itself"),
        ("[{Dense: 8, name: d}, {Dense: 8, from: d.states}]", "does not return its states"),
        ("[{use: dense, units: 3}]", "is beside use"),
    ],
)
def test_what_leads_nowhere_is_told(entries, said):
    found = model(f"input: [5, 8]\nlayers: {entries}\n").problems
    assert any(said in each.message for each in found), found


def test_a_name_with_a_dot_can_be_referred_to():
    text = "input: [5, 8]\nlayers:\n  - {Dense: 8, name: a.b}\n  - {Dense: 8, from: a.b}\n"
    assert not model(text).problems


def test_settings_reach_one_pass_of_a_block_and_models_inside(tmp_path):
    from rnncli.config import override, read

    spec = override(parse(Source("a.yaml", BLOCK)), ["layer_normalization_1.epsilon=0.5"])
    found = {n.layer.name: n.layer["epsilon"] for n in bind(spec).nodes if "norm" in n.layer.name}
    assert found == {
        "layer_normalization": 0.001,
        "layer_normalization_1": 0.5,
        "layer_normalization_2": 0.001,
    }
    (tmp_path / "in.yaml").write_text("input: [5, 8]\nlayers: [Dense: 8]\n")
    (tmp_path / "out.yaml").write_text("input: [5, 8]\nlayers: [include: in.yaml]\n")
    spec = override(parse(read(str(tmp_path / "out.yaml"))), ["in.dense.units=3"])
    assert plan(spec).layers[0].outputs[0].shape == (1, 5, 3)


NAMED = """\
input: [5, 8]
layers:
  - {LSTM: {units: 3, return_state: true}, name: enc}
  - {Dense: 4, name: scores}
outputs: {priority: scores, memory: enc.c}
"""


def test_outputs_have_the_names_that_the_config_gives_them(tmp_path):
    report = plan(parse(Source("a.yaml", NAMED)))
    assert report.problems == ()
    assert report.outputs == ("scores.output", "enc.c")
    assert report.output_names == ("priority", "memory")
    unnamed = NAMED.replace("{priority: scores, memory: enc.c}", "[scores, enc.c]")
    assert plan(parse(Source("a.yaml", unnamed))).output_names is None


def test_all_states_under_one_name_are_told_apart():
    text = NAMED.replace("memory: enc.c", "memory: enc.states")
    assert plan(parse(Source("a.yaml", text))).output_names == ("priority", "memory.h", "memory.c")


@pytest.mark.parametrize(
    ("outputs", "code", "words"),
    [
        ("{all: enc.states, all.h: scores}", "duplicate-name", "two outputs are named all.h"),
        ('{"": scores}', "bad-name", "an output's name"),
        ('{"a\\n": scores}', "bad-name", "an output's name"),
        ("{a: [scores]}", "bad-reference", "a layer is referred to by its name"),
        ("{}", "bad-reference", "nothing is named here"),
    ],
)
def test_a_wrong_name_of_an_output_is_told(outputs, code, words):
    text = NAMED.replace("{priority: scores, memory: enc.c}", outputs)
    (problem,) = plan(parse(Source("a.yaml", text))).problems
    assert (problem.code, problem.line) == (code, 5)
    assert words in problem.message


@pytest.mark.parametrize(
    "outputs", ["{words: probabilities, probabilities: embed}", "{words.first: probabilities}"]
)
def test_decode_takes_the_name_of_an_output(outputs):
    name = outputs[1:].partition(":")[0]
    text = f"""\
input: [null]
layers:
  - {{Embedding: {{input_dim: 9, output_dim: 4}}, name: embed}}
  - LSTM: {{units: 3, return_sequences: true, return_state: true}}
  - {{Dense: 9, name: probabilities}}
outputs: {outputs}
decode: {{input: input, output: {name}}}
"""
    report = plan(parse(Source("a.yaml", text)))
    assert (report.problems, report.decode.output) == ((), "probabilities")
    # A layer of that name wins.
    text = text.replace(f"output: {name}", "output: probabilities")
    assert plan(parse(Source("a.yaml", text))).decode.output == "probabilities"


@pytest.mark.keras
@pytest.mark.parametrize(
    ("outputs", "reads", "expected"),
    [
        ("{state: enc.h}", "{Dense: 2, from: in.state}", 3),
        ("{priority: scores}", "{Dense: 2, from: in.priority}", 4),
        (
            "{all: enc.states, b: scores}",
            "{LSTM: 3, from: input, initial_state: in.all}",
            ("in.all.h", "in.all.c"),
        ),
        ("{all: enc.states, b: scores}", "{Dense: 2, from: in.all.c}", 3),
        (
            "{states: enc.states, b: scores}",
            "{LSTM: 3, from: input, initial_state: in.states}",
            ("in.states.h", "in.states.c"),
        ),
    ],
)
def test_keras_agrees_on_what_is_read_by_the_name_of_an_output(tmp_path, outputs, reads, expected):
    import rnncli

    (tmp_path / "in.yaml").write_text(NAMED.replace("{priority: scores, memory: enc.c}", outputs))
    outer = tmp_path / "outer.yaml"
    outer.write_text(f"input: [5, 8]\nlayers:\n  - {{include: in.yaml, name: in}}\n  - {reads}\n")
    report = rnncli.build(rnncli.load(outer))
    assert report.agreement is not None
    assert report.agreement.agrees
    last = report.layers[-1]
    if isinstance(expected, int):
        assert last.params.total == 2 * (expected + 1)
    else:
        assert last.initial_state == expected


def test_an_included_model_is_read_by_the_names_of_its_outputs(tmp_path):
    from rnncli.config import read

    (tmp_path / "inner.yaml").write_text(NAMED)
    outer = tmp_path / "outer.yaml"
    outer.write_text(
        "input: [5, 8]\nlayers:\n  - {include: inner.yaml, name: in}\n"
        "  - {Concatenate: {}, from: [in.priority, in.memory]}\n"
    )
    report = plan(parse(read(str(outer))))
    assert report.problems == ()
    assert report.layers[-1].outputs[0].shape == (1, 7)
