"""Wherever rnncli is started: without a home, a terminal, Unicode, or streams."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys

import pytest

from tests.conftest import ROOT

GOOD = "configs/stacked.yaml"
RNNCLI = [sys.executable, "-m", "rnncli"]
ASCII = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}
NAMED = 'input: [5, 8]\nlayers:\n  - LSTM: 3\n    name: "é数😀"\n'


def run(
    *arguments: str, given: bytes | None = None, **more: str
) -> subprocess.CompletedProcess[bytes]:
    env = {**os.environ, **more}
    return subprocess.run(
        [*RNNCLI, *arguments], cwd=ROOT, env=env, input=given, capture_output=True, check=False
    )


@pytest.mark.parametrize("home", ["", "/nonexistent", "/proc"])
def test_no_home(home):
    for command in ("plan", "build"):
        found = run(command, "configs/many_to_one.yaml", HOME=home)
        assert (found.returncode, found.stderr) == (0, b"")


@pytest.mark.parametrize(
    "arguments",
    [["plan", GOOD], ["plan", "-f", "markdown", GOOD], ["shapes", "--plan", "--all"], ["layers"],
     ["plan", "-f", "csv", GOOD], ["layers", "LSTM"], ["new"], ["--help"], ["check", "--explain", "mask-lost"]],
    ids=" ".join,
)  # fmt: skip
def test_ascii_alone_where_there_is_no_more(arguments):
    found = run(*arguments, **ASCII)
    assert found.returncode == 0
    assert found.stdout.isascii()
    assert b"\\x" not in found.stdout
    assert b"\\u" not in found.stdout


def test_the_table_lines_up_in_ascii():
    lines = run("plan", GOOD, **ASCII).stdout.decode().splitlines()
    heading, rule = lines[2], lines[3]
    assert rule.strip() == "-" * len(heading.strip())


def test_names_that_ascii_lacks_are_written_out_and_json_stays_json():
    found = run("plan", "-", given=NAMED.encode(), **ASCII)
    assert b"\\xe9\\u6570\\U0001f600" in found.stdout
    found = run("plan", "--json", "-", given=NAMED.encode(), **ASCII)
    assert found.stdout.isascii()
    assert json.loads(found.stdout)["layers"][0]["name"] == "é数😀"


def on_terminal(*arguments: str, **more: str) -> str:
    """What a command writes to a terminal."""
    above, below = pty.openpty()
    env = {**os.environ, **more}
    with subprocess.Popen([*RNNCLI, *arguments], cwd=ROOT, env=env, stdout=below) as process:
        os.close(below)
        text = b""
        while True:
            try:
                part = os.read(above, 65536)
            except OSError:
                break
            if not part:
                break
            text += part
        process.wait()
    os.close(above)
    return text.decode().replace("\r\n", "\n")


def test_a_narrow_terminal_loses_nothing():
    wide = run("plan", GOOD).stdout.decode()
    narrow = on_terminal("plan", GOOD, COLUMNS="20", NO_COLOR="1")
    for number in ("2,044,426", "10,183,680", "1,574,912", "lstm_2", "70,144"):
        assert number in wide
        assert number in narrow
    middle = on_terminal("plan", GOOD, COLUMNS="70", NO_COLOR="1")
    assert max(map(len, middle.splitlines())) <= 70


def test_colour_on_a_terminal_and_none_on_a_dumb_one():
    assert "\x1b[1m" in on_terminal("plan", GOOD, TERM="xterm", NO_COLOR="")
    assert "\x1b" not in on_terminal("plan", GOOD, TERM="dumb")
    assert "\x1b" not in on_terminal("plan", GOOD, NO_COLOR="1")


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_streams_that_are_closed(closed):
    command = f"{sys.executable} -m rnncli plan {GOOD} {closed}"
    ran = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, check=False)
    assert ran.returncode == 0
    assert b"Traceback" not in ran.stderr


@pytest.mark.parametrize(
    "arguments",
    [["plan", "\x1b[31m\udcff.yaml"], ["plan", "--json", "\x1b[31m\udcff.yaml"], ["\x1b[31m"],
     ["check", "--format", "github", "\x1b[31m\udcff"], ["check", "--json", "\x1b[31m\udcff"],
     ["layers", "\x1b[31m"], ["new", "\x1b[31m"], ["check", "--explain", "\x1b[31m"],
     ["plan", GOOD, "--columns", "\x1b[31m"], ["plan", GOOD, "--set", "lstm.\x1b[31m=\x1b[31m\udcff"],
     ["plan", GOOD, "-o", "\x1b[31m/x"], ["plan", GOOD, "--length", "\x1b[31m"], ["plan", "--\x1b[31m"],
     ["shapes", "--plan", "--input", "\x1b[31m"]],
    ids=ascii,
)  # fmt: skip
def test_what_is_typed_reaches_no_terminal_raw(arguments):
    found = run(*arguments)
    assert found.returncode in (1, 2)
    assert b"\x1b" not in found.stdout + found.stderr
    assert b"Traceback" not in found.stderr
    assert b"nobody foresaw" not in found.stderr


def test_numbers_are_exact_and_sizes_have_an_end(rnncli):
    text = "input: [5, 8]\nlayers:\n  - Dense: 1000000000000000000\n"
    found = rnncli("plan", "--json", "-", "--batch", "1", given=text)
    report = json.loads(found.out)
    assert report["totals"]["weight_bytes"] == 4 * 9 * 10**18
    assert report["totals"]["macs"] == 40 * 10**18
    assert "40,000,000,000,000,000,000 MACs" in rnncli("plan", "-", given=text).out
    found = rnncli(
        "plan", "-", "--length", str(10**9), given=text.replace("5", "null").replace("0" * 18, "0")
    )
    assert found.code == 0
    for length in ("0", "-1", "9" * 30, "9" * 5000):
        assert rnncli("plan", GOOD, "--length", length).code == 2
