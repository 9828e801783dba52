"""What differs between two plans: each kind of change, and what follows from it."""

from __future__ import annotations

import msgspec
import pytest

import rnncli
from rnncli.report.diff import Change, Diff
from rnncli.report.report import Report
from tests.conftest import ROOT

STACKED = """\
input: [5, 8]
layers:
  - LSTM: {units: 128, return_sequences: true}
  - LSTM: {units: 256, return_sequences: true}
  - LSTM: 512
  - Dense: {units: 10, activation: softmax}
"""
GRAPH = """\
inputs: {source: [5, 8], target: [7, 8]}
layers:
  - {LSTM: {units: 4, return_state: true}, name: encoder, from: source}
  - {LSTM: 4, name: decoder, from: target, initial_state: encoder.states}
  - {Dense: 3, name: top}
"""


def diff(before: str, after: str, **options: object) -> Diff:
    return rnncli.diff(rnncli.load(before), rnncli.load(after), **options)


def layers(found: Diff) -> dict[str, tuple[str, tuple[str, ...]]]:
    """The layers that differ: what became of each, and what that follows from."""
    return {x.name: (x.kind, x.follows_from) for x in found.layers if x.differs}


def arguments(found: Diff, name: str) -> list[tuple[str, object, object]]:
    (layer,) = [layer for layer in found.layers if layer.name == name]
    return [(change.what, change.before, change.after) for change in layer.arguments]


def test_a_cause_and_what_follows_from_it():
    found = diff(STACKED, STACKED.replace("512", "64"))
    assert layers(found) == {"lstm_2": ("changed", ()), "dense": ("follows", ("lstm_2",))}
    lstm, dense = found.layers[2:]
    assert arguments(found, "lstm_2") == [("units", 512, 64)]
    assert (lstm.params.before, lstm.params.after) == (1_574_912, 82_176)
    assert lstm.params.formula == "4·(units·(256 + units) + units)"
    assert (dense.inputs[0].before, dense.inputs[0].after) == ((1, 512), (1, 64))
    assert dense.params.formula == "10·(features + 1)"
    assert (found.totals.params.before, found.totals.params.after) == (2_044_426, 547_210)
    assert (found.totals.macs.before, found.totals.macs.after) == (10_183_680, 2_724_480)
    assert (found.weights.fit, found.weights.misfit) == (("lstm", "lstm_1"), ("lstm_2", "dense"))


@pytest.mark.parametrize("path", sorted((ROOT / "configs").rglob("*.yaml")), ids=lambda p: p.stem)
def test_a_model_does_not_differ_from_itself(path, monkeypatch):
    monkeypatch.chdir(ROOT)
    spec = rnncli.load(path)
    found = rnncli.diff(spec, spec)
    assert found.equal
    assert [layer.kind for layer in found.layers] == ["unchanged"] * len(found.layers)
    assert (found.weights.misfit, found.weights.new) == ((), ())


PAIRS = [
    ("gallery/char_seq2seq", "gallery/luong_translator"),
    ("stacked", "many_to_one"),
    ("seq2seq", "seq2seq_bidirectional"),
    ("seq2seq", "seq2seq_gru"),
    ("gallery/miniature_gpt", "gallery/transformer_translator"),
    ("siamese", "residual_stack"),
]


@pytest.mark.parametrize("names", [*PAIRS, *[pair[::-1] for pair in PAIRS]], ids=str)
def test_the_layers_add_up_to_the_totals(names, monkeypatch):
    """Whatever is matched with what, nothing is counted twice or left out."""
    monkeypatch.chdir(ROOT)
    plans = [rnncli.plan(rnncli.load(f"configs/{name}.yaml")) for name in names]
    found = rnncli.diff(*plans)
    for side, planned in zip(("before", "after"), plans, strict=True):
        for total in ("params", "macs"):
            counts = [getattr(getattr(layer, total), side) for layer in found.layers]
            if None not in counts:
                assert sum(counts) == getattr(planned.totals, total)
        names_there = [getattr(layer, side) for layer in found.layers if getattr(layer, side)]
        assert sorted(names_there) == sorted(layer.name for layer in planned.layers)


def test_an_added_layer_does_not_rewire_the_one_after_it():
    found = diff(STACKED, STACKED.replace("  - Dense", "  - Dropout: 0.5\n  - Dense"))
    assert layers(found) == {"dropout": ("added", ())}
    assert arguments(found, "dropout") == [("rate", msgspec.UNSET, 0.5)]


def test_a_removed_layer_is_what_the_next_one_follows_from():
    found = diff(STACKED, STACKED.replace("  - LSTM: {units: 256, return_sequences: true}\n", ""))
    # The numbers of automatic names shift: lstm_2 is lstm_1 now, and is the same layer.
    kinds = [(layer.kind, layer.before, layer.after) for layer in found.layers]
    assert kinds == [
        ("unchanged", "lstm", "lstm"),
        ("removed", "lstm_1", None),
        ("follows", "lstm_2", "lstm_1"),
        ("unchanged", "dense", "dense"),
    ]
    assert found.layers[2].follows_from == ("lstm_1",)


def test_a_layer_in_front_shifts_the_names_and_nothing_else():
    found = diff(
        STACKED,
        STACKED.replace("layers:\n", "layers:\n  - LSTM: {units: 8, return_sequences: true}\n"),
    )
    kinds = [(layer.kind, layer.before, layer.after) for layer in found.layers]
    assert kinds == [
        ("added", None, "lstm"),
        ("unchanged", "lstm", "lstm_1"),
        ("unchanged", "lstm_1", "lstm_2"),
        ("unchanged", "lstm_2", "lstm_3"),
        ("unchanged", "dense", "dense"),
    ]
    assert found.weights.fit == ("lstm", "lstm_1", "lstm_2", "dense")


def test_a_new_name_is_a_rename():
    found = diff(STACKED, STACKED.replace("softmax}", "softmax}\n    name: top"))
    (top,) = [layer for layer in found.layers if layer.differs]
    assert (top.kind, top.before, top.after, top.is_renamed) == ("unchanged", "dense", "top", True)


def test_another_class_of_the_same_arguments():
    found = diff(STACKED, STACKED.replace("LSTM: 512", "GRU: 512"))
    assert arguments(found, "gru") == [("class", "LSTM", "GRU")]
    assert "dense" not in layers(found)


def test_a_wrapped_layer_keeps_its_arguments():
    found = diff(STACKED, STACKED.replace("LSTM: 512", "Bidirectional: {LSTM: 64}"))
    assert arguments(found, "bidirectional") == [
        ("class", "LSTM", "Bidirectional"),
        ("layer.units", 512, 64),
    ]


def test_a_swap_is_a_move():
    text = "input: [5, 8]\nlayers:\n{}  - Dense: 3\n"
    one, two = "  - {Dropout: 0.5, name: a}\n", "  - {LayerNormalization: , name: b}\n"
    found = diff(text.format(one + two), text.format(two + one))
    assert sum(layer.moved for layer in found.layers) == 1
    assert {layer.before for layer in found.layers} == {"a", "b", "dense"}


def test_other_wires():
    found = diff(GRAPH, GRAPH.replace("from: target", "from: source"))
    (decoder,) = [layer for layer in found.layers if layer.name == "decoder"]
    assert decoder.wiring == (Change(what="from", before=["target"], after=["source"]),)
    found = diff(GRAPH, GRAPH.replace(", initial_state: encoder.states", ""))
    (decoder,) = [layer for layer in found.layers if layer.name == "decoder"]
    wiring = Change(what="initial_state", before=["encoder.h", "encoder.c"], after=[])
    assert decoder.wiring == (wiring,)


def test_what_follows_through_states_and_several_layers():
    after = GRAPH.replace("units: 4", "units: 6").replace("LSTM: 4", "LSTM: 6")
    assert layers(diff(GRAPH, after)) == {
        "encoder": ("changed", ()),
        "decoder": ("changed", ()),
        "top": ("follows", ("decoder",)),
    }


def test_inputs_batch_and_lengths_are_causes():
    found = diff(STACKED, STACKED.replace("[5, 8]", "[5, 9]"))
    assert layers(found) == {"lstm": ("follows", ("input",))}
    assert [setting.what for setting in found.settings] == ["input input"]
    found = diff(STACKED, f"batch: 4\n{STACKED}")
    assert [setting.what for setting in found.settings] == ["batch"]
    assert set(layers(found).values()) == {("follows", ("batch",))}
    unknown = STACKED.replace("[5, 8]", "[null, 8]")
    found = diff(f"length: 7\n{unknown}", f"length: 9\n{unknown}")
    assert [(x.what, x.before, x.after) for x in found.settings] == [("length", [7], [9])]
    assert found.totals.params.growth == 0
    assert ("follows", ("length",)) in layers(found).values()


def test_a_change_inside_a_nested_model():
    text = """\
input: [5, 8]
layers:
  - {model: {input: [5, 8], layers: [{LSTM: 4, name: inner}, {Dense: 3, name: head}]}, name: body}
  - Dense: 2
"""
    found = diff(text, text.replace("LSTM: 4", "LSTM: 6"))
    (body,) = [layer for layer in found.layers if layer.differs]
    inner, head = body.layers
    assert (inner.kind, inner.follows_from) == ("changed", ())
    assert (head.kind, head.follows_from) == ("follows", ("inner",))
    assert found.weights.misfit == ("body/inner", "body/head")
    found = diff(text, text.replace("Dense: 3", "Dense: 5"))
    assert found.layers[1].follows_from == ("body",)


def test_an_argument_that_is_the_default_is_no_difference():
    explicit = STACKED.replace("LSTM: 512", "LSTM: {units: 512, return_sequences: false}")
    assert diff(STACKED, explicit).equal


def test_arguments_of_objects_inside():
    before = "input: [5, 8]\nlayers:\n  - LSTM: {units: 3, kernel_regularizer: {L2: 0.1}}\n"
    found = diff(before, before.replace("0.1", "0.2"))
    assert arguments(found, "lstm") == [("kernel_regularizer.l2", 0.1, 0.2)]
    found = diff(before, before.replace("L2: 0.1", "L1: 0.1"))
    assert ("kernel_regularizer", "L2", "L1") in arguments(found, "lstm")


def test_what_is_not_known_is_not_equal_to_nothing():
    custom = "input: [5, 8]\nlayers:\n  - custom: {class: A, output: [4]}\n    name: a\n"
    dense = custom.replace("custom: {class: A, output: [4]}", "LSTM: 4")
    found = diff(custom, dense)
    assert found.totals.macs.before is None
    assert found.totals.macs.growth is None


def test_a_saved_report_differs_as_its_model_does(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    report = rnncli.plan(rnncli.load("configs/stacked.yaml"))
    saved = tmp_path / "saved.json"
    saved.write_bytes(msgspec.json.encode(report))
    other = rnncli.load(STACKED.replace("512", "64"))
    of_file, of_spec = rnncli.diff(saved, other), rnncli.diff("configs/stacked.yaml", other)
    assert of_file == of_spec
    assert isinstance(msgspec.json.decode(saved.read_bytes(), type=Report), Report)
    assert rnncli.diff(saved, report).equal


def test_problems_of_both_are_in_it():
    found = diff(STACKED.replace("return_sequences: true", "return_sequences: false", 1), STACKED)
    assert [problem.code for problem in found.problems] == ["needs-sequence"]


def test_the_order_of_branches_is_no_difference():
    one, two = "  - {Dense: 3, name: a, from: input}\n", "  - {Dense: 4, name: b, from: input}\n"
    text = "input: [8]\nlayers:\n{}  - {{Concatenate: , from: [a, b]}}\n"
    assert diff(text.format(one + two), text.format(two + one)).equal


def test_a_model_without_a_length_is_planned_at_that_of_the_other():
    unknown = STACKED.replace("[5, 8]", "[null, 8]")
    for pair in ((unknown, f"length: 50\n{unknown}"), (f"length: 50\n{unknown}", unknown)):
        found = diff(*pair)
        assert found.equal
        at_50 = rnncli.plan(rnncli.load(unknown), length=50).totals.macs
        assert found.totals.macs.after == found.totals.macs.before == at_50


@pytest.mark.keras
@pytest.mark.parametrize("name", ["stacked", "gallery/deepspeech2", "gallery/wavenet", "seq2seq",
                                  "gallery/hierarchical_attention", "include/seq2seq"])  # fmt: skip
def test_a_config_is_the_model_file_made_of_it(name, tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    path = f"configs/{name}.yaml"
    (content,) = rnncli.convert(rnncli.load(path), "keras").files.values()
    (tmp_path / "a.keras").write_bytes(content)
    assert rnncli.diff(path, tmp_path / "a.keras").equal
