from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from rnncli.cli import atomic_write
from tests.conftest import ROOT, posix

GOOD = "configs/many_to_one.yaml"
IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
PLAN = [sys.executable, "-m", "rnncli", "plan", GOOD]


def left_behind(target: Path, number: int = 0) -> Path:
    """What a run leaves that is killed while it writes to a target."""
    path = target.with_name(f".{target.name}.rnncli-{number:016x}")
    path.write_text("half")
    return path


@posix
def test_what_a_killed_run_left_is_gone_after_the_next(rnncli, tmp_path):
    import fcntl

    target = tmp_path / "out.txt"
    left_behind(target)
    living = left_behind(target, 1)
    others = [tmp_path / ".out.txt.rnncli-x", left_behind(tmp_path / "else.txt")]
    others[0].write_text("half")
    with living.open() as file:
        # As a run does that still writes.
        fcntl.flock(file, fcntl.LOCK_EX)
        assert rnncli("plan", GOOD, "-o", str(target)).code == 0
    assert set(tmp_path.iterdir()) == {target, living, *others}


@posix
def test_what_is_left_behind_blocks_nothing(rnncli, tmp_path, monkeypatch):
    target = tmp_path / "out.txt"
    left_behind(target).chmod(0)
    (tmp_path / f".out.txt.rnncli-{1:016x}").mkdir()
    os.mkfifo(tmp_path / f".out.txt.rnncli-{2:016x}")
    # In a container every run is process 1.
    monkeypatch.setattr("os.getpid", lambda: 1)
    left_behind(target, 3)
    (tmp_path / ".out.txt.rnncli-1").write_text("half")
    assert rnncli("plan", GOOD, "-o", str(target)).code == 0
    assert "184 parameters" in target.read_text()


def test_no_process_is_signalled(rnncli, tmp_path, monkeypatch):
    """On Windows, a signal 0 ends the process."""
    target = tmp_path / "out.txt"
    left_behind(target)
    monkeypatch.delattr("os.kill")
    assert rnncli("plan", GOOD, "-o", str(target)).code == 0


@posix
@pytest.mark.parametrize("sent", ["SIGKILL", "SIGTERM", "SIGINT"])
def test_killed_in_the_middle_of_writing(tmp_path, sent):
    target = tmp_path / "out.txt"
    target.write_text("before")
    # The disk that never finishes: the process waits in fsync until it is killed.
    code = (
        "import os, sys, time\n"
        "def wait(_): sys.stderr.write('writing'); sys.stderr.flush(); time.sleep(60)\n"
        "os.fsync = wait\n"
        f"sys.argv = ['rnncli', 'plan', {GOOD!r}, '-o', {str(target)!r}]\n"
        "from rnncli.cli import main\n"
        "main()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stderr=subprocess.PIPE
    ) as process:
        assert process.stderr
        assert process.stderr.read(7) == b"writing"
        process.send_signal(signal.Signals[sent])
        if sent == "SIGINT":
            # An interrupt waits until the file is written.
            process.kill()
        process.wait()
    assert target.read_text() == "before"
    subprocess.run([*PLAN, "-o", str(target)], cwd=ROOT, check=True)
    assert list(tmp_path.iterdir()) == [target]
    assert "184 parameters" in target.read_text()


@pytest.mark.slow
def test_several_at_once_in_one_folder(tmp_path):
    targets = [str(tmp_path / f"{number % 2}.txt") for number in range(8)]
    running = [subprocess.Popen([*PLAN, "-o", each], cwd=ROOT) for each in targets]
    assert [each.wait() for each in running] == [0] * len(targets)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["0.txt", "1.txt"]
    assert all("184 parameters" in Path(each).read_text() for each in targets)


@posix
def test_a_link_stays_one_and_what_it_leads_to_is_written(tmp_path):
    target, link = tmp_path / "real", tmp_path / "link"
    target.write_text("before")
    link.symlink_to(target)
    atomic_write.write(link, "after")
    assert link.is_symlink()
    assert target.read_text() == "after"


@posix
def test_a_pipe_is_written_to_and_not_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    atomic_write.write(pipe, "text")
    reader.join(10)
    assert read == ["text"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@posix
def test_the_longest_name_there_can_be(tmp_path):
    target = tmp_path / ("x" * 255)
    atomic_write.write(target, "text")
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device of Linux")
def test_a_full_disk_is_told(rnncli):
    found = rnncli("plan", GOOD, "-o", "/dev/full")
    assert found.code == 2
    assert "No space left" in found.err
    with open("/dev/full", "w") as full:
        for arguments in (PLAN, [*PLAN, "--json"], [sys.executable, "-m", "rnncli", "--help"]):
            ran = subprocess.run(
                arguments, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, check=False
            )
            assert ran.returncode == 2
            assert ran.stderr == "error: the output cannot be written: No space left on device\n"


# What is not a result leaves the file


@pytest.mark.parametrize("format_name", ["table", "markdown", "csv"])
@pytest.mark.parametrize(
    "configs", [["tests/golden/broken.yaml"], ["no-such.yaml"], [GOOD, "no-such.yaml"]]
)
def test_a_run_that_fails_leaves_the_file_before_it(rnncli, tmp_path, format_name, configs):
    target = tmp_path / "k.txt"
    target.write_text("before")
    found = rnncli("plan", *configs, "-f", format_name, "-o", str(target))
    assert found.code in (1, 2)
    assert target.read_text() == "before"
    assert f"error: {target} is not written" in found.err
    target.unlink()
    assert rnncli("plan", *configs, "-o", str(target)).code in (1, 2)
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_without_keras_the_file_before_stays(tmp_path):
    (tmp_path / "keras.py").write_text("raise ImportError('broken on purpose')")
    target = tmp_path / "k.txt"
    target.write_text("before")
    for command in (["build", GOOD], ["shapes"]):
        ran = subprocess.run(
            [sys.executable, "-m", "rnncli", *command, "-o", str(target)],
            cwd=ROOT, env={**os.environ, "PYTHONPATH": str(tmp_path)}, capture_output=True, check=False,
        )  # fmt: skip
        assert ran.returncode == 3
        assert target.read_text() == "before"


def test_a_json_document_holds_the_problems_and_is_whole(rnncli, tmp_path):
    target = tmp_path / "k.json"
    target.write_text("before")
    assert rnncli("plan", "tests/golden/broken.yaml", "--json", "-o", str(target)).code == 1
    assert json.loads(target.read_text())["problems"]


def test_what_keras_does_not_agree_with_is_a_result(rnncli, tmp_path, monkeypatch, keras):
    from rnncli.layers.rnn.cells import Cell

    monkeypatch.setattr(Cell, "weights", lambda *_: ())
    target = tmp_path / "k.txt"
    assert rnncli("build", GOOD, "-o", str(target)).code == 1
    assert "does not agree" in target.read_text()


# Input and output are two files

SMALL = "input: [5, 8]\nlayers:\n  - LSTM: 3\n"


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "m.yaml"
    path.write_text(SMALL)
    return path


@posix
@pytest.mark.parametrize("format_name", ["table", "json"])
@pytest.mark.parametrize("command", ["plan", "build"])
def test_a_config_is_not_written_over(rnncli, model, command, format_name):
    (model.parent / "soft").symlink_to(model)
    (model.parent / "hard").hardlink_to(model)
    for name in ("m.yaml", "./m.yaml", "soft", "hard"):
        target = f"{model.parent}/{name}"
        for configs in ([str(model)], [GOOD, str(model)]):
            found = rnncli(command, *configs, "-f", format_name, "-o", target)
            assert found.code == 2
            assert "is read as well" in found.err
            assert model.read_text() == SMALL


def test_a_config_that_is_not_there_is_not_made(rnncli, tmp_path):
    target = tmp_path / "m.yaml"
    assert rnncli("plan", "--json", str(target), "-o", str(target)).code == 2
    assert not target.exists()


def test_standard_input_is_not_written_over(model):
    with model.open() as file:
        ran = subprocess.run(
            [sys.executable, "-m", "rnncli", "plan", "-", "-o", str(model)],
            cwd=ROOT, stdin=file, capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert ran.returncode == 2
    assert "standard input" in ran.stderr
    assert model.read_text() == SMALL


@posix
@pytest.mark.parametrize("included", [SMALL, SMALL.replace("LSTM", "LSTN"), "[", b"\xff"])
def test_what_a_config_includes_is_not_written_over(rnncli, tmp_path, included):
    inner, outer, link = tmp_path / "inner.yaml", tmp_path / "outer.yaml", tmp_path / "link"
    data = included if isinstance(included, bytes) else included.encode()
    inner.write_bytes(data)
    outer.write_text("input: [5, 8]\nlayers:\n  - include: middle.yaml\n")
    (tmp_path / "middle.yaml").write_text("input: [5, 8]\nlayers:\n  - include: inner.yaml\n")
    link.symlink_to(inner)
    for target in (inner, link):
        found = rnncli("plan", "--json", str(outer), "-o", str(target))
        assert found.code == 2
        assert "is read as well" in found.err
        assert inner.read_bytes() == data


# What a file is besides its text


def test_hard_links_stay(rnncli, tmp_path):
    target, other = tmp_path / "a", tmp_path / "b"
    target.write_text("before, and longer than nothing " * 1000)
    other.hardlink_to(target)
    assert rnncli("plan", GOOD, "-o", str(target)).code == 0
    assert target.samefile(other)
    assert other.read_text() == rnncli("plan", GOOD).out
    assert set(tmp_path.iterdir()) == {target, other}


def test_a_write_through_that_fails_brings_the_text_back(tmp_path, monkeypatch):
    target, other = tmp_path / "a", tmp_path / "b"
    for before in ("before", "before" * 100):
        target.write_text(before)
        other.hardlink_to(target)
        monkeypatch.setattr("os.fsync", _full)
        with pytest.raises(OSError, match="No space"):
            atomic_write.write(target, "after " * 20)
        assert other.read_text() == before
        other.unlink()


def _full(*_: object) -> None:
    raise OSError(28, "No space left on device")


def written_by_somebody(target: Path) -> subprocess.CompletedProcess[str]:
    """What comes of writing "after" as a user who is not root; this one, where this is none.

    That user may not reach Python's own files, so all is imported before.
    """
    code = (
        "import os, sys, tempfile\n"
        "from pathlib import Path\n"
        "from rnncli.cli import atomic_write\n"
        "with tempfile.TemporaryDirectory() as name: atomic_write.write(Path(name, 'a'), 'text')\n"
        "if os.geteuid() == 0: os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        f"target = Path({str(target)!r})\n"
        "why = atomic_write.why_not_writable(target)\n"
        "if why: sys.exit(why)\n"
        "atomic_write.write(target, 'after')\n"
    )
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.fixture
def open_folder(tmp_path):
    """A folder that everybody may write to, and reach."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        yield Path(name)


@posix
def test_a_file_that_may_only_be_read_is_refused(open_folder):
    target = open_folder / "a"
    target.write_text("before")
    target.chmod(0o444)
    assert written_by_somebody(target).stderr == f"{target} cannot be written to\n"
    assert target.read_text() == "before"
    assert target.stat().st_mode & 0o777 == 0o444


@posix
def test_a_new_file_in_a_folder_that_may_only_be_read_is_refused(open_folder):
    open_folder.chmod(0o555)
    ran = written_by_somebody(open_folder / "a")
    open_folder.chmod(0o777)
    assert ran.stderr == f"the folder {open_folder} cannot be written to\n"
    assert not list(open_folder.iterdir())


@posix
def test_a_file_in_a_folder_that_may_only_be_read_is_written(open_folder):
    target = open_folder / "a"
    target.write_text("before")
    target.chmod(0o666)
    open_folder.chmod(0o555)
    ran = written_by_somebody(target)
    open_folder.chmod(0o777)
    assert ran.returncode == 0, ran.stderr
    assert target.read_text() == "after"


@posix
@pytest.mark.skipif(not IS_ROOT, reason="only root gives files away")
def test_the_owner_stays(open_folder):
    theirs, shared = open_folder / "theirs", open_folder / "shared"
    for path in (theirs, shared):
        path.write_text("before")
    os.chown(theirs, 1234, 2345)
    theirs.chmod(0o640)
    shared.chmod(0o666)
    # Root writes a user's file, and a user a file of root's.
    atomic_write.write(theirs, "after")
    ran = written_by_somebody(shared)
    assert ran.returncode == 0, ran.stderr
    found = theirs.stat()
    assert (found.st_uid, found.st_gid, found.st_mode & 0o777) == (1234, 2345, 0o640)
    assert (shared.stat().st_uid, shared.stat().st_mode & 0o777) == (0, 0o666)
    assert [path.read_text() for path in (theirs, shared)] == ["after", "after"]


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="attributes as Linux has them")
def test_attributes_stay(rnncli, tmp_path):
    target = tmp_path / "a"
    target.write_text("before")
    try:
        os.setxattr(target, "user.origin", b"here")
    except OSError:
        pytest.skip("this file system keeps no attributes")
    assert rnncli("plan", GOOD, "-o", str(target)).code == 0
    assert os.getxattr(target, "user.origin") == b"here"


def test_a_file_that_cannot_be_replaced_is_written(tmp_path, monkeypatch):
    """One that is mounted into a container, say."""
    target = tmp_path / "a"
    target.write_text("before")

    def busy(*_: object) -> None:
        raise OSError(16, "Device or resource busy")

    monkeypatch.setattr("pathlib.Path.replace", busy)
    atomic_write.write(target, "after")
    assert target.read_text() == "after"
    assert list(tmp_path.iterdir()) == [target]


# Pipes


@posix
@pytest.mark.slow
def test_a_wait_for_a_reader_is_interrupted(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen([*PLAN, "-o", str(pipe)], cwd=ROOT, stderr=subprocess.PIPE) as process:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1.5)
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130
        assert process.stderr
        assert process.stderr.read() == b""
