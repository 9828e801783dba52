"""The commands: options → library call → format."""

import gc
import os
import sys

from rnncli.cli.interrupts import leave_when_interrupted


def main() -> None:
    """The program's entry; what it takes is imported under an eye on Ctrl-C."""
    _open_closed()
    leave_when_interrupted()
    # What is imported and planned lives to the end: looking through it for garbage is lost time.
    gc.set_threshold(200_000, 20, 100)
    from rnncli.cli.main import main as run

    run()


def _open_closed() -> None:
    """Puts nothing in the place of a stream that was closed before the start."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w"))  # noqa: SIM115


__all__ = ["main"]
