from __future__ import annotations

from lsprotocol import types

from tests.lsp.conftest import in_editor
from tests.lsp.test_navigation import TEXT

pytestmark = in_editor


async def outline(editor, text):
    await editor.open(text)
    return await editor.client.text_document_document_symbol_async(
        types.DocumentSymbolParams(editor.at())
    )


async def test_the_outline(editor):
    found = await outline(editor, TEXT)
    assert [(symbol.name, symbol.detail) for symbol in found] == [
        ("source", "(S, 8)"),
        ("target", "(T,)"),
        ("encoder", "LSTM → (64,)"),
        ("embedding", "Embedding → (T, 16)"),
        ("lstm", "LSTM → (T, 64)"),
        ("dense", "Dense → (T, 64)"),
        ("add", "Add → (T, 64)"),
        ("probabilities", "Dense → (T, 50)"),
        ("encoder_1", "LSTM → (64,)"),
    ]
    encoder = found[2]
    assert (encoder.range.start.line, encoder.range.end.line) == (2, 4)
    assert encoder.selection_range.start.line == 3


async def test_layers_of_a_model_inside_are_below_it(editor):
    text = "input: [5, 8]\nlayers:\n  - model:\n      input: [5, 8]\n      layers: [Dense: 3]\n    name: m\n  - ReLU\n"
    found = await outline(editor, text)
    assert [symbol.name for symbol in found] == ["input", "m", "re_lu"]
    assert [symbol.name for symbol in found[1].children] == ["input", "dense"]


async def test_folding(editor):
    text = "# a\n# b\n" + TEXT
    await editor.open(text)
    found = await editor.client.text_document_folding_range_async(
        types.FoldingRangeParams(editor.at())
    )
    ranges = {(each.start_line, each.end_line): each.kind for each in found}
    assert ranges[0, 1] == "comment"
    assert (3, 19) in ranges, "all layers"
    assert (4, 6) in ranges, "one layer"
    assert (11, 15) in ranges, "a block"
    assert all(start < end for start, end in ranges)


async def test_a_half_written_text_has_none(editor):
    assert await outline(editor, "input: [5, 8\nlayers:\n  - LSTM: 3\n") == []
