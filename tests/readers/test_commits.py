"""Files of a commit: what git has, and never what lies on the disk."""

from __future__ import annotations

import subprocess

import pytest

import rnncli
from rnncli.problems import ConfigError
from rnncli.readers.commits import in_commit, read_commit
from rnncli.readers.sides import read_side

INNER = "input: [5, 8]\nlayers: [{LSTM: 4}]\n"
OUTER = "input: [5, 8]\nlayers:\n  - include: inner.yaml\n  - Dense: 2\n"


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository whose files have all changed since its only commit."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    for folder in (tmp_path, tmp_path / "sub"):
        (folder / "outer.yaml").write_text(OUTER)
        (folder / "inner.yaml").write_text(INNER)
    git("init", "--quiet", "--initial-branch", "main")
    git("add", "--all")
    git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--message", "a")
    for folder in (tmp_path, tmp_path / "sub"):
        (folder / "inner.yaml").write_text(INNER.replace("4", "9"))
        (folder / "outer.yaml").write_text(OUTER.replace("2", "7"))
    return tmp_path


def git(*arguments):
    subprocess.run(["git", *arguments], check=True, capture_output=True)


def params(argument):
    return rnncli.plan(read_side(argument)).totals.params


COMMITTED = 4 * (4 * (8 + 4) + 4) + 2 * (4 + 1)
CHANGED = 4 * (9 * (8 + 9) + 9) + 7 * (9 + 1)


@pytest.mark.parametrize(
    "argument",
    [
        "HEAD:outer.yaml",
        "main:outer.yaml",
        "HEAD:sub/outer.yaml",
        "HEAD:./outer.yaml",
        "@:outer.yaml",
    ],
)
def test_includes_are_of_the_same_commit(repository, argument):
    assert params("outer.yaml") == CHANGED
    assert params(argument) == COMMITTED
    assert rnncli.plan(read_side(argument)).problems == ()


def test_a_folder_of_the_repository(repository, monkeypatch):
    monkeypatch.chdir(repository / "sub")
    (repository / "outer.yaml").unlink()
    assert params("HEAD:./outer.yaml") == COMMITTED
    assert params("HEAD:./../outer.yaml") == COMMITTED
    assert rnncli.plan(read_side("HEAD:./outer.yaml")).source == "HEAD:sub/outer.yaml"


def test_a_file_of_that_name_comes_first(repository):
    (repository / "HEAD:outer.yaml").write_text(INNER)
    assert in_commit("HEAD:outer.yaml") is None
    assert params("HEAD:outer.yaml") == 4 * (4 * (8 + 4) + 4)


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("HEAD:nothing.yaml", "HEAD has no such file"),
        ("HEAD:sub", "HEAD has no such file"),
        ("nothing:outer.yaml", "no commit is named nothing"),
        ("-h:outer.yaml", "no commit is named -h"),
        ("--output=x:outer.yaml", "no commit is named"),
        ("HEAD:../../etc/passwd", "HEAD has no such file"),
        ("HEAD:/etc/passwd", "HEAD has no such file"),
        ("a\0b:outer.yaml", "no commit"),
    ],
)
def test_what_is_not_there(repository, argument, message):
    with pytest.raises(ConfigError, match=message):
        read_side(argument)
    assert not (repository / "x").exists()


def test_a_commit_alone_is_the_same_file_there(repository, monkeypatch):
    from rnncli.readers.commits import same_file_there

    monkeypatch.chdir(repository / "sub")
    assert params(same_file_there("main:", "inner.yaml")) == 4 * (4 * (8 + 4) + 4)
    assert params(same_file_there("main:", str(repository / "inner.yaml"))) == 4 * (4 * (8 + 4) + 4)
    assert same_file_there("main:inner.yaml", "inner.yaml") is None
    assert same_file_there(":", "inner.yaml") is None
    (repository / "sub/main:").write_text(INNER)
    assert same_file_there("main:", "inner.yaml") is None


def test_no_repository(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(ConfigError, match="in no git repository"):
        read_side("HEAD:a.yaml")


def test_no_git(repository, monkeypatch):
    monkeypatch.setenv("PATH", str(repository))
    with pytest.raises(ConfigError, match="git cannot be run"):
        read_side("HEAD:outer.yaml")


def test_an_include_cannot_leave_the_folder(repository):
    """As on the disk, whose files are never read for a commit."""
    (repository / "sub/outer.yaml").write_text(OUTER.replace("inner", "../inner"))
    (repository / "gone.yaml").write_text(OUTER.replace("inner", "only_on_disk"))
    git("add", "sub/outer.yaml", "gone.yaml")
    git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--message", "b")
    (repository / "only_on_disk.yaml").write_text(INNER)
    outside = rnncli.plan(read_commit(in_commit("HEAD:sub/outer.yaml")))
    assert "outside" in outside.problems[0].message
    assert rnncli.plan(read_commit(in_commit("HEAD:sub/outer.yaml"), True)).problems == ()
    (missing,) = rnncli.plan(read_side("HEAD:gone.yaml")).problems
    assert "HEAD:only_on_disk.yaml" in missing.message
    assert rnncli.plan(read_side("gone.yaml")).problems == ()


def test_a_commit_runs_no_filter_of_the_repository(repository):
    """A textconv of the repository's settings is a program, which git show would run."""
    (repository / ".gitattributes").write_text("*.yaml diff=evil\n")
    git("config", "diff.evil.textconv", f"touch {repository}/ran; cat")
    assert params("HEAD:outer.yaml") == COMMITTED
    assert not (repository / "ran").exists()


def test_a_model_file_and_a_report_of_a_commit(repository):
    import msgspec

    report = rnncli.plan(rnncli.load("inner.yaml"))
    (repository / "saved.json").write_bytes(msgspec.json.encode(report))
    git("add", "saved.json")
    git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--message", "b")
    (repository / "saved.json").unlink()
    assert rnncli.diff("HEAD:saved.json", "inner.yaml").equal
