from __future__ import annotations

import pytest
from lsprotocol import types

from tests.lsp.conftest import applied, in_editor
from tests.test_fixing import CHAIN, MENDED, OPPOSED
from tests.user_mistakes import MISTAKES

pytestmark = in_editor


async def actions(editor, text, only=None, name="model.yaml"):
    found = await editor.open(text, name)
    whole = types.Range(types.Position(0, 0), types.Position(text.count("\n") + 1, 0))
    context = types.CodeActionContext(diagnostics=found, only=only)
    return await editor.client.text_document_code_action_async(
        types.CodeActionParams(editor.at(name), whole, context)
    )


async def test_each_problem_with_an_edit_has_its_fix(editor):
    text = "input: [5, 8]\nlayers:\n  - LSTMM: 3\n  - Dense: {units: 3, bogus: 1}\n"
    typo, bogus = await actions(editor, text, [types.CodeActionKind.QuickFix])
    assert (typo.title, typo.is_preferred) == ("did you mean LSTM?", True)
    assert [each.code for each in typo.diagnostics] == ["unknown-layer"]
    assert applied(text, typo.edit.changes[editor.uri()]) == text.replace("LSTMM", "LSTM")
    assert not bogus.is_preferred
    assert applied(text, bogus.edit.changes[editor.uri()]) == text.replace(", bogus: 1", "")


async def test_only_the_fixes_of_where_the_cursor_is(editor):
    text = "input: [5, 8]\nlayers:\n  - LSTMM: 3\n  - Dens: 3\n"
    found = await editor.open(text)
    place = types.Range(types.Position(3, 6), types.Position(3, 6))
    fixes = await editor.client.text_document_code_action_async(
        types.CodeActionParams(
            editor.at(),
            place,
            types.CodeActionContext(found, only=[types.CodeActionKind.QuickFix]),
        )
    )
    assert [fix.title for fix in fixes] == ["did you mean Dense?"]


@pytest.mark.parametrize("only", [types.CodeActionKind.SourceFixAll, "source.fixAll.rnncli"])
async def test_fix_all_on_save(editor, only):
    (action,) = await actions(editor, CHAIN, [only])
    assert applied(CHAIN, action.edit.changes[editor.uri()]) == MENDED


async def test_fix_all_from_the_menu_is_worked_out_when_it_is_chosen(editor):
    action = (await actions(editor, CHAIN))[-1]
    assert action.edit is None
    action = await editor.client.code_action_resolve_async(action)
    assert applied(CHAIN, action.edit.changes[editor.uri()]) == MENDED


async def test_fix_all_leaves_out_what_would_add_a_problem(editor):
    (action,) = await actions(editor, OPPOSED, [types.CodeActionKind.SourceFixAll])
    fixed = applied(OPPOSED, action.edit.changes[editor.uri()])
    assert fixed == OPPOSED.replace("sotfmax", "softmax")


async def test_a_fix_in_an_included_file(editor):
    inner = "input: [5, 8]\nlayers:\n  - LSTMM: 3\n"
    (editor.folder / "inner.yaml").write_text(inner)
    outer = "input: [5, 8]\nlayers:\n  - include: inner.yaml\n"
    (action,) = await actions(editor, outer, [types.CodeActionKind.QuickFix])
    assert [*action.edit.changes] == [editor.uri("inner.yaml")]
    edits = action.edit.changes[editor.uri("inner.yaml")]
    assert applied(inner, edits) == inner.replace("LSTMM", "LSTM")


@pytest.mark.slow
async def test_every_mistake_is_mended_by_its_quick_fix(editor):
    await editor.configure(folders=[str(editor.folder)])
    for number, mistake in enumerate(MISTAKES.values()):
        text = mistake.config
        if mistake.no_edit or "\r" in text:
            continue
        name = f"{number}.yaml"
        fixes = await actions(editor, text, [types.CodeActionKind.QuickFix], name)
        fix = next(fix for fix in fixes if fix.diagnostics[0].code == mistake.code)
        after = await editor.open(applied(text, fix.edit.changes[editor.uri(name)]), name)
        assert [d for d in after if d.severity is not types.DiagnosticSeverity.Information] == []
