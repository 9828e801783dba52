"""The server as a process, spoken to by hand."""

from __future__ import annotations

import json
import subprocess
import sys

INNER = "input: [5, 8]\nlayers:\n  - LSTM: {units: 3, return_state: true}\n    name: deep\noutputs: [deep, deep.h]\n"
OUTER = "input: [5, 8]\nlayers:\n  - include: inner/model.yaml\n    name: m\noutputs: [m.deep]\n"


def test_a_session_with_a_workspace_ends_without_a_word(tmp_path):
    """A rename reaches a config above the open one, which is not open; nothing is left to say."""
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "model.yaml").write_text(INNER)
    outer, document = tmp_path / "outer.yaml", (tmp_path / "inner" / "model.yaml").as_uri()
    outer.write_text(OUTER)
    workspace = [{"uri": tmp_path.as_uri(), "name": "workspace"}]
    start = {"capabilities": {}, "processId": None, "workspaceFolders": workspace}
    item = {"uri": document, "languageId": "yaml", "version": 1, "text": INNER}
    where = {"textDocument": {"uri": document}, "position": {"line": 3, "character": 11}}
    messages = [
        {"id": 1, "method": "initialize", "params": start},
        {"method": "initialized", "params": {}},
        {"method": "textDocument/didOpen", "params": {"textDocument": item}},
        {"id": 2, "method": "textDocument/rename", "params": {**where, "newName": "low"}},
        {"id": 3, "method": "shutdown"},
        {"method": "exit"},
    ]
    data = b""
    for message in messages:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        data += b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
    ended = subprocess.run(
        [sys.executable, "-m", "rnncli", "lsp"],
        input=data, capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (0, b"")
    parts = [part for part in ended.stdout.decode().split("\r\n\r\n") if part.startswith("{")]
    answers = [json.JSONDecoder().raw_decode(part)[0] for part in parts]
    (renamed,) = [answer["result"] for answer in answers if answer.get("id") == 2]
    (edit,) = renamed["changes"][outer.as_uri()]
    assert (edit["newText"], edit["range"]["start"]) == ("m.low", {"line": 4, "character": 10})
