"""``rnncli watch`` in a process of its own, behind a pipe and on a terminal."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
import time

import pytest

from tests.conftest import ROOT, posix

CONFIG = "input: [5, 8]\nlayers:\n  - LSTM: 3\n"
pytestmark = [posix, pytest.mark.slow]


class Watching:
    """A running command, and what it has written."""

    def __init__(self, path, *options, **streams):
        self.text = ""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "rnncli", "watch", *options, str(path)],
            cwd=ROOT, stderr=subprocess.PIPE, **streams,
        )  # fmt: skip

    def follow(self, descriptor):
        self.parts = queue.Queue()

        def read():
            try:
                while data := os.read(descriptor, 2**16):
                    self.parts.put(data.decode())
            except OSError:
                # A terminal whose process has ended.
                pass

        threading.Thread(target=read, daemon=True).start()
        return self

    def wait_for(self, text, seconds=20):
        """What it has written since the last wait, up to this text."""
        ends = time.monotonic() + seconds
        while text not in self.text:
            try:
                self.text += self.parts.get(timeout=max(ends - time.monotonic(), 0.01))
            except queue.Empty:
                raise AssertionError(f"no {text!r} in {self.text!r}") from None
        before, _, self.text = self.text.partition(text)
        return before + text

    def end(self, number=signal.SIGINT):
        self.process.send_signal(number)
        return self.process.wait(10)


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "model.yaml"
    path.write_text(CONFIG)
    return path


def piped(path, *options):
    watching = Watching(path, *options, stdout=subprocess.PIPE)
    return watching.follow(watching.process.stdout.fileno())


def test_a_page_for_each_save(config):
    watching = piped(config)
    assert "(1, 3)" in watching.wait_for("at batch 1\n")
    config.write_text(CONFIG.replace("3", "4"))
    page = watching.wait_for("at batch 1\n")
    assert "lstm: Output (1, 3) → (1, 4), Params 144 → 208" in page
    config.write_text(CONFIG.replace("LSTM", "LSTMM"))
    page = watching.wait_for("fix: did you mean LSTM?\n")
    assert "error[unknown-layer]" in page
    assert "Output" not in page, "problems are in the place of the table"
    config.write_text(CONFIG.replace("3", "5"))
    page = watching.wait_for("at batch 1\n")
    assert "lstm: Output (1, 4) → (1, 5)" in page, "since the last plan without errors"
    assert watching.end() == 130


def test_a_save_of_an_included_file(config):
    inner = config.with_name("inner.yaml")
    inner.write_text(CONFIG)
    config.write_text("input: [5, 8]\nlayers:\n  - include: inner.yaml\n")
    watching = piped(config)
    watching.wait_for("at batch 1\n")
    inner.write_text(CONFIG.replace("3", "4"))
    assert "Output (1, 3) → (1, 4)" in watching.wait_for("at batch 1\n")
    assert watching.end() == 130


def test_a_config_that_is_gone_for_a_moment(config):
    watching = piped(config)
    watching.wait_for("at batch 1\n")
    config.unlink()
    time.sleep(0.3)
    config.write_text(CONFIG.replace("3", "4"))
    assert "file-missing" not in watching.wait_for("at batch 1\n")
    assert watching.end(signal.SIGTERM) == 128 + signal.SIGTERM


def test_on_a_terminal_the_page_is_drawn_in_its_place_and_the_cursor_comes_back(config):
    import fcntl
    import pty
    import struct
    import termios

    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 12, 60, 0, 0))
    environment = {**os.environ, "TERM": "xterm"}
    environment.pop("NO_COLOR", None)
    watching = Watching(config, stdin=slave, stdout=slave, env=environment).follow(master)
    os.close(slave)
    page = watching.wait_for("more lines: rnncli plan shows them")
    assert "\x1b[?25l" in page, "the cursor is hidden"
    assert page.count("\n") == 10, "no more lines than the terminal has"
    config.write_text(CONFIG.replace("3", "4"))
    page = watching.wait_for("more lines: rnncli plan shows them")
    assert "\x1b[1A" in page, "it goes up, and writes over the last page"
    assert "~" in page
    watching.process.send_signal(signal.SIGINT)
    page = watching.wait_for("\x1b[?25h")
    assert "at batch 1" in page, "the whole page stays"
    assert watching.process.wait(10) == 130


@pytest.mark.parametrize(
    ("path", "message"),
    [("-", "standard input is read only once"), ("no-such.yaml", "there is no file no-such.yaml")],
)
def test_what_cannot_be_watched(rnncli, path, message):
    ran = rnncli("watch", path)
    assert ran.code == 2
    assert message in ran.err
