"""The commands: options → library call → format."""

from rnncli.cli.interrupts import leave_at_once


def main() -> None:
    """The program's entry; what it takes is imported under an eye on Ctrl-C."""
    leave_at_once()
    from rnncli.cli.main import main as run

    run()


__all__ = ["main"]
