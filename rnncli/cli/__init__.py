"""The commands: options → library call → format."""

from rnncli.cli.main import main

__all__ = ["main"]
