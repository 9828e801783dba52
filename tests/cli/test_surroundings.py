"""Wherever rnncli is started: without a home, a terminal, Unicode, or streams."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest

from rnncli.cli.main import COMMANDS
from tests.conftest import ROOT

pty = pytest.importorskip("pty", reason="needs POSIX terminals and shells")
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


@pytest.mark.keras
@pytest.mark.parametrize("home", ["", "/nonexistent", "/proc"])
def test_no_home(home):
    for command in ("plan", "build"):
        found = run(command, "configs/many_to_one.yaml", HOME=home)
        assert (found.returncode, found.stderr) == (0, b"")


HELP = [["--help"], *([command, "--help"] for command in COMMANDS)]


@pytest.mark.parametrize("locale", ["LANG=C", "LC_ALL=C", "LANG=POSIX"])
@pytest.mark.parametrize(
    "arguments",
    [["plan", GOOD], ["check", "-"], ["layers"], ["layers", "LSTM", "--json"], ["plan", "-"],
     ["check", "--explain", "unused"], ["check", "--explain"], ["shapes", "--plan"], ["new", "é"],
     ["new", "wavenet"], ["plan", "é.yaml"], ["é"], ["schema"], *HELP],
    ids=" ".join,
)  # fmt: skip
def test_the_c_locale_is_ascii(arguments, locale):
    """Python itself writes UTF-8 there."""
    env = {name: text for name, text in os.environ.items() if not name.startswith(("LC_", "LANG"))}
    text = "input: [5, 8]\nname: é\nlayers:\n  - LSTM: 3\n  - LSTN×: 3\n"
    ran = subprocess.run(
        [*RNNCLI, *arguments], cwd=ROOT, env=env | dict([locale.split("=")]),
        input=text.encode(), capture_output=True, check=False,
    )  # fmt: skip
    assert ran.returncode in (0, 1, 2)
    assert ran.stdout + ran.stderr
    assert (ran.stdout + ran.stderr).isascii()
    assert b"Traceback" not in ran.stderr


@pytest.mark.parametrize(
    "more", [{}, {"LANG": "C.UTF-8"}, {"LANG": "C", "LC_ALL": "C.UTF-8"}, {"LANG": "C", "PYTHONUTF8": "1"}]
)  # fmt: skip
def test_elsewhere_there_is_unicode(more):
    env = {name: text for name, text in os.environ.items() if not name.startswith(("LC_", "LANG"))}
    ran = subprocess.run(
        [*RNNCLI, "plan", GOOD], cwd=ROOT, env=env | more, capture_output=True, check=True
    )
    assert "─" in ran.stdout.decode()


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


@pytest.mark.parametrize("closed", ["2>&-", "<&-", "2>&- <&-"])
def test_streams_that_are_closed(closed):
    command = f"{sys.executable} -m rnncli plan {GOOD} {closed}"
    ran = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, check=False)
    assert ran.returncode == 0
    assert ran.stderr == b""
    assert b"parameters" in ran.stdout


@pytest.mark.parametrize("closed", [">&-", ">&- <&-", ">&- 2>&-", ">&- 2>&- <&-"])
@pytest.mark.parametrize(
    "arguments", [f"plan {GOOD}", f"plan --json {GOOD}", "--version", "--help", "new", "schema", "layers"]
)  # fmt: skip
def test_results_that_cannot_be_written_are_an_error(closed, arguments):
    command = f"{sys.executable} -m rnncli {arguments} {closed}"
    ran = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, check=False)
    assert ran.returncode == 2
    told = b"error: the output cannot be written: it is closed\n"
    assert ran.stderr == (b"" if "2>&-" in closed else told)


def test_without_standard_output_a_file_is_written_and_a_check_checks(tmp_path):
    for arguments in (
        f"plan {GOOD} -o {tmp_path}/out",
        f"check {GOOD}",
        "build --help -o x 2>&1 >&2",
    ):
        command = f"{sys.executable} -m rnncli {arguments} >&-"
        ran = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, check=False)
        assert ran.returncode == (2 if "--help" in arguments else 0), arguments
    assert "parameters" in (tmp_path / "out").read_text()


# What starts a line is a command to CI, wherever it comes from.
EVIL = "a\n::error::x\n  ::add-mask::y\n##[error]z\x1b[31m.yaml"


@pytest.mark.parametrize("text", ["input: [5, 8]\nlayers:\n  - LSTM: 3\n", "input: [5, 8]\nlayers: [LSTN: 3]\n",
                                  "layers: [", "input: [5, 8]\nlayers:\n  - include: 'e.yaml'\n",
                                  'input: [5, 8]\nlayers:\n  - "a\\n::error::x\\n ::error::y": 3\n',
                                  'input: [5, 8]\nlayers:\n  - LSTM: {units: 3, "a\\n::error::x": 3}\n',
                                  'inputs: {"a\\n::error::x": [null, 8]}\nlayers:\n  - LSTM: "\\n::error::x"\n'])  # fmt: skip
@pytest.mark.parametrize("format_name", ["table", "markdown", "csv", "json", "text", "github"])
def test_a_name_starts_no_line(tmp_path, text, format_name, rnncli):
    folder = tmp_path / EVIL
    folder.mkdir()
    for name in (EVIL, "e.yaml"):
        (folder / name).write_text(text)
    command = "check" if format_name in ("text", "github") else "plan"
    for path in (folder / EVIL, folder / "missing", folder, folder / f"{EVIL}x"):
        found = rnncli(command, str(path), "-f", format_name)
        printed = (found.out + found.err).splitlines()
        starts = [line.lstrip(' |"#')[:2] for line in printed]
        # Annotations are commands, one a problem.
        ours = sum(bool(re.match("::(error|warning|notice) file=", line)) for line in printed)
        assert starts.count("::") == ours == (len(printed) if format_name == "github" else 0)
        assert "[e" not in starts
        assert "\x1b" not in found.out + found.err
    for arguments in (
        ["plan", GOOD, "-o", str(folder / "x\n::error::x" / "y")], ["plan", f"--{EVIL}"], [EVIL],
        ["layers", EVIL], ["plan", GOOD, "--columns", EVIL], ["plan", GOOD, "--set", f"{EVIL}=3"],
        ["plan", GOOD, "--length", EVIL], ["plan", GOOD, "--batch", EVIL], ["new", EVIL],
        ["check", "--explain", EVIL],
    ):  # fmt: skip
        found = rnncli(*arguments)
        assert found.code == 2
        assert not [line for line in found.err.splitlines() if line.lstrip().startswith("::")]


@pytest.mark.keras
def test_modules_of_the_current_folder_are_not_run(tmp_path):
    for name in (
        "msgspec",
        "psutil",
        "yaml",
        "typer",
        "click",
        "keras",
        "tensorflow",
        "json",
        "signal",
        "gc",
    ):
        (tmp_path / f"{name}.py").write_text("import os; os._exit(99)")
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    for arguments in (
        ["plan", str(ROOT / GOOD)],
        ["build", str(ROOT / "configs/many_to_one.yaml")],
    ):
        ran = subprocess.run(
            [*RNNCLI, *arguments], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
        )  # fmt: skip
        assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.keras
@pytest.mark.parametrize(
    "command", ["plan -", "check -", "build -", "plan --json -", f"plan {ROOT}/{GOOD}"]
)
def test_a_working_folder_that_was_deleted(tmp_path, command):
    config = ROOT / "configs/many_to_one.yaml"
    gone = tmp_path / "gone"
    gone.mkdir()
    script = f"cd {gone}; rmdir {gone}; {sys.executable} -m rnncli {command} < {config}"
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        ["bash", "-c", script], env=env, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    gone.mkdir()
    ran = subprocess.run(
        ["bash", "-c", script.replace(" -m rnncli plan", " -m rnncli plan -o out")],
        env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if "plan" in command:
        # There is no folder to write to, and no other name for what is wrong.
        assert ran.returncode == 2
        assert "out cannot be written" in ran.stderr


# Python itself takes the first milliseconds: an interrupt there is none of ours.
_STARTED = """
import os, signal, sys
# It may be ignored, as in a script's background.
signal.signal(signal.SIGINT, signal.default_int_handler)
class Finder:
    def find_spec(self, name, path=None, target=None):
        global left
        if name == "rnncli" or left < {skip}:
            left += name.startswith("rnncli") or left > 0
        elif left == {skip}:
            left += 1
            os.kill(os.getpid(), signal.SIGINT)
left = 0
sys.meta_path.insert(0, Finder())
sys.argv = ["rnncli", "plan", "{good}"]
"""


@pytest.mark.parametrize("skip", [3, 4, 5, 6, 9, 14, 20, 30, 45, 60])
@pytest.mark.parametrize("start", ["import runpy; runpy.run_module('rnncli', run_name='__main__')",
                                   "from rnncli.cli import main; main()"])  # fmt: skip
def test_an_interrupt_while_modules_are_imported(skip, start):
    code = _STARTED.format(skip=skip, good=GOOD) + start
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (130, b"", b"")


def test_nothing_is_imported_before_interrupts_are_looked_out_for():
    code = (
        "import sys; before = set(sys.modules); import rnncli.cli; "
        "sys.stdout.write(' '.join(sorted(set(sys.modules) - before)))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert found.stdout == "rnncli rnncli.cli"


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
    assert b"unexpected way" not in found.stderr


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
