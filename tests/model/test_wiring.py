"""What is wired wrongly is told once, where it stands, with what mends it."""

from __future__ import annotations

import pytest

from rnncli.config import parse
from rnncli.planning.plan import plan
from rnncli.problems import Source
from tests.conftest import ROOT

# A shipped config, what is changed in it, the code, and a part of the message or the fix.
BROKEN = [
    ("seq2seq", "encoder.states", "encoder.state", "bad-reference", "did you mean states?"),
    ("seq2seq", "encoder.states", "[encoder.h, encoder.cell]", "bad-reference", "does not return cell"),
    ("seq2seq", "encoder.states", "[encoder.h, ecoder.c]", "bad-reference", "mean encoder?"),
    ("seq2seq", "encoder.states", "encoder.h", "states-missing", "and gets 1, of encoder (LSTM)"),
    ("seq2seq", "encoder.states", "encoder", "states-missing", "initial_state: encoder.states"),
    ("seq2seq", "LSTM: {units: 64, return_state", "GRU: {units: 64, return_state",
     "states-missing", "make encoder and decoder layers of one kind"),
    ("seq2seq", "64, return_state", "32, return_state", "state-width", "such as 32"),
    ("seq2seq", "{units: 64, return_state: true}", "64", "state-not-returned", "on encoder (line 6)"),
    ("seq2seq", "encoder.states", "[encoder.c, encoder.h]", "states-swapped", "in the order h, c"),
    ("seq2seq", "output: probabilities", "output: probs", "bad-reference", "probs"),
    ("seq2seq", "input: target", "input: source", "bad-decode",
     "a step of probabilities is (50,), and one of source is (8,)"),
    ("seq2seq_attention", "value: encoder}", "value: decoder}", "decode-looks-ahead", "the encoder"),
    ("seq2seq_attention", "query:", "querry:", "bad-reference", "did you mean query?"),
    ("seq2seq_attention", "- LSTM: {units: 32, return_sequences: true, return_state: true}\n    name: encoder",
     "- LSTM: {units: 32, return_state: true}\n    name: encoder", "attends-over-batch",
     "set return_sequences: true on encoder"),
    ("siamese", "use: embed ", "use: first ", "bad-reference", "first is an input"),
    ("siamese", "use: encode\n", "use: encod\n", "bad-reference", "did you mean encode?"),
    ("residual_stack", "[lstm, start]", "[lstm, begin]", "bad-reference", "named begin"),
    ("residual_stack", "  - GlobalAveragePooling1D", "  - Add: {}\n    from: [start, lstm]",
     "bad-reference", "start is the input of a repeated block"),
    ("residual_stack", "repeat: 4", "repeat: 0", "not-positive", "repeat: 3"),
    ("include/seq2seq", "encoder.yaml", "encodr.yaml", "bad-include", "did you mean encoder.yaml?"),
    ("include/seq2seq", "encoder.yaml", "seq2seq.yaml", "bad-include", "break the circle"),
    ("include/seq2seq", "encoder.yaml", "../stacked.yaml", "bad-include", "--allow-outside"),
    ("include/seq2seq", "from: source", "from: {inp: source}", "bad-reference", "encoder reads no inp"),
    ("include/seq2seq", "encoder.c]", "encoder.cc]", "bad-reference", "it returns h, c"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("config", "was", "now", "code", "told"), BROKEN, ids=lambda given: str(given)[:24]
)
def test_it_is_told_once(config, was, now, code, told, monkeypatch):
    monkeypatch.chdir(ROOT)
    path = f"configs/{config}.yaml"
    text = (ROOT / path).read_text(encoding="utf-8")
    assert was in text
    changed = text.replace(was, now, 1)
    problems = plan(parse(Source(path, changed))).problems
    (code_found,) = {each.code for each in problems}
    assert code_found == code
    assert told in f"{problems[0].message} {problems[0].fix}"
    # It stands on the line that was changed, or on one that the change makes wrong.
    assert problems[0].line
    assert problems[0].excerpt


def test_a_setting_of_a_repeated_layer_leaves_the_wires_as_they_are(rnncli):
    command = ("plan", "configs/residual_stack.yaml", "--columns", "layer,from", "--expand")
    assert rnncli(*command, "--set", "lstm.dropout=0.5").out == rnncli(*command).out


def test_what_is_meant_by_a_misspelt_layer_keeps_its_name(problems_of):
    found = problems_of("{input: [5, 8], layers: [LSMT: 3], outputs: [lstm]}")
    assert [each.code for each in found] == ["unknown-layer"]
