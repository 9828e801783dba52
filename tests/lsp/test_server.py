from __future__ import annotations

import json
import subprocess
import sys


def test_it_ends_without_a_word_when_the_editor_ends_it():
    messages = [
        {"id": 1, "method": "initialize", "params": {"capabilities": {}, "processId": None}},
        {"id": 2, "method": "shutdown"},
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
