"""The journal of a sweep: a line for each variant that has run, so that it need not run again.

A line is written at once and whole, and the file only grows: a sweep that is interrupted, or
killed, loses at most the variants that were running.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

import msgspec

from rnncli.report.sweep import Measured
from rnncli.sweeping.errors import JournalError


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured in a job; ``key`` is that of the job, and ``settings`` are for readers."""

    schema: Literal["rnncli.sweep-journal.v1"] = "rnncli.sweep-journal.v1"
    key: str
    settings: Mapping[str, Any]
    measured: Measured


# What every line begins with.
_START = b'{"schema":"rnncli.sweep-journal.v1",'


class Journal:
    """A file of entries, by their keys; a file that is not there is made.

    Raises:
        JournalError: the file cannot be read or written, or has lines that no sweep wrote.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        with _refusing(path), open(path, "a+b") as file:
            file.seek(0)
            *lines, last = file.read().split(b"\n")
            self.done = {entry.key: entry.measured for entry in map(self._entry, lines)}
            # The last line of a sweep that was killed may be a part of one.
            if last and not (last.startswith(_START) or _START.startswith(last)):
                raise self._foreign()
            if last:
                file.truncate(sum(len(line) + 1 for line in lines))

    def _entry(self, line: bytes) -> Entry:
        try:
            return msgspec.json.decode(line, type=Entry)
        except msgspec.DecodeError:
            raise self._foreign() from None

    def _foreign(self) -> JournalError:
        return JournalError(f"{self._path} is there already, and no journal; name another file")

    def add(self, entry: Entry) -> None:
        """Writes an entry, so that it outlasts a crash of the machine.

        Raises:
            JournalError: the file cannot be written.
        """
        with _refusing(self._path), open(self._path, "ab", buffering=0) as file:
            file.write(msgspec.json.encode(entry) + b"\n")
            os.fsync(file.fileno())


@contextmanager
def _refusing(path: str) -> Iterator[None]:
    """Turns an error of the file into one of the journal."""
    try:
        yield
    except OSError as error:
        raise JournalError(f"{path}: {error.strerror}") from None
