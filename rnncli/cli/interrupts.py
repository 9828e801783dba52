"""Ctrl-C, from the first import on."""

from __future__ import annotations

import os
import signal
from types import FrameType

from rnncli.cli.exits import INTERRUPTED


class Interrupted(BaseException):
    """Ctrl-C. No library on the way takes it for an error of its own."""


def leave_at_once() -> None:
    """While modules are imported nothing needs to be put in order: Ctrl-C ends the process."""
    signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))


def raise_interrupts() -> None:
    """From now on Ctrl-C unwinds, so that what is held open is closed."""
    signal.signal(signal.SIGINT, _raise)


def _raise(number: int, frame: FrameType | None) -> None:
    raise Interrupted
