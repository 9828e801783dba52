"""A file of weights: how it must be named, and its content written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress

# Keras reads weights alone from no file of another name.
SUFFIX = ".weights.h5"


def checked_target(path: str | os.PathLike[str], overwrite: bool) -> str:
    """The path of a file to write weights to.

    Raises:
        FileExistsError: there is such a file, and ``overwrite`` is false.
        ValueError: the name does not end in ``.weights.h5``.
    """
    target = os.fspath(path)
    if not target.endswith(SUFFIX):
        raise ValueError(f"Keras reads weights from a file that ends in {SUFFIX}, not {target}")
    if not overwrite and os.path.exists(target):
        raise FileExistsError(f"{target} is there already; overwrite=True replaces it")
    return target


def write_whole(target: str, content: bytes) -> None:
    """Writes a file beside the target, and then puts it in its place."""
    descriptor, temporary = tempfile.mkstemp(dir=os.path.dirname(os.path.abspath(target)))
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
        os.replace(temporary, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
