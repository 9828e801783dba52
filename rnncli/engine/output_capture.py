"""Captures what TensorFlow prints while it loads and runs.

TensorFlow writes to the file descriptors directly, whatever the environment says. So the
descriptors are redirected to a file meanwhile, and its text is printed if something fails.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from rnncli.engine.errors import EngineMissing, ExportFailed, NoGradient, NotFinite

_DESCRIPTORS = (1, 2)
# These say all that the captured text does.
_SAY_ALL = (EngineMissing, ExportFailed, NoGradient, NotFinite)


@contextmanager
def captured_output(verbose: bool = False) -> Iterator[None]:
    """Captures standard output and error inside the block; with ``verbose``, captures nothing.

    If the block raises an error, the captured text is written to standard error first,
    except where the error says all that the text does.
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
        except _SAY_ALL:
            raise
        except Exception:
            # An interrupt does not count: it derives from BaseException.
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
