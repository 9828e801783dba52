"""The commands: options → library call → format."""

import os
import sys


def main() -> None:
    """The program's entry; Ctrl-C is handled before other modules are imported."""
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

    # Imported modules and plans live until the end: searching them for garbage is lost time.
    gc.set_threshold(200_000, 20, 100)
    from rnncli.cli.main import main as run

    run()


def _open_closed() -> None:
    """Replaces standard streams that were closed before the program started.

    Standard input is empty, and messages to standard error are lost. Results must not be lost:
    writing to the replacement of standard output fails.
    """
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            descriptor = os.open(os.devnull, os.O_WRONLY if name == "stderr" else os.O_RDONLY)
            setattr(sys, name, os.fdopen(descriptor, "r" if name == "stdin" else "w"))


__all__ = ["main"]
