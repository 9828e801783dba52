from __future__ import annotations

import pytest
from lsprotocol import types

from tests.lsp.conftest import applied, in_editor, place

pytestmark = in_editor
HEAD = "input: [5, 8]\nlayers:\n"
TEXT = """\
inputs: {source: [null, 8], target: [null, 4]}
layers:
  - LSTM: {units: 64, return_state: true}
    name: encoder
    from: source
  - Dense: 3
    from: target
"""


async def items(editor, text):
    text, position = place(text)
    await editor.open(text)
    found = await editor.client.text_document_completion_async(
        types.CompletionParams(editor.at(), position)
    )
    return {item.label: item for item in found.items} if found else {}


async def chosen(editor, text, label):
    """The text after an item was chosen, without the stops of its snippet."""
    found = await items(editor, text)
    return applied(text.replace("|", ""), [found[label].text_edit])


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "  - |",
        HEAD + "  - L|",
        HEAD + "  - |\n  - Dense: 3\n",
        HEAD + "  - Dense: 3\n  - |",
        "input: [5, 8]\nlayers: [|",
        "input: [5, 8]\nlayers: [Dense: 3, L|]\n",
        HEAD + "  - repeat: 2\n    layers:\n      - |",
    ],
)
async def test_layers(editor, text):
    found = await items(editor, text)
    assert found["LSTM"].detail == "Recurrent"
    assert found["LSTM"].text_edit.new_text == "LSTM: ${1:3}"
    assert found["Embedding"].text_edit.new_text.startswith("Embedding: {input_dim: ${1:")
    assert found["Flatten"].text_edit.new_text == "Flatten"
    assert {"ops.mean", "use", "repeat", "include"} <= found.keys()


async def test_a_layer_is_written_where_its_beginning_stands(editor):
    assert await chosen(editor, HEAD + "  - LS|\n", "LSTM") == HEAD + "  - LSTM: ${1:3}\n"
    assert await chosen(editor, HEAD + "  -|\n", "LSTM") == HEAD + "  - LSTM: ${1:3}\n"
    assert await chosen(editor, HEAD + "  - L|: 3\n", "LSTM") == HEAD + "  - LSTM: 3\n"


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "  - LSTM: {units: 3, |",
        HEAD + "  - LSTM: {units: 3, |}\n  - Dense: 3\n",
        HEAD + "  - LSTM: {units: 3, ret|\n  - Dense: 3\n",
        HEAD + "  - LSTM:\n      units: 3\n      |",
        HEAD + "  - LSTM:\n      units: 3\n      ret|\n  - Dense: 3\n",
    ],
)
async def test_arguments_that_are_not_given_yet(editor, text):
    found = await items(editor, text)
    assert "units" not in found
    assert found["return_sequences"].detail == "default false"
    assert found["return_sequences"].text_edit.new_text == "return_sequences: ${1:true}"
    assert found["activation"].detail == "default tanh"
    assert "name" not in found or found["name"].detail


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        (HEAD + "  - Dense: {units: 3, activation: |}\n", {"relu", "softmax", "null"}),
        (HEAD + "  - Dense:\n      activation: |\n      units: 3\n", {"relu", "softmax"}),
        (HEAD + "  - Dense: {units: 3, kernel_initializer: |", {"glorot_uniform", "HeNormal"}),
        (HEAD + "  - Bidirectional: {LSTM: 3, merge_mode: |", {"concat", "sum", "null"}),
        (HEAD + "  - LSTM: {units: 3, return_state: |}\n", {"true", "false"}),
        (HEAD + "  - Conv1D: {filters: 3, kernel_size: 3, padding: |", {"valid", "same", "causal"}),
        (HEAD + "  - Activation: |", {"relu", "softmax"}),
        (HEAD + "  - LSTM: 3\n    call: {|", {"training"}),
        (HEAD + "  - LSTM: 3\n    call: {training: |", {"true", "false"}),
        ("inputs:\n  a:\n    shape: [5]\n    dtype: |\nlayers: [Flatten]\n", {"int32", "string"}),
    ],
)
async def test_values(editor, text, labels):
    assert labels <= (await items(editor, text)).keys()


@pytest.mark.parametrize(
    ("rest", "labels", "others"),
    [
        ("  - Add:\n    from: |", {"source", "target", "encoder", "dense", "encoder.h"}, {"add"}),
        ("  - Add:\n    from: [source, |]\n  - ReLU\n", {"encoder", "dense"}, {"re_lu", "add"}),
        ("  - Add:\n    from: [encoder.|", {"encoder.h", "encoder.states"}, set()),
        (
            "  - LSTM: 64\n    initial_state: |",
            {"encoder.states", "encoder.h"},
            {"dense", "source"},
        ),
        ("  - use: |", {"encoder", "dense"}, {"source"}),
        ("  - ReLU\noutputs: [|]\n", {"re_lu", "dense", "encoder"}, set()),
        ("  - ReLU\ndecode: {input: |", {"target", "source"}, set()),
        ("  - Attention:\n    from: {|", {"query", "value", "key", "query_mask"}, {"encoder"}),
        ("  - Attention:\n    from: {query: |", {"encoder", "source"}, {"query"}),
    ],
)
async def test_names_that_fit(editor, rest, labels, others):
    await editor.open(TEXT)
    found = await items(editor, TEXT + rest)
    assert labels <= found.keys()
    assert not others & found.keys()


async def test_names_have_their_shapes_and_the_nearest_comes_first(editor):
    await editor.open(TEXT)
    found = await items(editor, TEXT + "  - Add:\n    from: |")
    assert found["dense"].detail == "Dense (T, 3)"
    assert found["encoder.h"].detail == "(64,)"
    order = sorted(found.values(), key=lambda item: item.sort_text)
    names = [item.label for item in order if "." not in item.label]
    assert names == ["dense", "encoder", "target", "source"]


async def test_the_whole_reference_is_replaced(editor):
    await editor.open(TEXT)
    text = TEXT + "  - Add:\n    from: [encoder.|"
    assert (await chosen(editor, text, "encoder.states")).endswith("from: [encoder.states")


@pytest.mark.parametrize(
    ("text", "labels", "others"),
    [
        ("input: [5, 8]\nla|", {"layers", "outputs", "length"}, {"input", "inputs"}),
        ("in|", {"input", "inputs"}, set()),
        (HEAD + "  - LSTM: 3\n    |", {"name", "from", "initial_state", "call"}, {"LSTM"}),
        (HEAD + "  - Dense: 3\n    |\n", {"name", "from"}, {"initial_state"}),
        (HEAD + "  - Dense: 3\n    name: a\n    f|\n", {"from"}, {"name"}),
        (HEAD + "  - repeat: 3\n    |", {"layers", "from"}, {"name"}),
        (HEAD + "  - Flatten\ndecode: {|", {"input", "output", "steps", "first"}, set()),
        (HEAD + "  - Flatten\nbudget: {|", {"params", "macs", "weight_bytes"}, {"steps"}),
        (HEAD + "  - Flatten\ndecode:\n  |", {"input", "output", "steps", "first"}, set()),
    ],
)
async def test_keys(editor, text, labels, others):
    found = await items(editor, text)
    assert labels <= found.keys()
    assert not others & found.keys()


async def test_files_to_include(editor):
    (editor.folder / "encoder.yaml").write_text("input: [5]\nlayers: [Flatten]\n")
    found = await items(editor, HEAD + "  - include: |")
    assert "encoder.yaml" in found
    assert "model.yaml" not in found


async def test_templates_in_an_empty_file(editor):
    found = await items(editor, "|")
    assert "many_to_one" in found
    text = found["many_to_one"].text_edit.new_text
    assert "layers:" in text
    assert await editor.open(text) == []


@pytest.mark.parametrize(
    "text", [HEAD + "  - LSTM: 3  # a |", "jobs:\n  - |\n", HEAD + "  - LSTM: {units: 4|}\n"]
)
async def test_where_nothing_fits_nothing_is_offered(editor, text):
    assert await items(editor, text) == {}


async def test_every_layer_that_is_offered_can_be_written(editor):
    """The snippet with its example values is a layer that Keras knows."""
    found = await items(editor, HEAD + "  - |")
    for label, item in found.items():
        if not label[0].isupper():
            continue
        text = item.text_edit.new_text
        while "${" in text:
            before, _, rest = text.partition("${")
            _, _, rest = rest.partition(":")
            value, depth = "", 0
            while rest and (rest[0] != "}" or depth):
                if rest[0] == "\\":
                    rest = rest[1:]
                value, rest = value + rest[0], rest[1:]
            text = before + value + rest[1:]
        codes = {each.code for each in await editor.open(f"{HEAD}  - {text}\n")}
        assert not codes & {"not-yaml", "unknown-layer", "unknown-argument", "missing-argument"}, (
            text
        )
