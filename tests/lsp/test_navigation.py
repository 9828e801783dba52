from __future__ import annotations

import pytest
from lsprotocol import types

from tests.lsp.conftest import in_editor, place

pytestmark = in_editor
TEXT = """\
inputs: {source: [null, 8], target: [null]}
layers:
  - LSTM: {units: 64, return_state: true}
    name: encoder
    from: source
  - Embedding: {input_dim: 50, output_dim: 16}
    from: target
  - LSTM: {units: 64, return_sequences: true, return_state: true}
    initial_state: encoder.states
  - repeat: 2
    layers:
      - Dense: 64
      - Add:
        from: [start, dense]
  - Dense: 50
    name: probabilities
  - use: encoder
    from: source
outputs: [probabilities, encoder.h]
decode: {input: target, output: probabilities}
"""


def word(text, location):
    start, end = location.range.start, location.range.end
    assert start.line == end.line
    return start.line, text.split("\n")[start.line][start.character : end.character]


async def definition(editor, text):
    text, position = place(text)
    await editor.open(text)
    return await editor.client.text_document_definition_async(
        types.DefinitionParams(editor.at(), position)
    )


async def references(editor, text, declared=True):
    text, position = place(text)
    await editor.open(text)
    found = await editor.client.text_document_references_async(
        types.ReferenceParams(types.ReferenceContext(declared), editor.at(), position)
    )
    assert {location.uri for location in found} <= {editor.uri()}
    return sorted(word(text, location) for location in found)


@pytest.mark.parametrize(
    ("use", "cursor", "defined"),
    [
        ("initial_state: encoder.states", "initial_state: enc|oder.states", (3, "encoder")),
        ("from: source", "from: so|urce", (0, "source")),
        ("encoder.h", "encoder.|h", (3, "encoder")),
        ("input: target", "input: tar|get", (0, "target")),
        ("output: prob", "output: pr|ob", (15, "probabilities")),
        ("use: encoder", "use: encoder|", (3, "encoder")),
        ("[start, dense]", "[start, de|nse]", (11, "Dense: 64")),
    ],
)
async def test_definitions(editor, use, cursor, defined):
    assert use in TEXT
    found = await definition(editor, TEXT.replace(use, cursor, 1))
    assert word(TEXT, found) == defined


async def test_references(editor):
    text = TEXT.replace("name: encoder", "name: en|coder")
    uses = [(8, "encoder.states"), (16, "encoder"), (18, "encoder.h")]
    assert await references(editor, text) == [(3, "encoder"), *uses]
    assert await references(editor, text, declared=False) == uses
    text = TEXT.replace("- Dense: 50", "- De|nse: 50")
    assert await references(editor, text, declared=False) == [
        (18, "probabilities"),
        (19, "probabilities"),
    ]


async def test_an_include_leads_to_its_file_and_to_the_layer_inside(editor):
    inner = "input: [5, 8]\nlayers:\n  - LSTM: {units: 3, return_state: true}\n    name: deep\noutputs: [deep, deep.h]\n"
    (editor.folder / "inner.yaml").write_text(inner)
    outer = "input: [5, 8]\nlayers:\n  - include: inn|er.yaml\n    name: sentence\noutputs: [sentence.deep]\n"
    found = await definition(editor, outer)
    assert (found.uri, found.range.start.line) == (editor.uri("inner.yaml"), 0)
    outer = outer.replace("|", "").replace("sentence.deep", "sentence.de|ep")
    found = await definition(editor, outer)
    assert (found.uri, *word(inner, found)) == (editor.uri("inner.yaml"), 3, "deep")


async def test_references_in_a_file_that_is_not_open(editor):
    outer = "input: [5, 8]\nlayers:\n  - include: model.yaml\n    name: m\noutputs: [m.deep]\n"
    (editor.folder / "outer.yaml").write_text(outer)
    text, position = place("input: [5, 8]\nlayers:\n  - LSTM: 3\n    name: de|ep\n")
    (editor.folder / "model.yaml").write_text(text)
    await editor.open(text)
    found = await editor.client.text_document_references_async(
        types.ReferenceParams(types.ReferenceContext(False), editor.at(), position)
    )
    assert [(at.uri, *word(outer, at)) for at in found] == [(editor.uri("outer.yaml"), 4, "m.deep")]


async def test_names_of_a_model_inside_are_its_own(editor):
    text = """\
input: [5, 8]
layers:
  - Dense: 8
    name: a
  - model:
      input: [5, 8]
      layers:
        - Dense: 8
          name: a
        - ReLU:
          from: |a
  - ReLU:
    from: a
"""
    found = await definition(editor, text)
    assert word(text, found) == (8, "a")


async def test_where_no_name_is_nothing_is_found(editor):
    assert await definition(editor, TEXT.replace("64", "6|4", 1)) is None
    assert await references(editor, TEXT.replace("64", "6|4", 1)) == []
