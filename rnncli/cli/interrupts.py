"""Ctrl-C, from the first import on: the process ends at once, with nothing half done."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rnncli.cli.exits import INTERRUPTED

_CLEAR_LINE = b"\r\x1b[K"


def leave_when_interrupted() -> None:
    """Ends the process on SIGINT with 130.

    No exception is raised: one that comes up inside a callback of TensorFlow is lost there, and
    one that unwinds frees TensorFlow's objects, which complain. Nothing needs to be put in order
    but the terminal's line, whose descriptor is kept because standard error may be held.
    """
    terminal = os.dup(sys.stderr.fileno()) if sys.stderr and sys.stderr.isatty() else None

    def leave(*_: object) -> None:
        if terminal is not None:
            os.write(terminal, _CLEAR_LINE)
        os._exit(INTERRUPTED)

    signal.signal(signal.SIGINT, leave)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Puts off interrupts while a file is being written."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
