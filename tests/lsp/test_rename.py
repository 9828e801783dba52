from __future__ import annotations

import pytest
from lsprotocol import types

from tests.lsp.conftest import applied, in_editor, place
from tests.lsp.test_navigation import TEXT

pytestmark = in_editor


async def rename(editor, text, new):
    """The texts of all files that change; or what the server says against it."""
    text, position = place(text)
    await editor.open(text)
    edit = await editor.client.text_document_rename_async(
        types.RenameParams(editor.at(), position, new)
    )
    if edit is None:
        return editor.client.messages[-1].message
    changed = {}
    for uri, edits in edit.changes.items():
        before = (
            text if uri == editor.uri() else (editor.folder / uri.rpartition("/")[2]).read_text()
        )
        changed[uri.rpartition("/")[2]] = applied(before, edits)
    return changed


async def prepared(editor, text):
    text, position = place(text)
    await editor.open(text)
    found = await editor.client.text_document_prepare_rename_async(
        types.PrepareRenameParams(editor.at(), position)
    )
    if found is None:
        return None
    line = text.split("\n")[found.range.start.line]
    return line[found.range.start.character : found.range.end.character], found.placeholder


@pytest.mark.parametrize(
    "cursor", ["name: enc|oder", "initial_state: enc|oder", "use: encoder|", "[probabilities, e|nc"]
)
async def test_a_layer_is_renamed_wherever_it_is_named(editor, cursor):
    text = TEXT.replace(cursor.replace("|", ""), cursor, 1)
    assert "|" in text
    assert await rename(editor, text, "reader") == {"model.yaml": TEXT.replace("encoder", "reader")}


async def test_an_input_is_renamed(editor):
    text = TEXT.replace("{source", "{so|urce")
    changed = await rename(editor, text, "words")
    assert changed == {"model.yaml": TEXT.replace("source", "words")}


async def test_a_layer_without_a_name_gets_one_and_the_others_keep_theirs(editor):
    """Keras numbers layers without names: lstm_1 is called lstm once the first has a name."""
    text = """\
input: [5, 8]
layers:
  - LS|TM: {units: 3, return_sequences: true}
  - LSTM: {units: 4, return_sequences: true}
  - Concatenate:
    from: [lstm, lstm_1]
outputs: [concatenate, lstm_1]
"""
    (changed,) = (await rename(editor, text, "first")).values()
    assert (
        changed
        == """\
input: [5, 8]
layers:
  - LSTM: {units: 3, return_sequences: true}
    name: first
  - LSTM: {units: 4, return_sequences: true}
  - Concatenate:
    from: [first, lstm]
outputs: [concatenate, lstm]
"""
    )
    assert await editor.open(changed) == []


async def test_a_quoted_name_stays_quoted(editor):
    text = "input: [5, 8]\nlayers:\n  - Dense: 3\n    name: \"a|b\"\n  - ReLU:\n    from: 'ab'\n"
    assert await rename(editor, text, "new") == {
        "model.yaml": text.replace("|", "").replace("ab", "new")
    }


async def test_a_layer_of_an_included_file_that_the_outer_one_names(editor):
    inner = "input: [5, 8]\nlayers:\n  - LSTM: {units: 3, return_state: true}\n    name: deep\noutputs: [deep, deep.h]\n"
    outer = "input: [5, 8]\nlayers:\n  - include: model.yaml\n    name: m\n  - Dense: 3\n    from: m.deep\n"
    (editor.folder / "model.yaml").write_text(inner)
    (editor.folder / "outer.yaml").write_text(outer)
    await editor.open(outer, "outer.yaml")
    assert await rename(editor, inner.replace("name: deep", "name: de|ep"), "low") == {
        "model.yaml": inner.replace("deep", "low"),
        "outer.yaml": outer.replace("m.deep", "m.low"),
    }


@pytest.mark.parametrize(
    ("new", "message"),
    [
        ("probabilities", "there is a layer or an input named probabilities already"),
        ("a/b", "a name is a word, without / and control characters"),
        (" ", "a name is a word"),
    ],
)
async def test_names_that_cannot_be(editor, new, message):
    text = TEXT.replace("name: encoder", "name: enc|oder")
    assert message in await rename(editor, text, new)


async def test_an_input_without_a_name(editor):
    assert "this input has no name" in await rename(
        editor, "inp|ut: [5, 8]\nlayers: [Flatten]\n", "x"
    )


async def test_what_is_selected(editor):
    assert await prepared(editor, TEXT.replace("encoder.h", "enc|oder.h")) == ("encoder", "encoder")
    assert await prepared(editor, TEXT.replace("- Embed", "- Em|bed")) == ("Embedding", "embedding")
    assert await prepared(editor, TEXT.replace("64", "6|4", 1)) is None


async def test_files_that_are_not_open_are_renamed_in_as_well(editor):
    """Directly and through another file, outputs as well as inputs."""
    inner = "inputs: {a: [5, 8]}\nlayers:\n  - LSTM: {units: 3, return_state: true}\n    name: deep\noutputs: [deep, deep.h]\n"
    middle = "input: [5, 8]\nlayers:\n  - include: model.yaml\n    name: m\n    from: {a: input}\noutputs: [m.deep, m.h]\n"
    outer = "input: [5, 8]\nlayers:\n  - include: middle.yaml\n    name: m\n  - Dense: 3\n    from: m.deep\n"
    broken = "layers:\n  - include: model.yaml\n input: ["
    files = {"middle.yaml": middle, "outer.yaml": outer, "other.yaml": inner, "broken.yml": broken}
    for name, text in files.items():
        (editor.folder / name).write_text(text)
    assert await rename(editor, inner.replace("name: deep", "name: de|ep"), "low") == {
        "model.yaml": inner.replace("deep", "low"),
        "middle.yaml": middle.replace("m.deep", "m.low"),
        "outer.yaml": outer.replace("m.deep", "m.low"),
    }
    assert await rename(editor, inner.replace("{a:", "{a|:"), "words") == {
        "model.yaml": inner.replace("{a:", "{words:"),
        "middle.yaml": middle.replace("{a:", "{words:"),
    }


async def test_a_file_that_cannot_be_changed(editor):
    inner = "input: [5, 8]\nlayers:\n  - LSTM: {units: 3, return_state: true}\n    name: de|ep\noutputs: [deep, deep.h]\n"
    outer = "input: [5, 8]\nlayers:\n  - include: model.yaml\n    name: m\n  - Dense: 3\n    from: &x m.deep\n  - Dense: 3\n    from: *x\n"
    (editor.folder / "outer.yaml").write_text(outer)
    refused = await rename(editor, inner, "low")
    assert "line 6 of" in refused
    assert "its text is shared" in refused
