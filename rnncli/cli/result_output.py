"""Where results are written: standard output, or a file that is written whole or not at all."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path

import typer

from rnncli.cli import atomic_write
from rnncli.cli.exit_codes import USAGE_ERROR
from rnncli.cli.interrupts import uninterrupted
from rnncli.cli.messages import print_error, put
from rnncli.cli.usage import wrong_usage


class ResultOutput:
    """Writes results; ``is_whole`` is false once a result is missing.

    Raises:
        BadParameter: the file cannot be written, or is one of the inputs.
    """

    def __init__(self, target: str | None, inputs: Iterable[str]) -> None:
        self.target = Path(target) if target is not None else None
        self.is_whole = True
        self._parts: list[bytes] = []
        if self.target is not None:
            why = atomic_write.why_not_writable(self.target)
            if why is not None:
                raise wrong_usage(f"--output: {why}")
            self.refuse_inputs(inputs)

    def refuse_inputs(self, paths: Iterable[str]) -> None:
        """Refuses an output file that is also an input."""
        if self.target is None:
            return
        refuse_if_read("--output", self.target, paths)

    def write(self, text: str) -> None:
        """Writes to standard output at once; text for a file is kept until the end."""
        if self.target is not None:
            self._parts.append(text.encode("utf-8", "backslashreplace"))
        elif text:
            put(sys.stdout, text)

    def write_bytes(self, data: bytes) -> None:
        """Keeps what is no text for the file."""
        self._parts.append(data)

    def close(self) -> None:
        """Writes the file, unless a result is missing."""
        if self.target is None:
            return
        if not self.is_whole:
            print_error(f"{self.target} is not written: a result is missing", None)
            return
        # Opening a pipe waits for a reader, and that wait can be interrupted.
        waits = atomic_write.is_special(self.target)
        try:
            with nullcontext() if waits else uninterrupted():
                atomic_write.write_bytes(self.target, b"".join(self._parts))
        except OSError as error:
            print_error(f"{self.target} cannot be written: {error.strerror}", "write it elsewhere")
            raise typer.Exit(USAGE_ERROR) from None


def refuse_if_read(argument: str, target: Path, paths: Iterable[str]) -> None:
    """Refuses a file to write that is read as well.

    Raises:
        BadParameter: the target is one of these files; ``argument`` is what names it.
    """
    inputs = [0 if path == "-" else path for path in paths]
    same = atomic_write.same_file(target, inputs)
    if same is not None:
        name = "standard input" if same == 0 else same
        raise wrong_usage(f"{argument}: {target} is read as well, as {name}")
