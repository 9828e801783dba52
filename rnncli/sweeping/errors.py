"""Why a sweep cannot be run, before its first variant is."""

from __future__ import annotations

from collections.abc import Mapping


class CannotRun(Exception):
    """A sweep cannot be run in this way; the message says why, and what would do."""


class JournalError(CannotRun):
    """The file of a journal cannot be read or written, or is something else."""


class TooManyWorkers(CannotRun):
    """Memory is not enough for so many processes."""


class NoCluster(CannotRun):
    """There is no scheduler at the address, or it has no workers."""


class VersionsDiffer(CannotRun):
    """Workers have other versions than this process.

    ``here`` has the versions of this process, and ``there`` those of each worker that differ.
    """

    def __init__(self, here: Mapping[str, str], there: Mapping[str, Mapping[str, str]]) -> None:
        self.here, self.there = here, there
        names = "1 worker has" if len(there) == 1 else f"{len(there)} workers have"
        super().__init__(f"{names} other versions than this process")
