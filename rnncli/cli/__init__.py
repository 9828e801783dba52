"""The commands: options → library call → format."""

import os
import sys


def main() -> None:
    """The program's entry; what it takes is imported under an eye on Ctrl-C."""
    try:
        from rnncli.cli.interrupts import leave_when_interrupted

        leave_when_interrupted()
    except KeyboardInterrupt:
        os._exit(130)
    _open_closed()
    from rnncli.cli.ascii import speak_ascii

    speak_ascii()
    if os.name == "nt":
        from rnncli.cli.windows_console import enable_escape_codes

        enable_escape_codes()
    import gc

    # What is imported and planned lives to the end: looking through it for garbage is lost time.
    gc.set_threshold(200_000, 20, 100)
    from rnncli.cli.main import main as run

    run()


def _open_closed() -> None:
    """Puts something in the place of a stream that was closed before the start.

    Nothing is read, and what is written to standard error is lost. Results must not be: what
    takes the place of standard output cannot be written to.
    """
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            descriptor = os.open(os.devnull, os.O_WRONLY if name == "stderr" else os.O_RDONLY)
            setattr(sys, name, os.fdopen(descriptor, "r" if name == "stdin" else "w"))


__all__ = ["main"]
