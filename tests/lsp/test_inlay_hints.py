from __future__ import annotations

from lsprotocol import types

from rnncli.config import parse
from rnncli.planning.plan import plan
from rnncli.problems import Source
from tests.lsp.conftest import in_editor

pytestmark = in_editor

TEXT = """\
inputs: {source: [null, 8], target: [null, 4]}
layers:   # all of them
  - LSTM: {units: 64, return_state: true}
    name: encoder
    from: source
  - LSTM: {units: 64, return_sequences: true}
    from: target
    initial_state: encoder.states
  - Dense: 10
"""


async def hints(editor, text, first=0, last=100):
    await editor.open(text)
    return await asked(editor, first, last)


async def asked(editor, first=0, last=100):
    place = types.Range(types.Position(first, 0), types.Position(last, 0))
    found = await editor.client.text_document_inlay_hint_async(
        types.InlayHintParams(editor.at(), place)
    )
    return {(hint.position.line, hint.position.character): hint.label for hint in found}


async def test_shapes_parameters_totals_and_states(editor):
    lines = TEXT.split("\n")
    macs = plan(parse(Source("model.yaml", TEXT))).totals.macs
    assert await hints(editor, TEXT) == {
        (1, len("layers:")): f"37,002 parameters · {macs:,} MACs",
        (2, len(lines[2])): "→ (64,) · 18,688",
        (5, len(lines[5])): "→ (T, 64) · 17,664",
        (7, len(lines[7])): "h (64,), c (64,)",
        (8, len(lines[8])): "→ (T, 10) · 650",
    }


async def test_only_the_lines_that_are_seen(editor):
    assert {line for line, _ in await hints(editor, TEXT, 5, 7)} == {5, 7}


async def test_several_layers_on_one_line_have_theirs_behind_them(editor):
    text = "input: [5, 8]\nlayers: [LSTM: 3, Dense: {units: 2}, ReLU]\n"
    line = text.split("\n")[1]
    found = await hints(editor, text)
    assert found[1, line.index(", Dense")] == "→ (3,) · 144"
    assert found[1, line.index(", ReLU")] == "→ (2,) · 8"


async def test_repeated_layers_say_how_often(editor):
    text = "input: [5, 8]\nlayers:\n  - repeat: 3\n    layers:\n      - Dense: 8\n"
    assert (await hints(editor, text))[4, 16] == "→ (5, 8) · 72 · × 3"


async def test_layers_of_a_model_inside(editor):
    text = "input: [5, 8]\nlayers:\n  - model:\n      input: [5, 8]\n      layers:\n        - LSTM: 3\n"
    found = await hints(editor, text)
    assert found[5, 17] == "→ (3,) · 144"
    assert found[2, 10] == "→ (3,) · 144"


async def test_while_the_text_is_half_written_those_of_the_last_plan_stay(editor):
    before = await hints(editor, TEXT)
    broken = TEXT.replace("  - Dense: 10", "  - Conv1D: {filters: 3\n\n  - Dense: 10")
    (found,) = await editor.open(broken)
    assert found.code == "not-yaml"
    now = await asked(editor)
    assert now[2, len(TEXT.split("\n")[2])] == before[2, len(TEXT.split("\n")[2])]
    assert now[10, 13] == "→ (T, 10) · 650", "lines below have moved"
    assert {line for line, _ in now} == {1, 2, 5, 7, 10}


async def test_settings_choose_what_is_shown(editor):
    await hints(editor, TEXT)
    await editor.configure(hints={"parameters": False, "totals": False, "states": False})
    assert set((await asked(editor)).values()) == {"→ (64,)", "→ (T, 64)", "→ (T, 10)"}
    await editor.configure(hints={"outputs": False, "macs": True}, length=5)
    assert "92,160 MACs" in " ".join((await asked(editor)).values())
