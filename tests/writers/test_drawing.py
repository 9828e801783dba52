"""Drawings: one box a layer, arrows that say what they carry, text that cannot break the syntax."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from rnncli.model.binding import bind
from rnncli.planning.plan import plan
from rnncli.writers.drawing import Box, Drawing, Group, drawn
from tests.writers.cases import CLASSES, CONFIGS, example_of, spec_in, spec_of, written

ODD = (
    "name: 'a \"b\" <c> #d; %e `f`'\ninputs: {'x\"y<br>': [3], 'end': [3], 'back\\slash \\N': [3]}\n"
    "layers:\n- {Add: , name: 'subgraph #quot; | ] ) } ü', from: ['x\"y<br>', 'end', "
    "'back\\slash \\N']}\n- {Dense: 2, name: '**bold** `md` -->'}"
)
# A line of a flowchart: a box, a subgraph and its end, an arrow, a style. No text has a quote,
# and each # begins the number of a character.
TEXT = r'"(?:[^"#`]|#\d+;)+"'
MERMAID = re.compile(
    rf"\s*(?:n\d+(?:\[{TEXT}\]|\(\[{TEXT}\]\))|subgraph cluster_\d+\[{TEXT}\]|end"
    rf"|n\d+ -->(?:\|{TEXT}\|)? n\d+|classDef output stroke-width:3px|class [n\d,]+ output)"
)
STRING = r'"(?:[^"\\]|\\["\\n])*"'
DOT = re.compile(
    rf"\s*(?:n\d+ \[label={STRING}(?:, shape=oval|, penwidth=2)?\]|subgraph cluster_\d+ {{|}}"
    rf"|n\d+ -> n\d+(?: \[label={STRING}\])?|\w+={STRING}|labelloc=t"
    r'|(?:node|edge) \[(?:shape=box, )?fontname="Helvetica"\])'
)


def specs():
    yield from map(spec_in, CONFIGS)
    yield from map(example_of, CLASSES)
    yield spec_of(ODD)


def drawing_of(text: str) -> Drawing:
    spec = spec_of(text)
    return drawn(bind(spec), plan(spec))


def boxes(content: tuple[Box | Group, ...]) -> dict[str, Box]:
    return {
        box.id: box
        for part in content
        for box in (boxes(part.content).values() if isinstance(part, Group) else [part])
    }


def arrows(drawing: Drawing) -> set[tuple[str, str, str]]:
    """The arrows with the names of the boxes."""
    names = {key: box.lines[0] for key, box in boxes(drawing.content).items()}
    return {(names[each.source], each.label, names[each.target]) for each in drawing.arrows}


def test_every_line_of_a_flowchart_is_one():
    for spec in specs():
        front, title, end, kind, *lines = written(spec, "mmd").splitlines()
        assert (front, title[:7], end, kind) == ("---", "title: ", "---", "flowchart TD")
        for line in lines:
            assert MERMAID.fullmatch(line), line


def test_every_line_of_a_graph_is_one():
    for spec in specs():
        head, *lines, end = written(spec, "dot").splitlines()
        assert re.fullmatch(rf"digraph {STRING} {{", head)
        assert end == "}"
        for line in lines:
            assert DOT.fullmatch(line), line


@pytest.mark.skipif(shutil.which("dot") is None, reason="needs Graphviz")
def test_graphviz_reads_every_graph():
    text = "".join(written(spec, "dot") for spec in specs())
    ran = subprocess.run(
        ["dot", "-Tcanon"], input=text, capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.count("digraph") == len([*specs()])


def test_a_box_says_what_a_layer_is():
    drawing = drawing_of("input: [null, 8]\nlayers: [LSTM: 3, Dropout: 0.5]")
    assert [box.lines for box in drawing.content] == [
        ("input", "(1, T, 8)", "float32"),
        ("lstm", "LSTM", "(1, 3)", "144 parameters"),
        ("dropout", "Dropout", "(1, 3)"),
    ]
    assert [box.is_input for box in drawing.content] == [True, False, False]
    assert [box.is_output for box in drawing.content] == [False, False, True]


def test_arrows_say_what_they_carry():
    drawing = drawing_of(
        "inputs: {x: [null, 4], m: {shape: [null], dtype: bool}}\nlayers:\n"
        "- {LSTM: {units: 4, return_sequences: true, return_state: true}, name: encode, from: "
        "{sequences: x, mask: m}}\n- {GRU: 4, from: x, initial_state: encode.h}\n"
        "- {LSTM: 4, from: x, initial_state: encode.states}\n"
        "- {MultiHeadAttention: {num_heads: 1, key_dim: 2}, from: {query: x, value: encode}}\n"
        "- {ops.subtract: , from: [gru, lstm]}\n- {Concatenate: , from: [gru, lstm]}\n"
        "outputs: [subtract, concatenate, multi_head_attention]"
    )
    assert arrows(drawing) == {
        ("x", "", "encode"),
        ("m", "mask", "encode"),
        ("x", "", "gru"),
        ("encode", "h", "gru"),
        ("x", "", "lstm"),
        ("encode", "h, c", "lstm"),
        ("x", "query", "multi_head_attention"),
        ("encode", "value", "multi_head_attention"),
        ("gru", "x1", "subtract"),
        ("lstm", "x2", "subtract"),
        ("gru", "", "concatenate"),
        ("lstm", "", "concatenate"),
    }


def test_a_model_inside_is_a_group():
    inner = "model:\n    name: step\n    inputs: {a: [4]}\n    layers: [{Dense: 2, name: inner}]\n"
    drawing = drawing_of(
        f"input: [5, 4]\nlayers:\n- TimeDistributed:\n   {inner}  name: each\n"
        f"- {inner.replace('[4]', '[5, 2]')}  name: whole\n- use: whole\n  from: each\n  name: again"
    )
    _, each, whole, again = drawing.content
    assert isinstance(each, Group)
    assert isinstance(whole, Group)
    assert each.lines == ("each", "TimeDistributed", "(1, 5, 2)", "10 parameters")
    assert whole.lines == ("whole", "Functional", "(1, 5, 2)", "6 parameters")
    assert again.lines == ("again", "Functional", "(1, 5, 2)", "shared with whole")
    assert [box.lines[0] for box in whole.content] == ["a", "inner"]
    pairs = [(arrow.source, arrow.target) for arrow in drawing.arrows]
    assert (each.content[1].id, whole.content[0].id) in pairs
    assert (each.content[1].id, again.id) in pairs
    assert again.is_output


def test_the_output_of_a_model_inside_stands_out():
    drawing = drawing_of(
        "input: [4]\nlayers: [model: {name: m, input: [4], layers: [Dense: 2, Dense: 3]}]"
    )
    (group,) = drawing.content[1:]
    assert [box.is_output for box in group.content] == [False, False, True]
