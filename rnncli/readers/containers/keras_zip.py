"""A ``.keras`` file, which is a zip archive → Container."""

from __future__ import annotations

import io
import struct
import tempfile
import zipfile
import zlib
from typing import IO, Any, BinaryIO

from rnncli.readers.containers import bounded_json
from rnncli.readers.containers.container import Container, printable, refuse_file, text_or_none
from rnncli.readers.containers.hdf5 import arrays_of

# Of an archive, of an empty one, and of one in several parts.
SIGNATURES = (b"PK\3\4", b"PK\5\6", b"PK\7\x08")
_CONFIG, _METADATA, _WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
# An archive of Keras has three members, and one for each vocabulary. Python keeps all of their
# names in memory, so that the list of an archive is bounded, too.
_DIRECTORY_LIMIT = 32 * 2**20
# Keras stores the weights; somebody may have packed the archive again. That much is unpacked.
_UNPACKED_LIMIT = 512 * 2**20
_IN_MEMORY = 64 * 2**20
_CHUNK = 2**20
_ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, struct.error, OSError, ValueError)
_LOCAL_HEADER = struct.Struct("<4s22xHH")
_END_RECORD = struct.Struct("<4s8xI")


def open_zip(file: str, stream: BinaryIO) -> Container:
    """The model in a zip archive.

    Raises:
        ConfigError: the archive is damaged, encrypted, too large, or none of Keras's.
    """
    try:
        _bound_directory(file, stream)
        with zipfile.ZipFile(stream) as archive:
            return _read(file, stream, archive)
    except (*_ERRORS, RuntimeError) as error:
        # zipfile raises a RuntimeError for encryption, and for compressions that it does not know.
        refuse_file(
            file, "model-damaged", f"the zip archive cannot be unpacked: {printable(str(error))}"
        )


def _read(file: str, stream: BinaryIO, archive: zipfile.ZipFile) -> Container:
    members = _members(file, archive)
    if _CONFIG not in members:
        refuse_file(
            file,
            "model-file",
            f"this is a zip archive without {_CONFIG}, so it is no model of Keras",
            "a .keras file holds config.json, metadata.json and model.weights.h5",
        )
    architecture = _json(file, archive, members[_CONFIG])
    if not isinstance(architecture, dict):
        refuse_file(file, "model-damaged", f"{_CONFIG} in the file does not describe a model")
    metadata = {}
    if _METADATA in members:
        metadata = _json(file, archive, members[_METADATA])
    arrays = None
    if _WEIGHTS in members:
        with _seekable(file, stream, archive, members[_WEIGHTS]) as weights:
            arrays = arrays_of(file, weights)
    version = metadata.get("keras_version") if isinstance(metadata, dict) else None
    return Container(
        format="keras-zip",
        architecture=architecture,
        keras=text_or_none(version),
        arrays=arrays,
    )


def _bound_directory(file: str, stream: BinaryIO) -> None:
    """Refuses an archive with millions of members before Python reads their names."""
    size = stream.seek(0, io.SEEK_END)
    tail_at = max(0, size - 2**16 - 22)
    stream.seek(tail_at)
    tail = stream.read(size - tail_at)
    at = tail.rfind(b"PK\5\6")
    if at < 0 or at + _END_RECORD.size > len(tail):
        raise zipfile.BadZipFile("its end is missing")
    _, directory = _END_RECORD.unpack_from(tail, at)
    if directory == 0xFFFFFFFF:
        # The sizes are in the record of large archives, just before.
        large = tail.rfind(b"PK\6\6", 0, at)
        directory = struct.unpack_from("<Q", tail, large + 40)[0] if large >= 0 else size
    if directory > _DIRECTORY_LIMIT:
        refuse_file(file, "model-limit", "the zip archive has far more members than a Keras model")


def _members(file: str, archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The members that Keras writes; what else is in the archive is not looked at."""
    members: dict[str, zipfile.ZipInfo] = {}
    for member in archive.infolist():
        if member.filename not in (_CONFIG, _METADATA, _WEIGHTS):
            continue
        if member.filename in members:
            refuse_file(file, "model-damaged", f"the archive has two members {member.filename}")
        members[member.filename] = member
    return members


def _json(file: str, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Any:
    return bounded_json.loads_part(file, member.filename, _content(file, archive, member))


def _content(file: str, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """The bytes of a small member; one that says less than it holds is not read on."""
    limit = bounded_json.SIZE_LIMIT
    if member.file_size > limit:
        bounded_json.too_large(file)
    with archive.open(member) as packed:
        data = packed.read(limit + 1)
    if len(data) > limit:
        bounded_json.too_large(file)
    return data


def _seekable(
    file: str, stream: BinaryIO, archive: zipfile.ZipFile, member: zipfile.ZipInfo
) -> IO[bytes]:
    """A member that can be read from any place: a window where it is stored, else unpacked.

    zipfile reads a member from its start again for each step back.
    """
    if member.compress_type == zipfile.ZIP_STORED and not member.flag_bits & 1:
        stream.seek(member.header_offset)
        _, name, extra = _LOCAL_HEADER.unpack(stream.read(_LOCAL_HEADER.size))
        start = member.header_offset + _LOCAL_HEADER.size + name + extra
        return io.BufferedReader(_Window(stream, start, member.file_size))
    if member.file_size > _UNPACKED_LIMIT:
        refuse_file(
            file,
            "model-limit",
            f"{_WEIGHTS} is compressed, and unpacked has {member.file_size / 2**30:.1f} GiB",
            "zip the archive without compression, as Keras does: zip -0",
        )
    unpacked = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - the caller closes it
    with archive.open(member) as packed:
        while chunk := packed.read(_CHUNK):
            if unpacked.tell() > _UNPACKED_LIMIT:
                unpacked.close()
                refuse_file(file, "model-limit", f"{_WEIGHTS} unpacks to more than it says")
            unpacked.write(chunk)
    return unpacked


class _Window(io.RawIOBase):
    """A stretch of a file, read as a file of its own."""

    def __init__(self, stream: BinaryIO, start: int, size: int) -> None:
        self._stream, self._start, self._size = stream, start, size
        self._at = 0

    def readable(self) -> bool:
        """It can be read."""
        return True

    def seekable(self) -> bool:
        """It can be read from any place."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Moves to a place that is counted from the start of the stretch."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        """Reads as much as fits, and not past the end of the stretch."""
        wanted = max(0, min(len(buffer), self._size - self._at))
        self._stream.seek(self._start + self._at)
        data = self._stream.read(wanted)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)
