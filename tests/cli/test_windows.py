"""What Windows does otherwise, simulated."""

from __future__ import annotations

import ctypes
import errno
import io
import os
import stat
import sys
from pathlib import Path

import pytest

from rnncli.cli import main as program
from rnncli.cli import messages
from rnncli.cli.windows_console import enable_escape_codes
from rnncli.config import read
from rnncli.problems import ConfigError

GOOD = "configs/many_to_one.yaml"


class ClosedPipe(io.StringIO):
    """Standard output whose reader has left, as Windows reports it."""

    def write(self, text: str) -> int:
        raise OSError(errno.EINVAL, "Invalid argument")


@pytest.fixture
def windows(monkeypatch):
    """``os.name`` where the program looks for it; pathlib and subprocess keep their own system."""

    class Nt:
        name = "nt"

        def __getattr__(self, attribute: str) -> object:
            return getattr(os, attribute)

    monkeypatch.setattr(messages, "os", Nt())


@pytest.mark.parametrize("arguments", [["plan", GOOD], ["--help"], ["--version"]], ids=" ".join)
def test_a_reader_that_left_is_no_error(windows, monkeypatch, arguments, capsys):
    codes: list[int] = []
    monkeypatch.setattr(program, "_end", codes.append)
    monkeypatch.setattr(sys, "argv", ["rnncli", *arguments])
    monkeypatch.setattr(sys, "stdout", ClosedPipe())
    program.main()
    assert codes == [0]
    assert capsys.readouterr().err == ""


def test_an_invalid_argument_about_a_file_is_one(windows):
    assert messages.is_reader_gone(OSError(errno.EINVAL, "Invalid argument"))
    assert not messages.is_reader_gone(OSError(errno.EINVAL, "Invalid argument", "a.yaml"))
    assert not messages.is_reader_gone(OSError(errno.ENOSPC, "No space left on device"))


def test_a_directory_that_cannot_be_opened_is_called_one(tmp_path, monkeypatch):
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(ConfigError) as caught:
        read(str(tmp_path))
    (problem,) = caught.value.problems
    assert problem.message == "this is a directory, not a config"


def test_a_pipe_is_read_where_nothing_opens_without_waiting(tmp_path, monkeypatch):
    path = tmp_path / "pipe"
    path.write_text("input: [5]\n")
    monkeypatch.delattr(os, "O_NONBLOCK", raising=False)
    monkeypatch.setattr(stat, "S_ISFIFO", lambda mode: True)
    assert read(str(path)).text == "input: [5]\n"


class Kernel:
    """The console as it starts: it shows escape codes as text."""

    def __init__(self) -> None:
        self.modes = {-11: 3, -12: 3}

    def GetStdHandle(self, stream: int) -> int:
        return stream

    def GetConsoleMode(self, stream: int, mode: object) -> bool:
        mode._obj.value = self.modes[stream]
        return stream == -11

    def SetConsoleMode(self, stream: int, mode: int) -> None:
        self.modes[stream] = mode


def test_a_console_is_asked_for_escape_codes_and_a_file_is_not(monkeypatch):
    kernel = Kernel()
    windll = type("WinDLL", (), {"kernel32": kernel})
    monkeypatch.setattr(ctypes, "windll", windll, raising=False)
    monkeypatch.setattr(sys, "platform", "win32")
    enable_escape_codes()
    assert kernel.modes == {-11: 3 | 4, -12: 3}
