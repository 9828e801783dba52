from __future__ import annotations

from pathlib import Path

from lsprotocol import types
from pygls.uris import to_fs_path

from tests.lsp.conftest import in_editor

pytestmark = in_editor

BAD = "input: [5, 8]\nlayers:\n  - LSTM: 128\n  - LSTM: 64\n"


def words(text, place):
    assert place.start.line == place.end.line
    return text.split("\n")[place.start.line][place.start.character : place.end.character]


async def test_a_problem_has_its_code_its_place_and_the_layer_at_fault(editor):
    (found,) = await editor.open(BAD)
    assert (found.code, found.source) == ("needs-sequence", "rnncli")
    assert found.severity is types.DiagnosticSeverity.Error
    assert words(BAD, found.range) == "LSTM"
    assert found.range.start.line == 3
    (related,) = found.related_information
    assert related.location.uri == editor.uri()
    assert words(BAD, related.location.range) == "LSTM: 128"
    assert related.message == "returns only its last step"
    assert "set return_sequences: true on lstm" in found.message
    page, _, line = found.code_description.href.partition("#L")
    lines = Path(to_fs_path(page)).read_text(encoding="utf-8").splitlines()
    assert lines[int(line) - 1].startswith("| `needs-sequence` |")


async def test_they_go_when_the_problem_is_mended(editor):
    assert await editor.open(BAD)
    assert await editor.open(BAD.replace("128", "{units: 128, return_sequences: true}")) == []


async def test_half_written_yaml_has_one_problem(editor):
    (found,) = await editor.open("input: [5, 8\nlayers:\n  - LSTM: 128\n")
    assert found.code == "not-yaml"


async def test_columns_count_as_the_editor_counts(editor):
    """In UTF-16 units, in which a character beyond the first 65,536 counts twice."""
    text = 'name: "𝄞é"\ninput: [5, 8]\nlayers: [{name: "𝄞𝄞", Dens: 3}]\n'
    (found,) = await editor.open(text)
    start, end = found.range.start, found.range.end
    line = text.split("\n")[2].encode("utf-16-le")
    assert line[2 * start.character : 2 * end.character].decode("utf-16-le") == "Dens: 3"


async def test_other_yaml_is_left_alone(editor):
    assert await editor.open("on: push\njobs: {build: {steps: [1]}}\n") == []
    assert await editor.open("- LSTMM: 3\n", "list.yaml") == []


async def test_a_file_that_becomes_a_config_and_is_none_again(editor):
    assert await editor.open("a: 1\n") == []
    assert len(await editor.open("input: [5, 8]\nlayers: [LSTMM: 3]\n")) == 1
    assert await editor.open("a: 1\n") == []


async def test_a_schema_line_and_a_folder_say_that_it_is_a_config(editor):
    text = "# yaml-language-server: $schema=rnncli.schema.json\nlayerz: [LSTM: 3]\n"
    assert await editor.open(text)
    await editor.open("layerz: [LSTM: 3]\n", "b.yaml")
    assert editor.diagnostics("b.yaml") == []
    await editor.configure(folders=[str(editor.folder)])
    assert editor.diagnostics("b.yaml") != []


async def test_a_problem_of_an_included_file_is_at_the_include_and_leads_there(editor):
    (editor.folder / "inner.yaml").write_text("input: [5, 8]\nlayers:\n  - LSTMM: 3\n")
    text = "input: [5, 8]\nlayers:\n  - include: inner.yaml\n"
    (found,) = await editor.open(text)
    assert words(text, found.range) == "include: inner.yaml"
    (related,) = found.related_information
    assert related.location.uri == editor.uri("inner.yaml")
    assert related.location.range.start.line == 2


async def test_an_included_file_is_read_as_it_is_in_the_editor(editor):
    (editor.folder / "inner.yaml").write_text("input: [5, 8]\nlayers:\n  - LSTM: 3\n")
    assert await editor.open("input: [5, 8]\nlayers:\n  - include: inner.yaml\n") == []
    await editor.open("input: [5, 8]\nlayers:\n  - LSTMM: 3\n", "inner.yaml")
    assert [found.code for found in editor.diagnostics()] == ["unknown-layer"]
    await editor.open("input: [5, 8]\nlayers:\n  - LSTM: 4\n", "inner.yaml")
    assert editor.diagnostics() == []


async def test_warnings_and_notes_have_their_severities(editor):
    found = await editor.open("input: [5, 8]\nlayers:\n  - LSTM: 3\n  - GRU: 3\n    from: input\n")
    severities = {each.code: each.severity for each in found}
    assert severities["unused"] is types.DiagnosticSeverity.Warning


async def test_settings_that_are_wrong_are_told_and_not_used(editor):
    await editor.open(BAD)
    await editor.configure(length="many")
    assert "settings of rnncli are not used" in editor.client.messages[-1].message
    await editor.configure(length=-1)
    assert "positive" in editor.client.messages[-1].message


async def test_settings_of_other_servers_change_nothing(editor):
    """Zed sends those of its YAML server, Eglot sends none, when the server has started."""
    await editor.configure(folders=[str(editor.folder)])
    for other in ({"yaml": {"format": {"enable": True}}}, {}, None):
        editor.client.workspace_did_change_configuration(types.DidChangeConfigurationParams(other))
    assert len(await editor.open("layers: [LSTM: 3]\n")) == 1
