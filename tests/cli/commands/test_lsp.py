from __future__ import annotations

import subprocess
import sys

import pytest

from tests.conftest import ROOT


def test_without_its_package_it_says_what_to_install(rnncli, monkeypatch):
    monkeypatch.setitem(sys.modules, "pygls", None)
    ran = rnncli("lsp")
    assert ran.code == 3
    assert "the language server cannot start" in ran.err
    assert "fix: pip install 'rnncli[lsp]'" in ran.err


@pytest.mark.slow
@pytest.mark.parametrize("sent", [b"", b"garbage\n", b'Content-Length: 5\r\n\r\n{"a":'])
def test_what_is_no_protocol_ends_without_a_traceback(sent):
    ran = subprocess.run(
        [sys.executable, "-m", "rnncli", "lsp"],
        cwd=ROOT, input=sent, capture_output=True, timeout=30, check=False,
    )  # fmt: skip
    assert ran.returncode == 0
    assert ran.stderr == b""


def test_the_command_list_has_it(rnncli):
    assert "lsp" in rnncli("--help").out
