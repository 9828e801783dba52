"""Whether files have changed since they were last looked at."""

from __future__ import annotations

import os
from collections.abc import Iterable

# When a file was changed, its size and its identity; None where there is no file.
State = tuple[int, int, int] | None


class WatchedFiles:
    """Some files, and how they were when they were last looked at."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._states = {path: _state(path) for path in paths}

    def look(self) -> None:
        """Looks at all files as they are now."""
        self._states = {path: _state(path) for path in self._states}

    def watch(self, paths: Iterable[str]) -> None:
        """Watches these files and no others; those that are watched already stay as they were."""
        self._states = {
            path: self._states[path] if path in self._states else _state(path) for path in paths
        }

    def have_changed(self) -> bool:
        """Whether any file is not as it was.

        Editors may replace a file by a new one: where there is none for a moment, nothing has
        changed yet.
        """
        for path, before in self._states.items():
            now = _state(path)
            if now is not None and now != before:
                return True
        return False


def _state(path: str) -> State:
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
