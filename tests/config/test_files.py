from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from rnncli.config import parse, read
from rnncli.config.files import SIZE_LIMIT
from rnncli.problems import ConfigError
from rnncli.readers.reading import read_spec
from tests.conftest import ROOT, posix


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


@posix
def test_a_pipe_that_nobody_writes_to_is_not_waited_for(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert code_of(pipe) == "file-unreadable"
    (tmp_path / "a.yaml").write_text("input: [5, 8]\nlayers:\n  - include: pipe\n")
    (found,) = parse(read(str(tmp_path / "a.yaml"))).problems
    assert found.code == "bad-include"
    assert "a pipe without a writer" in found.message


@posix
@pytest.mark.parametrize("pause", [0, 0.3])
def test_a_pipe_with_a_writer_is_read(tmp_path, pause):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    text = "input: [5]\n" + "#" * 200_000
    writer = (
        "import sys, time\n"
        "sys.stdout.write('here'); sys.stdout.flush()\n"
        f"file = open({str(pipe)!r}, 'w')\n"
        f"time.sleep({pause})\n"
        "file.write('input: [5]\\n' + '#' * 200_000)\n"
    )
    with subprocess.Popen([sys.executable, "-c", writer], stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.read(4) == b"here"
        # It waits for a reader now.
        time.sleep(0.3)
        assert read(str(pipe)).text == text
    assert code_of(pipe) == "file-unreadable"


@posix
def test_what_a_shell_hands_over_is_read():
    command = f"{sys.executable} -m rnncli check <(cat configs/many_to_one.yaml) /dev/stdin"
    with open(ROOT / "configs/stacked.yaml") as given:
        ran = subprocess.run(
            ["bash", "-c", command], cwd=ROOT, stdin=given, capture_output=True, text=True, check=False
        )  # fmt: skip
    assert (ran.returncode, ran.stderr) == (0, "2 configs: no problems\n")


@posix
def test_a_device_is_no_config():
    for path in ("/dev/zero", "/dev/null"):
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


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("empty.h5", b"", "the file is empty"),
        ("a.keras", b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "Git LFS"),
        ("b.h5", b"\n<!DOCTYPE html>\n<html></html>", "a web page"),
        ("c.tflite", b"\x1c\0\0\0TFL3", "a model of LiteRT"),
        ("d.pkl", b"\x80\x04\0", "a pickle"),
    ],
)
def test_what_a_file_is_that_is_no_model(name, data, said, tmp_path):
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(ConfigError) as caught:
        read_spec(str(path))
    assert said in caught.value.problems[0].message


def test_a_saved_model(tmp_path):
    (tmp_path / "saved_model.pb").write_bytes(b"\x08\0")
    for path in (tmp_path, tmp_path / "saved_model.pb"):
        with pytest.raises(ConfigError, match="a SavedModel of TensorFlow"):
            read_spec(str(path))


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("model.keras", b"PK\x03\x04" + b"\0" * 40, "a Keras model file"),
        ("model.yaml", b"PK\x03\x04....config.json....model.weights.h5", "a Keras model file"),
        ("model.zip", b"PK\x03\x04" + b"\0" * 40, "a zip archive"),
        ("model.h5", b"\x89HDF\r\n\x1a\n" + b"\0" * 40, "an HDF5 file"),
        ("large.keras", b"PK\x03\x04" + b"\0" * (9 * 2**20), "a Keras model file"),
    ],
)
def test_a_file_that_keras_wrote_is_called_what_it_is(name, data, said, tmp_path):
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(ConfigError) as caught:
        read(str(path))
    (problem,) = caught.value.problems
    assert (problem.code, problem.edits) == ("model-file", ())
    assert said in problem.message
    assert "rnncli plan" in problem.fix
