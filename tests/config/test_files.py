from __future__ import annotations

import pytest

from rnncli.config import read
from rnncli.config.files import SIZE_LIMIT
from rnncli.problems import ConfigError


def code_of(path: object) -> str:
    with pytest.raises(ConfigError) as caught:
        read(str(path))
    (found,) = caught.value.problems
    return found.code


def test_reads_text_with_a_byte_order_mark(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_bytes(b"\xef\xbb\xbfinput: [5]\r\n")
    assert read(str(path)).text.startswith("input")


def test_a_missing_file_suggests_its_neighbour(tmp_path):
    (tmp_path / "stacked.yaml").write_text("input: [5]")
    with pytest.raises(ConfigError) as caught:
        read(str(tmp_path / "staked.yaml"))
    (found,) = caught.value.problems
    assert found.code == "file-missing"
    assert "stacked.yaml" in str(found.fix)


def test_a_directory_is_no_config(tmp_path):
    assert code_of(tmp_path) == "file-unreadable"


def test_a_file_without_permission(tmp_path, monkeypatch):
    path = tmp_path / "a.yaml"
    path.write_text("input: [5]")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", refuse)
    assert code_of(path) == "file-unreadable"


def test_a_path_with_a_nul_character():
    assert code_of("a\0b.yaml") == "file-unreadable"


def test_a_huge_file_is_not_read_to_its_end(tmp_path):
    path = tmp_path / "a.yaml"
    with path.open("wb") as file:
        file.truncate(SIZE_LIMIT * 100)
    assert code_of(path) == "file-too-large"


@pytest.mark.parametrize("data", ["input: ü".encode("latin-1"), "input: [5]".encode("utf-16")])
def test_text_that_is_not_utf8(tmp_path, data):
    path = tmp_path / "a.yaml"
    path.write_bytes(data)
    assert code_of(path) == "not-utf8"


def test_the_place_of_a_byte_that_is_not_utf8(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_bytes(b"input: [5]\nname: \xff")
    with pytest.raises(ConfigError) as caught:
        read(str(path))
    assert (caught.value.problems[0].line, caught.value.problems[0].column) == (2, 7)
