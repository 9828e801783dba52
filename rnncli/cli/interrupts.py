"""Ctrl-C, from the first import on: the process ends at once, and no file is half written."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rnncli.cli.exit_codes import INTERRUPTED

# Clears the line, and shows the cursor, which a progress bar hides.
_CLEAR_LINE = b"\r\x1b[K\x1b[?25h"


def leave_when_interrupted() -> None:
    """Ends the process on SIGINT with 130.

    No exception is raised: inside a callback of TensorFlow it would be lost, and unwinding would
    free TensorFlow's objects, which then print errors. Only the terminal's line needs cleaning up;
    its descriptor is kept because standard error may be captured.
    """
    terminal: list[int] = []

    def leave(*_: object) -> None:
        for descriptor in terminal:
            os.write(descriptor, _CLEAR_LINE)
        os._exit(INTERRUPTED)

    signal.signal(signal.SIGINT, leave)
    if sys.stderr and sys.stderr.isatty():
        terminal.append(os.dup(sys.stderr.fileno()))


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Ignores interrupts while a file is being written."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def stopping() -> Iterator[Callable[[], bool]]:
    """Yields a function that returns whether there was an interrupt; a second one ends the process.

    On a terminal, the first one says so.
    """
    stopped = False
    terminal = os.dup(sys.stderr.fileno()) if sys.stderr and sys.stderr.isatty() else None

    def stop(*_: object) -> None:
        nonlocal stopped
        stopped = True
        signal.signal(signal.SIGINT, before)
        if terminal is not None:
            os.write(terminal, _CLEAR_LINE + b"stopping; Ctrl-C again leaves at once\n")

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield lambda: stopped
    finally:
        signal.signal(signal.SIGINT, before)
        if terminal is not None:
            os.close(terminal)
