"""The commands: options → library call → format."""

from rnncli.cli.interrupts import leave_when_interrupted


def main() -> None:
    """The program's entry; what it takes is imported under an eye on Ctrl-C."""
    leave_when_interrupted()
    from rnncli.cli.main import main as run

    run()


__all__ = ["main"]
