"""How results, problems and files are handled, whatever the command."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from tests.conftest import ROOT, posix

GOOD = "configs/many_to_one.yaml"
BAD = "input: [5, 8]\nlayers:\n  - LSTM: 3\n  - LSTM: 3\n"
RNNCLI = [sys.executable, "-m", "rnncli"]


def test_the_help_of_every_command(rnncli):
    for command in ("build", "plan", "shapes", "schema"):
        found = rnncli(command, "-h")
        assert found.code == 0
        assert "--help" in found.out


def test_results_and_problems_go_apart(rnncli):
    found = rnncli("plan", GOOD)
    assert (found.code, found.err) == (0, "")
    found = rnncli("plan", "-", given=BAD)
    assert found.code == 1
    assert "error" not in found.out
    assert "<stdin>:4:5: error[needs-sequence]" in found.err


def test_several_configs_go_on_past_a_bad_one(rnncli):
    found = rnncli("plan", "--json", "no-such.yaml", GOOD, "-", given=BAD)
    decoder, text, documents = json.JSONDecoder(), found.out.strip(), []
    while text:
        document, end = decoder.raw_decode(text)
        documents.append(document)
        text = text[end:].strip()
    assert found.code == 2
    assert found.err == ""
    codes = [[each["code"] for each in one["problems"]] for one in documents]
    assert codes == [["file-missing"], [], ["needs-sequence"]]


@pytest.mark.parametrize("command", ["plan", "build"])
def test_a_setting_that_leads_nowhere_is_told(rnncli, command):
    found = rnncli(command, GOOD, "--set", "lstmm.units=4")
    assert found.code == 2
    assert "did you mean lstm?" in found.err


def test_set_batch_and_length(rnncli):
    text = "input: [null, 8]\nlayers:\n  - LSTM: 3\n"
    found = rnncli(
        "plan", "--json", "-", "--set", "lstm.units=4", "--batch", "2", "--length", "7", given=text
    )
    report = json.loads(found.out)
    assert report["layers"][0]["outputs"][0]["shape"] == [2, 4]
    assert report["layers"][0]["macs"] == 2 * 7 * 4 * 4 * (8 + 4)
    assert (report["inputs"][0]["shape"], report["length"]) == ([2, None, 8], 7)


def test_usage_errors_are_2(rnncli):
    for arguments in (["plan"], ["plan", GOOD, "--nope"], ["plan", GOOD, "--columns", "lyaer"],
                      ["plan", GOOD, "--batch", "0"], ["shapes", "--input", "5,8"],
                      ["plan", GOOD, "-o", "no/such/folder/file"], ["plan", GOOD, "-o", "."]):  # fmt: skip
        assert rnncli(*arguments).code == 2, arguments


def test_chosen_columns(rnncli):
    found = rnncli("plan", GOOD, "--columns", "layer,input,dtype,cudnn,trainable")
    heading = found.out.splitlines()[2].split()
    assert heading == ["Layer", "Input", "Dtype", "Fused", "Trainable"]


def test_a_file_is_written_whole(rnncli, tmp_path):
    target = tmp_path / "out.json"
    target.write_text("before")
    target.chmod(0o640)
    found = rnncli("plan", "--json", GOOD, "-o", str(target))
    assert (found.code, found.out) == (0, "")
    assert json.loads(target.read_text())["name"] == "many_to_one"
    # Windows keeps no more than whether a file may be written.
    assert target.stat().st_mode & 0o777 == (0o666 if os.name == "nt" else 0o640)
    assert list(tmp_path.iterdir()) == [target]


def test_a_file_that_cannot_be_written_leaves_the_old_one(rnncli, tmp_path, monkeypatch):
    target = tmp_path / "out.json"
    target.write_text("before")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    found = rnncli("plan", "--json", GOOD, "-o", str(target))
    assert found.code == 2
    assert "No space left" in found.err
    assert target.read_text() == "before"
    assert list(tmp_path.iterdir()) == [target]


def test_markup_and_escapes_of_a_user_are_text(rnncli):
    text = 'name: "[red]x[/red]"\ninput: [5, 8]\nlayers:\n  - LSTM: 3\n    name: "[bold]a"\n'
    found = rnncli("plan", "-", given=text)
    assert "[red]x[/red]" in found.out
    assert "[bold]a" in found.out
    escape = 'input: [5]\nlayers:\n  - "LSTM\\e[31m": 3\n'
    found = rnncli("plan", "-", given=escape)
    assert "\x1b" not in found.err + found.out
    assert "unknown-layer" in found.err


def test_warnings_and_notes_can_be_silenced(rnncli):
    found = rnncli("plan", "-q", "-", given=BAD)
    assert "error[needs-sequence]" in found.err


# In processes of their own


def run(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*RNNCLI, *arguments], cwd=ROOT, capture_output=True, text=True, check=False, **options
    )


@pytest.mark.keras
def test_build_says_not_a_word_of_tensorflows():
    found = run("build", GOOD, "--json")
    assert (found.returncode, found.stderr) == (0, "")
    assert json.loads(found.stdout)["agreement"]["agrees"] is True


def test_a_closed_pipe_ends_in_silence():
    with subprocess.Popen(
        [*RNNCLI, "shapes", "--all", "--plan", "--json"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0


@posix
@pytest.mark.keras
@pytest.mark.parametrize("after", [0.6, 2.0, 4.0])
def test_an_interrupt_ends_with_130_and_no_traceback(after):
    with subprocess.Popen(
        [*RNNCLI, "build", *["configs/many_to_many.yaml"] * 40],
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        time.sleep(after)
        process.send_signal(signal.SIGINT)
        assert process.stderr
        assert process.stderr.read() == ""
        assert process.wait(30) == 130


def test_text_is_written_where_there_is_no_unicode():
    found = run(
        "plan",
        GOOD,
        env={**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"},
    )
    assert found.returncode == 0
    assert "4*(units*(features + units) + units) = 4*(3*(8 + 3) + 3)" in found.stdout
    assert found.stdout.isascii()


@pytest.mark.slow
def test_without_keras_the_plan_is_shown_and_the_rest_is_told(tmp_path):
    log = "import os; os.write(2, b'a log of ten lines\\n' * 10); "
    (tmp_path / "keras.py").write_text(f"{log}raise ImportError('broken on purpose')")
    found = run("build", GOOD, env={**os.environ, "PYTHONPATH": str(tmp_path)})
    assert found.returncode == 3
    assert "184 parameters" in found.stdout
    assert "broken on purpose" in found.stderr
    assert "pip install" in found.stderr
    assert len(found.stderr.splitlines()) == 2
    assert "Traceback" not in found.stderr


def test_what_keras_misses_is_to_be_installed(rnncli, keras, monkeypatch):
    from keras.src.utils.module_utils import scipy

    monkeypatch.setattr(scipy, "module", None)
    monkeypatch.setitem(sys.modules, "scipy", None)
    text = "input: [64, 1]\nlayers: [STFTSpectrogram: {frame_length: 8%s}]"
    found = rnncli("build", "-", given=text % "")
    assert found.code == 3
    assert "scipy" in found.err
    assert "fix: pip install scipy" in found.err
    assert rnncli("build", "-", given=text % ", window: null").code == 0
    assert rnncli("plan", "-", given=text % "").code == 0
