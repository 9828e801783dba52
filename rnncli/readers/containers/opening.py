"""A file of whatever kind → Container, by its content; the suffix of its name says nothing."""

from __future__ import annotations

import io
import os
import stat
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from rnncli.config.files import name_of
from rnncli.readers.containers import bounded_json, hdf5, keras_json, keras_zip
from rnncli.readers.containers.container import Container

# Enough for a signature, and for the space that a text may begin with.
_START = 64


def open_container(path: str, data: bytes | None = None) -> Container | None:
    """The model in a file; None where it is none, such as a config.

    ``data`` is the content where it has been read already, such as that of standard input. A file
    that cannot be opened is None as well: who reads it as a config says why.

    Raises:
        ConfigError: it is a model file that is damaged or oversized, a zip or an HDF5 file that is
            not Keras's, or a report.
    """
    if data is not None:
        return _open(name_of(path), io.BytesIO(data))
    with ExitStack() as stack:
        try:
            if not stat.S_ISREG(os.stat(path).st_mode):
                return None
            stream = stack.enter_context(Path(path).open("rb"))
        except (OSError, ValueError):
            return None
        return _open(name_of(path), stream)


def _open(file: str, stream: BinaryIO) -> Container | None:
    start = stream.read(_START)
    stream.seek(0)
    if start.startswith(keras_zip.SIGNATURES):
        return keras_zip.open_zip(file, stream)
    if start.startswith(hdf5.SIGNATURE):
        return hdf5.open_hdf5(file, stream)
    if keras_json.may_be_json(start):
        return keras_json.open_json(file, stream.read(bounded_json.SIZE_LIMIT + 1))
    return None
