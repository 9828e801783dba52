"""``main:config.yaml`` → ModelSpec: a config or a model file of a commit of a git repository."""

from __future__ import annotations

import os
import posixpath
import subprocess
from functools import partial
from typing import NoReturn

import msgspec

from rnncli.config import ModelSpec, parse
from rnncli.config.files import MODEL_LIMIT, decode_within_limit, printable_path
from rnncli.config.includes import Storage
from rnncli.problems import ConfigError, Source, problem_of_file
from rnncli.readers.containers.container import refuse_file
from rnncli.readers.reading import model_of_bytes


class NotInCommit(ConfigError):
    """A commit has no file of this name."""


class InCommit(msgspec.Struct, frozen=True):
    """A file of a commit: the name of the commit, such as ``main``, and the path in the tree."""

    commit: str
    path: str

    @property
    def name(self) -> str:
        """The file as messages name it: ``main:configs/a.yaml``."""
        return printable_path(f"{self.commit}:{self.path}")


def in_commit(argument: str) -> InCommit | None:
    """The file of a commit that an argument names; None where it names a file on the disk."""
    commit, colon, path = argument.partition(":")
    if not colon or not commit or not path or os.path.exists(argument):
        return None
    return InCommit(commit, path)


def same_file_there(argument: str, path: str) -> str | None:
    """The file of a path in the commit that an argument ``main:`` names; None where it is another
    argument."""
    if not argument.endswith(":") or argument == ":" or os.path.exists(argument):
        return None
    return f"{argument}./{os.path.relpath(path).replace(os.sep, '/')}"


def read_commit(file: InCommit, allow_outside: bool = False) -> ModelSpec:
    """The model in a file of a commit; what it includes is read from the same commit.

    Raises:
        ConfigError: there is no such file or commit, git cannot be run, or it holds no model.
    """
    file = _from_root(file)
    data = file_bytes(file)
    model = model_of_bytes(file.name, data)
    if model is not None:
        return model
    prefix = printable_path(f"{file.commit}:")
    storage = Storage(partial(_included_model, prefix), partial(_included_text, prefix), prefix)
    return parse(decode_within_limit(file.name, data), allow_outside, storage=storage)


def file_bytes(file: InCommit) -> bytes:
    """The content of a file of a commit, without what git's filters make of it.

    Raises:
        NotInCommit: the commit has no such file.
        ConfigError: there is no such commit, git cannot be run, or the file is too large.
    """
    commit = None
    if "\0" not in file.commit + file.path and not file.commit.startswith("-"):
        commit = _git(file, "rev-parse", "--verify", "--quiet", f"{file.commit}^{{commit}}")
    if commit is None:
        _refuse_commit(file)
    blob = f"{commit.decode().strip()}:{file.path}"
    size = _git(file, "cat-file", "-s", blob)
    if size is None or _git(file, "cat-file", "-t", blob) != b"blob\n":
        message = f"{printable_path(file.commit)} has no such file"
        fix = "the path starts at the root of the repository; ./ before it starts at this folder"
        raise NotInCommit(problem_of_file(file.name, "file-missing", message, fix))
    if int(size) > MODEL_LIMIT:
        refuse_file(file.name, "file-too-large", "this file is too large to read")
    return _git(file, "cat-file", "blob", blob) or b""


def _included_model(prefix: str, path: str) -> ModelSpec | None:
    return model_of_bytes(path, file_bytes(_of_name(prefix, path)))


def _included_text(prefix: str, path: str) -> Source:
    return decode_within_limit(path, file_bytes(_of_name(prefix, path)))


def _of_name(prefix: str, path: str) -> InCommit:
    return InCommit(prefix.removesuffix(":"), path.removeprefix(prefix).replace(os.sep, "/"))


def _from_root(file: InCommit) -> InCommit:
    """The file with its path from the root of the repository."""
    if not file.path.startswith(("./", "../")):
        return file
    folder = _git(file, "rev-parse", "--show-prefix")
    if folder is None:
        _refuse_commit(file)
    path = posixpath.normpath(posixpath.join(os.fsdecode(folder).rstrip("\n"), file.path))
    return msgspec.structs.replace(file, path=path)


def _refuse_commit(file: InCommit) -> NoReturn:
    if _git(file, "rev-parse", "--git-dir") is None:
        message, fix = "no such file, and this folder is in no git repository", None
    else:
        message = f"no such file, and no commit is named {printable_path(file.commit)}"
        fix = "a file of a commit is written main:config.yaml or HEAD:config.yaml"
    refuse_file(file.name, "file-missing", message, fix)


def _git(file: InCommit, command: str, *arguments: str) -> bytes | None:
    """What git prints; None if it fails."""
    try:
        ran = subprocess.run(
            ["git", command, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError as error:
        message = f"no such file, and git cannot be run: {error.strerror}"
        refuse_file(file.name, "file-missing", message)
    return ran.stdout if ran.returncode == 0 else None
