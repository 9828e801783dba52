"""``check --fix``: writes fixed files, lists what was fixed, and shows the change as a diff."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import typer

from rnncli.cli.atomic_write import why_not_writable, write_bytes
from rnncli.cli.exit_codes import USAGE_ERROR
from rnncli.cli.interrupts import uninterrupted
from rnncli.cli.messages import print_error
from rnncli.cli.session import Session
from rnncli.cli.usage import wrong_usage
from rnncli.config import STANDARD_INPUT
from rnncli.config.files import is_read_once, printable_path
from rnncli.formats import diagnostics
from rnncli.formats.text import safe

if TYPE_CHECKING:
    from rnncli.fixing import Fixed


class FixOptions(msgspec.Struct, frozen=True):
    """What the user wants of fixes: that they are written, shown, or the unsafe ones as well."""

    fix: bool
    diff: bool
    unsafe: bool

    def check(self, paths: list[str]) -> None:
        """Refuses options that do not go together.

        Raises:
            BadParameter: they do not.
        """
        if self.unsafe and not self.is_used:
            raise wrong_usage("--unsafe-fixes goes with --fix or --diff")
        once = next(filter(is_read_once, paths), None)
        if self.fix and once is not None:
            what = "standard input" if once == STANDARD_INPUT else f"{printable_path(once)}, a pipe"
            raise wrong_usage(f"--fix cannot write to {what}; --diff shows the change")

    @property
    def is_used(self) -> bool:
        """Whether fixes are made at all."""
        return self.fix or self.diff

    def counted(self, fixed: int, unsafe: int) -> list[str]:
        """What the summary says of fixes."""
        phrases = [f"{fixed} {'fixed' if self.fix else 'can be fixed'}"] if fixed else []
        if unsafe and self.is_used and not self.unsafe:
            phrases.append(f"{unsafe} more with --unsafe-fixes")
        return phrases


def fixed_config(session: Session, path: str, options: FixOptions) -> Fixed:
    """A config with its fixes, written to its files with ``--fix``.

    Raises:
        Exit: a file cannot be written.
    """
    from rnncli.fixing import fix

    shared = session.options
    fixed = fix(
        path,
        unsafe=options.unsafe,
        settings=shared.settings or (),
        length=shared.lengths,
        allow_outside=shared.allow_outside,
    )
    if options.fix:
        _write(fixed)
    return fixed


def _write(fixed: Fixed) -> None:
    # Either all files of a config are written or, as far as can be known before, none.
    for file in fixed.files:
        why = why_not_writable(Path(file.path))
        if why is not None:
            print_error(why, "nothing is written; --diff shows the change")
            raise typer.Exit(USAGE_ERROR)
    for file in fixed.files:
        try:
            with uninterrupted():
                write_bytes(Path(file.path), file.data)
        except OSError as error:
            print_error(f"{file.path} cannot be written: {error.strerror}", None)
            raise typer.Exit(USAGE_ERROR) from None


def listed(fixed: Fixed, is_written: bool, width: int | None) -> str:
    """A line for each problem that was fixed, or would be, and for each fix that was undone."""
    verb = "fixed" if is_written else "would fix"
    lines = [diagnostics.fixed_line(problem, verb, width) for problem in fixed.fixed]
    for undone in fixed.undone:
        adds = undone.adds
        why = (
            f"it would add {adds.severity}[{adds.code}]: {adds.message}"
            if adds
            else "the problem would remain"
        )
        lines.append(diagnostics.fixed_line(undone.problem, "not fixed", width, why))
    return "".join(lines)


def diff(fixed: Fixed, on_terminal: bool) -> str:
    """The change of all files as a unified diff; on a terminal, without control characters."""
    text = "".join(file.diff for file in fixed.files)
    return safe(text) if on_terminal else text


def record(fixed: Fixed, options: FixOptions) -> dict[str, object]:
    """What a JSON document says of fixes, beside the problems."""
    undone = [{"problem": undone.problem, "adds": undone.adds} for undone in fixed.undone]
    fields: dict[str, object] = {"fixed" if options.fix else "fixable": list(fixed.fixed)}
    fields["not_fixed"] = undone
    if options.diff:
        fields["diff"] = diff(fixed, False)
    return fields
