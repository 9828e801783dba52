from __future__ import annotations

import pytest
from lsprotocol import types

from tests.lsp.conftest import in_editor, place

pytestmark = in_editor
TEXT = """\
inputs: {source: [null, 8], target: [null, 4]}
layers:
  - LSTM: {units: 64, return_state: true}
    name: encoder
    from: source
  - LSTM: {units: 64, return_sequences: true}
    from: target
    initial_state: encoder.states
    call: {training: false}
  - Bidirectional: {GRU: 3, merge_mode: sum}
"""


async def hovered(editor, text):
    text, position = place(text)
    await editor.open(text)
    found = await editor.client.text_document_hover_async(types.HoverParams(editor.at(), position))
    return found.contents.value if found else None


async def test_a_layer(editor):
    text = await hovered(
        editor,
        TEXT.replace("- LSTM: {units: 64, return_state", "- LS|TM: {units: 64, return_state"),
    )
    assert "**`encoder`** LSTM" in text
    assert "| output | (1, 64) | float32 |" in text
    assert "| h | (1, 64) | yes | output |" in text
    assert "| kernel | (8, 256) | 2,048 | features × 4·units |" in text
    assert "18,688 parameters: 4·(units·(features + units) + units)" in text
    assert "MACs" in text


@pytest.mark.parametrize(
    ("before", "cursor", "words"),
    [
        ("return_state", "return|_state", ["**`return_state`** of `LSTM`", "true or false", "`false`"]),
        ("units", "uni|ts", ["**`units`** of `LSTM`", "a positive integer", "required"]),
        ("merge_mode", "m|erge_mode", ["**`merge_mode`** of `Bidirectional`", "concat, sum", "`concat`"]),
        ("encoder.states", "encod|er.states", ["**`encoder.states`** of `encoder` (LSTM)", "h (1, 64)", "c (1, 64)"]),
        ("from: source", "from: sou|rce", ["**`source`** of `source` (input)", "(1, S, 8) float32"]),
        ("name: encoder", "name: enc|oder", ["**`encoder`** LSTM"]),
        ("{source", "{so|urce", ["**`source`** input (1, S, 8) float32"]),
        ("training", "trai|ning", ["**`training`** of the call of `LSTM`", "true or false"]),
        ("initial_state", "initial|_state", ["What a recurrent layer starts from"]),
        ("layers:", "lay|ers:", ["The layers, in order"]),
        ("GRU", "G|RU", ["**`GRU`**", "| units | a positive integer | required |"]),
    ],
)  # fmt: skip
async def test_words(editor, before, cursor, words):
    assert before in TEXT
    text = await hovered(editor, TEXT.replace(before, cursor, 1))
    for word in words:
        assert word in text, text


async def test_a_layer_of_a_model_inside(editor):
    text = await hovered(
        editor,
        "input: [5, 8]\nlayers:\n  - model:\n      input: [5, 8]\n      layers:\n        - LS|TM: 3\n",
    )
    assert "144 parameters" in text


async def test_while_the_text_is_half_written_the_last_plan_answers(editor):
    await editor.open(TEXT)
    broken = TEXT.replace("layers:\n", "layers:\n  - Conv1D: {filters: 3\n").replace(
        "- Bidirectional", "- Bi|directional"
    )
    assert "**`bidirectional`** Bidirectional" in await hovered(editor, broken)


async def test_nothing_is_known_of_other_words(editor):
    assert await hovered(editor, TEXT.replace("64", "6|4", 1)) is None
    assert await hovered(editor, "a: |b\n") is None
