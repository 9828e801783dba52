"""``--output FILE``: written whole or not at all; only the text of an existing file is replaced.

The text is written to a new file beside the target, which then replaces the target in one step. If
that would lose something (hard links, the owner, the access list), or if the folder allows no new
file, the text is written into the file itself, as ``cp`` does: the space is reserved first, and
the old content is restored if the write fails. Only a process that is killed in that moment leaves
a file that is neither old nor new.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# Extended attributes that a user sets; a new file gets the others from its folder.
_OWN_ATTRIBUTES = ("user.", "system.posix_acl")


def why_not_writable(target: Path) -> str | None:
    """Why a target cannot be written; None if it can."""
    if target.is_dir():
        return f"{target} is a directory; name a file in it"
    if target.exists():
        return None if os.access(target, os.W_OK) else f"{target} cannot be written to"
    folder = target.parent
    if not folder.is_dir():
        return f"there is no folder {folder}"
    return None if os.access(folder, os.W_OK) else f"the folder {folder} cannot be written to"


def is_special(target: Path) -> bool:
    """Whether a target is a device or a pipe, which must not be replaced by a file."""
    return target.exists() and not target.is_file()


def same_file(target: Path, inputs: Iterable[str | int]) -> str | int | None:
    """The input that is the same file as the target; inputs are paths or descriptors."""
    for path in inputs:
        with suppress(OSError, ValueError):
            if not is_special(target) and _is_same(target, path):
                return path
    return None


def _is_same(target: Path, path: str | int) -> bool:
    if target.exists():
        return os.path.samestat(os.stat(target), os.stat(path))
    return isinstance(path, str) and os.path.realpath(target) == os.path.realpath(path)


def write(target: Path, text: str) -> None:
    """Writes a whole file of text.

    Raises:
        OSError: it cannot be written; the target is then unchanged.
    """
    write_bytes(target, text.encode("utf-8", "backslashreplace"))


def write_bytes(target: Path, data: bytes) -> None:
    """Writes a whole file.

    Raises:
        OSError: it cannot be written; the target is then unchanged.
    """
    if is_special(target):
        with target.open("wb") as device:
            device.write(data)
        return
    target = Path(os.path.realpath(target))
    _remove_stale_temporaries(target)
    if not _replaced(target, data):
        _write_through(target, data)


def _replaced(target: Path, data: bytes) -> bool:
    """Replaces the target with a new file; False if the old file must be kept."""
    before = target.stat() if target.exists() else None
    if before is not None and (before.st_nlink > 1 or _has_attributes(target)):
        return False
    try:
        temporary, descriptor = _new_file(target)
    except OSError:
        if before is None:
            raise
        return False
    try:
        with open(descriptor, "wb") as file:
            if before is not None and not _made_alike(temporary, before):
                temporary.unlink()
                return False
            file.write(data)
            file.flush()
            os.fsync(descriptor)
            if os.name != "nt":
                # The file is closed only after it is in place: it stays locked until then.
                return _put_in_place(temporary, target)
        return _put_in_place(temporary, target)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def _put_in_place(temporary: Path, target: Path) -> bool:
    try:
        temporary.replace(target)
    except OSError:
        # A mounted file, for example, can be written but not replaced.
        if not target.exists():
            raise
        temporary.unlink()
        return False
    return True


def _made_alike(temporary: Path, before: os.stat_result) -> bool:
    """Gives a new file the owner and the mode of the old one; False if that is not allowed."""
    status = temporary.stat()
    if (status.st_uid, status.st_gid) != (before.st_uid, before.st_gid):
        try:
            os.chown(temporary, before.st_uid, before.st_gid)
        except OSError:
            return False
    temporary.chmod(stat.S_IMODE(before.st_mode))
    return True


def _has_attributes(target: Path) -> bool:
    names: list[str] = []
    if hasattr(os, "listxattr"):
        with suppress(OSError):
            names = os.listxattr(target)
    return any(name.startswith(_OWN_ATTRIBUTES) for name in names)


def _write_through(target: Path, data: bytes) -> None:
    """Writes into an existing file, and restores its old content if the write fails."""
    with target.open("r+b", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        before = file.read(len(data))
        try:
            if hasattr(os, "posix_fallocate") and data:
                os.posix_fallocate(file.fileno(), 0, len(data))
            _write_all(file.fileno(), data)
            os.fsync(file.fileno())
            # The file is cut last: what is cut off could not be restored.
            file.truncate(len(data))
        except BaseException:
            with suppress(OSError):
                _write_all(file.fileno(), before)
                file.truncate(size)
            raise


def _write_all(descriptor: int, data: bytes) -> None:
    os.lseek(descriptor, 0, os.SEEK_SET)
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


# The new file beside the target. It is locked while its process lives, so that the next run can
# recognize files that a killed run left. A process id would not do: in containers, it is always 1.


def _new_file(target: Path) -> tuple[Path, int]:
    """A new file with a name of its own, open and locked."""
    while True:
        path = target.with_name(f"{_stem(target)}{os.urandom(8).hex()}")
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        _lock(descriptor)
        if path.exists():
            return path, descriptor
        # Another run took it for a stale file, and removed it before it was locked.
        os.close(descriptor)


def _remove_stale_temporaries(target: Path) -> None:
    """Removes the temporary files of runs that were killed while they wrote to this target."""
    with suppress(OSError):
        for path in list(_new_files_of(target)):
            with suppress(OSError), _opened(path) as descriptor:
                if _lock(descriptor):
                    path.unlink()


def _new_files_of(target: Path) -> Iterator[Path]:
    stem = _stem(target)
    for path in target.parent.iterdir():
        random = path.name.removeprefix(stem)
        if path.name.startswith(stem) and len(random) == 16 and set(random) <= _HEX:
            yield path


_HEX = set("0123456789abcdef")


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    # A link or a pipe with such a name is not followed or waited for.
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    descriptor = os.open(path, flags)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    """Locks a file; False if another process has locked it, or if files cannot be locked."""
    try:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (ImportError, OSError):
        return False
    return True


def _stem(target: Path) -> str:
    # The target's name may have the maximum length already: the suffix must not exceed it.
    return f".{target.name[:50]}.rnncli-"
