"""What a file is that is taken for a config or a model and is neither."""

from __future__ import annotations

import os
from pathlib import Path, PurePath

from rnncli.problems import Problem

MODEL_SIGNATURES = (b"PK", b"\x89HDF\r\n\x1a\n")
# The suffixes under which Keras writes models.
_OF_KERAS = (".keras", ".h5", ".hdf5")
_IN_KERAS_FILES = b"model.weights.h5"
_ARCHIVE = "a zip archive"
_WHERE_READ = "name it where a model is read: rnncli plan, or include in a config"
_NOT_READ = "rnncli reads configs, and what Keras writes: .keras, .h5 and the JSON of to_json"
_SAVED_MODEL = (
    "a SavedModel of TensorFlow, which holds operations and no layers",
    "load it with the Keras that wrote it, and save it as .keras or .h5",
)
_WEB_PAGE = ("a web page", "download the file itself, such as with its raw link")
_PICKLE = ("a pickle, which would run code if it was opened", _NOT_READ)
# The first bytes of files, what these files are, and what to do.
_STARTS = {
    b"PK\x03\x04": (_ARCHIVE, _WHERE_READ),
    b"\x89HDF\r\n\x1a\n": (
        "an HDF5 file, such as a Keras model or its weights (.h5)",
        _WHERE_READ,
    ),
    b"version https://git-lfs": (
        "a pointer of Git LFS, and the file itself was not downloaded",
        "git lfs pull",
    ),
    b"<!doctype html": _WEB_PAGE,
    b"<html": _WEB_PAGE,
}
_SUFFIXES = {
    ".tflite": ("a model of LiteRT", _NOT_READ),
    ".onnx": ("an ONNX file", _NOT_READ),
    ".pt": ("a file of PyTorch", _NOT_READ),
    ".pth": ("a file of PyTorch", _NOT_READ),
    ".safetensors": ("a file of weights without a model", _NOT_READ),
    ".npy": ("an array of NumPy", "--data reads it"),
    ".npz": ("a file of arrays of NumPy", "--data reads it"),
    ".pkl": _PICKLE,
    ".pickle": _PICKLE,
    ".joblib": _PICKLE,
    ".pb": _SAVED_MODEL,
}


def other_file(name: str, data: bytes) -> Problem | None:
    """The problem of a file that is known to be no config, such as one that Keras wrote."""
    suffix = PurePath(name).suffix.lower()
    if not data and suffix in _OF_KERAS:
        fix = "copy or download it again, or save it anew"
        return _problem(name, "model-damaged", "the file is empty", fix)
    head = data[:64].lstrip().lower()
    known = next((row for start, row in _STARTS.items() if head.startswith(start.lower())), None)
    if known is None and b"\0" in data[:1024]:
        known = _SUFFIXES.get(suffix)
    if known is None:
        return None
    kind, fix = known
    if kind == _ARCHIVE and (_IN_KERAS_FILES in data or suffix == ".keras"):
        kind = "a Keras model file (.keras, a zip archive)"
    end = ", and a config is text" if data.startswith(MODEL_SIGNATURES) else ""
    return _problem(name, "model-file", f"this is {kind}{end}", fix)


def directory(name: str, path: str) -> Problem:
    """The problem of a directory."""
    if os.path.isfile(Path(path) / "saved_model.pb"):
        kind, fix = _SAVED_MODEL
        return _problem(name, "model-file", f"this is {kind}", fix)
    fix = f"name the files in it, such as {PurePath(name) / '*.yaml'}"
    return _problem(name, "file-unreadable", "this is a directory, not a config", fix)


def _problem(name: str, code: str, message: str, fix: str) -> Problem:
    return Problem(code=code, severity="error", message=message, fix=fix, file=name)
