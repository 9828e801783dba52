"""The largest resident memory of this process while something runs.

Linux counts it by itself, and can be told to start again. Elsewhere it is looked at every few
milliseconds, so that a short peak may be missed.
"""

from __future__ import annotations

import re
import threading
from pathlib import Path
from types import TracebackType

_STATUS, _RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")
# In seconds.
_BETWEEN_LOOKS = 0.002


class HighWaterMark:
    """A context; ``bytes`` is the largest resident memory of the process inside it.

    ``is_counted`` says that the system counted it; else it was looked at now and then.
    """

    def __init__(self) -> None:
        self.bytes = 0
        self.is_counted = False
        self._over = threading.Event()
        self._watcher: threading.Thread | None = None

    def __enter__(self) -> HighWaterMark:
        self.is_counted = _reset()
        if not self.is_counted:
            self._watcher = threading.Thread(target=self._watch, daemon=True)
            self._watcher.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        if self._watcher is None:
            self.bytes = _counted()
        else:
            self._over.set()
            self._watcher.join()

    def _watch(self) -> None:
        import psutil

        process, is_over = psutil.Process(), False
        while not is_over:
            is_over = self._over.wait(_BETWEEN_LOOKS)
            self.bytes = max(self.bytes, process.memory_info().rss)


def _reset() -> bool:
    """Makes Linux count from here on; returns whether it does."""
    try:
        # The number says what to reset: the peak.
        _RESET.write_text("5", encoding="ascii")
        return _counted() > 0
    except OSError:
        return False


def _counted() -> int:
    peak = re.search(r"VmHWM:\s+(\d+) kB", _STATUS.read_text(encoding="ascii", errors="replace"))
    return int(peak[1]) * 1024 if peak else 0
