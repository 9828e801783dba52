"""``--output FILE``: written whole or not at all, whatever happens in between.

The text is written to a file beside the target, which then takes its place in one step. A run that
is killed in between leaves that file; the next run to the same target removes it.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def refusal(target: Path) -> str | None:
    """Why nothing can be written to a target; None where nothing speaks against it."""
    folder = target.parent
    if target.is_dir():
        return f"{target} is a directory; name a file in it"
    if not folder.is_dir():
        return f"there is no folder {folder}"
    if _is_special(target):
        return None if os.access(target, os.W_OK) else f"{target} cannot be written to"
    return None if os.access(folder, os.W_OK) else f"the folder {folder} cannot be written to"


def clear(target: Path) -> None:
    """Removes what runs left behind that were killed while they wrote to this target."""
    stem = _stem(target)
    with suppress(OSError):
        for each in target.parent.iterdir():
            pid = each.name.removeprefix(stem) if each.name.startswith(stem) else ""
            if pid.isascii() and pid.isdigit() and not _is_alive(int(pid)):
                with suppress(OSError):
                    each.unlink()


def write(target: Path, text: str) -> None:
    """Writes a file whole.

    Raises:
        OSError: it cannot be; then the target is as it was.
    """
    if _is_special(target):
        # A device or a pipe is no file to put another in the place of.
        with target.open("w", encoding="utf-8") as device:
            device.write(text)
        return
    target = Path(os.path.realpath(target))
    temporary = target.with_name(f"{_stem(target)}{os.getpid()}")
    try:
        with temporary.open("x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            temporary.chmod(target.stat().st_mode & 0o7777)
        temporary.replace(target)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def _stem(target: Path) -> str:
    # A name may be as long as a name can be: what is put to it must not make it longer.
    return f".{target.name[:50]}.rnncli-"


def _is_special(target: Path) -> bool:
    return target.exists() and not target.is_file()


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True
