from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from rnncli.cli import whole_file
from tests.conftest import ROOT

GOOD = "configs/many_to_one.yaml"
PLAN = [sys.executable, "-m", "rnncli", "plan", GOOD]


def dead_pid() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
        return process.pid


def test_what_a_killed_run_left_is_gone_after_the_next(rnncli, tmp_path):
    target = tmp_path / "out.txt"
    stale = tmp_path / f".out.txt.rnncli-{dead_pid()}"
    living = tmp_path / f".out.txt.rnncli-{os.getppid()}"
    others = [tmp_path / ".out.txt.rnncli-x", tmp_path / f".else.txt.rnncli-{dead_pid()}"]
    for each in (stale, living, *others):
        each.write_text("half")
    assert rnncli("plan", GOOD, "-o", str(target)).code == 0
    assert set(tmp_path.iterdir()) == {target, living, *others}


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
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
        process.send_signal(sent)
        if sent == signal.SIGINT:
            # An interrupt waits until the file is written.
            process.kill()
        process.wait()
    assert target.read_text() == "before"
    subprocess.run([*PLAN, "-o", str(target)], cwd=ROOT, check=True)
    assert list(tmp_path.iterdir()) == [target]
    assert "184 parameters" in target.read_text()


def test_several_at_once_in_one_folder(tmp_path):
    targets = [str(tmp_path / f"{number % 2}.txt") for number in range(8)]
    running = [subprocess.Popen([*PLAN, "-o", each], cwd=ROOT) for each in targets]
    assert [each.wait() for each in running] == [0] * len(targets)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["0.txt", "1.txt"]
    assert all("184 parameters" in Path(each).read_text() for each in targets)


def test_a_link_stays_one_and_what_it_leads_to_is_written(tmp_path):
    target, link = tmp_path / "real", tmp_path / "link"
    target.write_text("before")
    link.symlink_to(target)
    whole_file.write(link, "after")
    assert link.is_symlink()
    assert target.read_text() == "after"


def test_a_pipe_is_written_to_and_not_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    whole_file.write(pipe, "text")
    reader.join(10)
    assert read == ["text"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_the_longest_name_there_can_be(tmp_path):
    target = tmp_path / ("x" * 255)
    whole_file.write(target, "text")
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


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_only_be_read(rnncli, tmp_path):
    tmp_path.chmod(0o500)
    found = rnncli("plan", GOOD, "-o", str(tmp_path / "out"))
    tmp_path.chmod(0o700)
    assert found.code == 2
    assert "cannot be written to" in found.err
