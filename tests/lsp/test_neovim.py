"""A headless Neovim with the server: diagnostics, hover and quick fixes as a person gets them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest

from tests.conftest import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("nvim") is None, reason="needs Neovim"),
]
SCRIPT = """
local function wait(what)
  assert(vim.wait(20000, what, 20), "the server did not answer")
end
vim.cmd("edit model.yaml")
local id = vim.lsp.start_client({
  name = "rnncli", cmd = { PYTHON, "-m", "rnncli", "lsp" }, root_dir = vim.fn.getcwd(),
})
vim.lsp.buf_attach_client(0, id)
local out = {}
wait(function() return #vim.diagnostic.get(0) > 0 end)
for _, d in ipairs(vim.diagnostic.get(0)) do
  table.insert(out, { d.lnum, d.code, d.source })
end
vim.api.nvim_win_set_cursor(0, { 3, 5 })
local params = vim.lsp.util.make_position_params(0, "utf-16")
local hover = vim.lsp.buf_request_sync(0, "textDocument/hover", params, 5000)[id].result
vim.api.nvim_win_set_cursor(0, { 4, 6 })
local asked = vim.lsp.util.make_range_params(0, "utf-16")
asked.context = { only = { "quickfix" }, diagnostics = {} }
local actions = vim.lsp.buf_request_sync(0, "textDocument/codeAction", asked, 5000)[id].result
vim.lsp.util.apply_workspace_edit(actions[1].edit, "utf-16")
wait(function() return #vim.diagnostic.get(0) == 0 end)
local lines = vim.api.nvim_buf_get_lines(0, 0, -1, false)
local answer = { diagnostics = out, hover = hover.contents.value, lines = lines }
local file = io.open("answer.json", "w")
file:write(vim.json.encode(answer))
file:close()
vim.cmd("qa!")
"""


def test_diagnostics_hover_and_a_quick_fix(tmp_path):
    text = "input: [5, 8]\nlayers:\n  - LSTM: 3\n  - Dens: 3\n"
    (tmp_path / "model.yaml").write_text(text)
    script = tmp_path / "script.lua"
    script.write_text(SCRIPT.replace("PYTHON", json.dumps(sys.executable)))
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_STATE_HOME": str(tmp_path)}
    ran = subprocess.run(
        ["nvim", "--headless", "-u", "NONE", "-c", f"luafile {script}", "-c", "cquit"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    answer = tmp_path / "answer.json"
    assert answer.exists(), ran.stdout + ran.stderr
    found = json.loads(answer.read_text())
    assert found["diagnostics"] == [[3, "unknown-layer", "rnncli"]]
    assert "144 parameters" in found["hover"]
    assert "\n".join(found["lines"]) + "\n" == text.replace("Dens:", "Dense:")
