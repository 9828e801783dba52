"""The commands: options → library call → format."""

import gc

from rnncli.cli.interrupts import leave_when_interrupted


def main() -> None:
    """The program's entry; what it takes is imported under an eye on Ctrl-C."""
    leave_when_interrupted()
    # What is imported and planned lives to the end: looking through it for garbage is lost time.
    gc.set_threshold(200_000, 20, 100)
    from rnncli.cli.main import main as run

    run()


__all__ = ["main"]
