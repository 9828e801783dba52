"""The files that a model is written to: whole or not at all, never over what it is read from."""

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
from rnncli.cli.result_output import refuse_if_read
from rnncli.cli.usage import wrong_usage
from rnncli.writers import Written

STANDARD_OUTPUT = "-"


class TargetFiles:
    """A file to write, and what stands beside it under the same name; ``-`` is standard output.

    ``argument`` is the argument or the option that names it.

    Raises:
        BadParameter: the file cannot be written, or exists and ``overwrite`` is not set.
    """

    def __init__(self, target: str, overwrite: bool, argument: str = "TO") -> None:
        self._argument = argument
        self._overwrite = overwrite
        self._target = None if target == STANDARD_OUTPUT else Path(target)
        if self._target is not None:
            self._check(self._target)

    def refuse_inputs(self, paths: Iterable[str]) -> None:
        """Refuses a target that the model is read from.

        Raises:
            BadParameter: the target is one of these files.
        """
        if self._target is not None:
            refuse_if_read(self._argument, self._target, paths)

    def write(self, written: Written) -> None:
        """Writes all files; the main file, which the others belong to, comes last.

        Raises:
            BadParameter: one of the files exists, or there are several for standard output.
        """
        main, *beside = written.files
        if self._target is None:
            if beside:
                raise wrong_usage(
                    f"{self._argument}: this is written in {len(beside) + 1} files; name the first"
                )
            _print(written.files[main])
            return
        paths = {suffix: self._target.with_suffix(suffix) for suffix in reversed(beside)}
        for path in paths.values():
            self._check(path)
        for suffix, path in [*paths.items(), (main, self._target)]:
            _write(path, written.files[suffix])

    def _check(self, path: Path) -> None:
        why = atomic_write.why_not_writable(path)
        if why is not None:
            raise wrong_usage(f"{self._argument}: {why}")
        if path.is_file() and not self._overwrite:
            raise wrong_usage(
                f"{self._argument}: {path} is there already; --overwrite writes over it"
            )


def _print(data: bytes) -> None:
    """Writes to standard output; bytes that are no text go there as they are."""
    try:
        put(sys.stdout, data.decode("utf-8"))
    except UnicodeDecodeError:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


def _write(path: Path, data: bytes) -> None:
    # Opening a pipe waits for a reader, and that wait can be interrupted.
    waits = atomic_write.is_special(path)
    try:
        with nullcontext() if waits else uninterrupted():
            atomic_write.write_bytes(path, data)
    except OSError as error:
        print_error(f"{path} cannot be written: {error.strerror}", "write it elsewhere")
        raise typer.Exit(USAGE_ERROR) from None
