"""Holds back what TensorFlow says while it loads and runs.

It writes to the file descriptors themselves, whatever the environment asks for; so the
descriptors are turned to a file meanwhile, and what it holds is shown if something fails.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from rnncli.engine.errors import EngineMissing

_DESCRIPTORS = (1, 2)


@contextmanager
def captured_output(verbose: bool = False) -> Iterator[None]:
    """Nothing reaches standard output or error inside; with ``verbose`` everything does.

    Where the block raises an error, what was held back is written to standard error first; but
    where there is no Keras, nothing of it says more than the error.
    """
    if verbose:
        yield
        return
    _flush()
    with tempfile.TemporaryFile() as file:
        saved = {fd: os.dup(fd) for fd in _DESCRIPTORS if _is_open(fd)}
        failed = False
        for fd in saved:
            os.dup2(file.fileno(), fd)
        try:
            yield
        except EngineMissing:
            raise
        except Exception:
            # An interrupt is none: it derives from BaseException.
            failed = True
            raise
        finally:
            _flush()
            for fd, copy in saved.items():
                os.dup2(copy, fd)
                os.close(copy)
            if failed:
                file.seek(0)
                sys.stderr.write(file.read().decode(errors="replace"))


def _is_open(fd: int) -> bool:
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()
