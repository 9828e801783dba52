"""A path, standard input or text → Source: the bytes checked and read as text."""

from __future__ import annotations

import codecs
import os
import stat
import sys
from pathlib import Path
from typing import BinaryIO

from rnncli.config.other_files import MODEL_SIGNATURES, directory, other_file
from rnncli.problems import ConfigError, Place, Problem, Source, problem

STANDARD_INPUT = "-"
SIZE_LIMIT = 8 * 2**20
# Model files that come through a pipe are read into memory, as far as this.
MODEL_LIMIT = 2 * 2**30
# Descriptors that are open already, such as standard input, or what a shell passes for <(…).
_OPENED = ("/dev/stdin", "/dev/fd/", "/proc/self/fd/")


def read(path: str) -> Source:
    """The text of a config file, or of standard input for ``-``.

    Raises:
        ConfigError: the file is missing, unreadable, too large, or not UTF-8 text.
    """
    return decode_within_limit(name_of(path), read_bytes(path))


def read_bytes(path: str) -> bytes:
    """The content of a file, or of standard input for ``-``: as much as tells that it is too large.

    Raises:
        ConfigError: the file is missing or unreadable.
    """
    name = name_of(path)
    try:
        return _bytes(path)
    except FileNotFoundError:
        raise ConfigError(_about(name, "file-missing", "no such file", _near(path))) from None
    except IsADirectoryError:
        raise ConfigError(directory(name, path)) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ConfigError(_about(name, "file-unreadable", f"cannot be read: {reason}")) from None


def is_read_once(path: str) -> bool:
    """Whether a path is standard input or a pipe, whose content is gone when it is read."""
    return path == STANDARD_INPUT or (
        os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path)
    )


def source_of(name: str, text: str) -> Source:
    """A config that is in no file, under a name in angle brackets.

    Raises:
        ConfigError: the text is too large, or holds what is no character.
    """
    return decode_within_limit(name, text.encode("utf-8", "surrogatepass"))


def decode_within_limit(name: str, data: bytes) -> Source:
    """Decodes the bytes of a config.

    Raises:
        ConfigError: they are too many, or not UTF-8 text.
    """
    if wrong := other_file(name, data):
        raise ConfigError(wrong)
    if len(data) > SIZE_LIMIT:
        limit = f"a config has at most {SIZE_LIMIT // 2**20} MiB"
        raise ConfigError(_about(name, "file-too-large", limit, "describe the model, not its data"))
    return _decode(name, data)


def name_of(path: str) -> str:
    """The name of a config in messages and reports."""
    return "<stdin>" if path == STANDARD_INPUT else printable_path(path)


def printable_path(argument: str) -> str:
    """An argument of the command line, with the bytes that are not text written as escapes."""
    return os.fsencode(argument).decode("utf-8", "backslashreplace")


def _bytes(path: str) -> bytes:
    if path == STANDARD_INPUT:
        return _with_rest(sys.stdin.buffer)
    mode = os.stat(path).st_mode
    if stat.S_ISDIR(mode):
        # On Windows, opening a directory fails with a permission error instead.
        raise IsADirectoryError
    if stat.S_ISFIFO(mode) and hasattr(os, "O_NONBLOCK"):
        return _from_pipe(path)
    if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode) or path.startswith(_OPENED)):
        raise OSError("it is a device or a socket, not a file")
    with Path(path).open("rb") as file:
        return _with_rest(file)


def _from_pipe(path: str) -> bytes:
    """The bytes written to a pipe; a pipe that has no writer is not waited for."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as pipe:
        try:
            data = os.read(descriptor, SIZE_LIMIT + 1)
        except BlockingIOError:
            # The pipe has a writer, which has not written yet.
            data = b""
        else:
            # No other writer can open a pipe without a name: that one is simply empty.
            if not data and os.path.exists(os.path.realpath(path)):
                raise OSError("it is a pipe without a writer")
        os.set_blocking(descriptor, True)
        return data + _with_rest(pipe)


def _with_rest(stream: BinaryIO) -> bytes:
    """What a stream has, as far as a config can be large; all that it has of a model file."""
    data = stream.read(SIZE_LIMIT + 1)
    if len(data) > SIZE_LIMIT and data.startswith(MODEL_SIGNATURES):
        data += stream.read(MODEL_LIMIT)
    return data


def _decode(name: str, data: bytes) -> Source:
    """Decodes the bytes of a config.

    Raises:
        ConfigError: they are not UTF-8 text.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise ConfigError(_about(name, "not-utf8", "this is UTF-16 text", "save the file as UTF-8"))
    try:
        return Source(name, data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig", "replace")
        source = Source(name, before)
        line, column = len(source.lines), len(source.lines[-1]) + 1
        raise ConfigError(
            problem(
                "not-utf8",
                f"byte 0x{data[error.start]:02x} is not UTF-8 text",
                "save the file as UTF-8; a config is text",
                place=Place(source, line, column, column + 1),
            )
        ) from None


def _about(name: str, code: str, message: str, fix: str | None = None) -> Problem:
    return Problem(code=code, severity="error", message=message, fix=fix, file=name)


def _near(path: str) -> str | None:
    from rnncli.suggestions import did_you_mean

    try:
        siblings = [sibling.name for sibling in Path(path).parent.iterdir() if sibling.is_file()]
    except (OSError, ValueError):
        return None
    near = did_you_mean(Path(path).name, filter(str.isprintable, siblings))
    return printable_path(f"did you mean {Path(path).with_name(near)}?") if near else None
