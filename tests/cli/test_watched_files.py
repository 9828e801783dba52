from __future__ import annotations

import os

import pytest

from rnncli.cli.watched_files import WatchedFiles


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "model.yaml"
    path.write_text("a")
    return path


def test_a_file_changes_when_it_is_written(path):
    files = WatchedFiles([str(path)])
    assert not files.have_changed()
    path.write_text("bc")
    assert files.have_changed()
    assert files.have_changed(), "until somebody looks"
    files.look()
    assert not files.have_changed()


def test_a_file_that_is_replaced_changes_when_the_new_one_is_there(path, tmp_path):
    files = WatchedFiles([str(path)])
    status = path.stat()
    other = tmp_path / "other"
    other.write_text("b")
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
    path.unlink()
    assert not files.have_changed()
    other.rename(path)
    assert files.have_changed()


def test_files_that_are_watched_already_stay_as_they_were(path, tmp_path):
    files = WatchedFiles([str(path)])
    path.write_text("changed while it was read")
    inner = tmp_path / "inner.yaml"
    files.watch([str(path), str(inner)])
    assert files.have_changed()
    files.look()
    inner.write_text("a file that was missing")
    assert files.have_changed()
    files.watch([str(path)])
    assert not files.have_changed()
