from __future__ import annotations

from pathlib import Path

import pytest

from rnncli.lsp.documents import Documents
from rnncli.lsp.includers import TooManyFiles, including


def test_where_files_include_one(tmp_path, monkeypatch):
    """Anywhere in the workspace; without one, in the same folder. A huge one is refused."""
    (tmp_path / "inner").mkdir()
    (tmp_path / ".hidden").mkdir()
    path = tmp_path / "inner" / "model.yaml"
    path.write_text("input: [5, 8]\nlayers: [LSTM: 3]\n")
    outer = "input: [5, 8]\nlayers:\n  - include: {}model.yaml\n"
    (tmp_path / "outer.yaml").write_text(outer.format("inner/"))
    (tmp_path / ".hidden" / "outer.yaml").write_text(outer.format("../inner/"))
    (tmp_path / "inner" / "beside.yml").write_text(outer.format(""))

    def names(*roots):
        found = including(Documents(), str(path), [str(root) for root in roots])
        return sorted(Path(analysis.source.name).name for analysis in found)

    assert names(tmp_path) == ["beside.yml", "outer.yaml"]
    assert names() == names(tmp_path / ".hidden") == ["beside.yml"]
    monkeypatch.setattr("rnncli.lsp.includers.MOST", 2)
    with pytest.raises(TooManyFiles, match="more than 2 files"):
        names(tmp_path)
