"""Files that are none of Keras's, damaged, or made to hurt: a problem each, in little time."""

from __future__ import annotations

import io
import json
import struct
import warnings
import zipfile

import h5py
import numpy as np
import pytest

from rnncli.readers.containers import bounded_json
from tests.readers.files import (
    ARCHITECTURE,
    SHAPES,
    keras_zip,
    legacy_h5,
    opened,
    refused,
    shapes,
    weights_h5,
)


def test_other_archives_and_other_hdf5():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("report.docx", "text")
    problem = refused(stream.getvalue())
    assert problem.code == "model-file"
    assert "zip archive without config.json" in problem.message
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        file["measurements"] = np.zeros(3)
    problem = refused(stream.getvalue())
    assert problem.code == "model-file"
    assert "HDF5 file without a Keras model" in problem.message


@pytest.mark.parametrize("data", [keras_zip(), legacy_h5(), weights_h5()])
@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.999])
def test_a_file_that_is_cut_off(data, part):
    assert refused(data[: int(len(data) * part)]).code == "model-damaged"


def test_json_that_is_cut_off():
    text = json.dumps(ARCHITECTURE).encode()
    assert refused(text[: len(text) // 2]).code == "model-damaged"


@pytest.mark.parametrize("config", ["", "[]", "3", '"text"', "{", "nothing", b"\xff\xfe"])
def test_a_config_that_is_none(config):
    assert refused(keras_zip(config=config)).code == "model-damaged"


def test_the_list_of_weights_in_several_files():
    listed = {"metadata": {}, "weight_map": {"/layers/dense/vars": ["model_00000.weights.h5"]}}
    assert refused(json.dumps(listed).encode()).code == "weights-only"


def test_json_that_breaks_off():
    message = refused(keras_zip(config=b'{"class_name": "Seq')).message
    assert message.startswith("config.json in the file is not valid JSON")


@pytest.mark.parametrize("config", ["[]", "", "{", 3, [b"a", b"b"], np.zeros(4)])
def test_a_model_config_that_is_none(config):
    stream = io.BytesIO(legacy_h5())
    with h5py.File(stream, "r+") as file:
        file.attrs["model_config"] = config
    assert refused(stream.getvalue()).code == "model-damaged"


def test_names_that_lead_nowhere():
    stream = io.BytesIO(legacy_h5())
    with h5py.File(stream, "r+") as file:
        file["model_weights/dense"].attrs["weight_names"] = [b"dense/\x1b[31m/kernel:0"]
    assert refused(stream.getvalue()).code == "model-damaged"


def test_an_encrypted_archive():
    data = bytearray(keras_zip())
    # The flag of encryption, in the header of each member and in the list of all.
    for signature, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        place = -1
        while (place := data.find(signature, place + 1)) >= 0:
            data[place + at] |= 1
    problem = refused(bytes(data))
    assert problem.code == "model-damaged"
    assert "encrypted" in problem.message


def test_two_members_of_one_name():
    stream = io.BytesIO(keras_zip())
    with warnings.catch_warnings(), zipfile.ZipFile(stream, "a") as archive:
        warnings.simplefilter("ignore")
        archive.writestr("config.json", "{}")
    problem = refused(stream.getvalue())
    assert (problem.code, "two members" in problem.message) == ("model-damaged", True)


def test_paths_in_an_archive_are_not_followed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    stream = io.BytesIO(keras_zip())
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr("../../config.json", "{}")
        archive.writestr("/etc/passwd", "x")
    assert opened(stream.getvalue()).architecture == ARCHITECTURE
    assert [*tmp_path.iterdir()] == []


def test_a_bomb_that_says_so():
    bomb = keras_zip(config=b" " * (bounded_json.SIZE_LIMIT + 1), compression=zipfile.ZIP_DEFLATED)
    assert len(bomb) < 200_000
    assert refused(bomb).code == "model-limit"


def test_a_bomb_that_says_it_is_small():
    bomb = bytearray(
        keras_zip(config=b" " * (bounded_json.SIZE_LIMIT + 1), compression=zipfile.ZIP_DEFLATED)
    )
    place = bomb.rfind(b"PK\1\2", 0, bomb.find(b"config.json", bomb.find(b"PK\1\2")))
    bomb[place + 24 : place + 28] = struct.pack("<I", 100)
    assert refused(bytes(bomb)).code == "model-damaged"


def test_weights_that_unpack_to_too_much(monkeypatch):
    monkeypatch.setattr("rnncli.readers.containers.keras_zip._UNPACKED_LIMIT", 500)
    problem = refused(keras_zip(compression=zipfile.ZIP_DEFLATED))
    assert (problem.code, "zip -0" in problem.fix) == ("model-limit", True)
    assert shapes(opened(keras_zip())) == SHAPES


def test_an_archive_of_many_members():
    stream = io.BytesIO(keras_zip())
    with zipfile.ZipFile(stream, "a") as archive:
        for number in range(700):
            archive.writestr(f"{number}" + "x" * 60_000, "")
    assert refused(stream.getvalue()).code == "model-limit"


@pytest.mark.parametrize("depth", [300, 100_000])
def test_json_that_is_nested_too_deeply(depth):
    text = '{"class_name": "Sequential", "config": ' + "[" * depth + "]" * depth + "}"
    assert refused(text.encode()).code == "model-limit"
    assert refused(keras_zip(config=text)).code == "model-limit"
    assert refused(_with_config(text)).code == "model-limit"


def _with_config(text: str) -> bytes:
    stream = io.BytesIO(legacy_h5())
    with h5py.File(stream, "r+") as file:
        file.attrs["model_config"] = text
    return stream.getvalue()


def test_json_of_a_million_layers():
    layers = '{"class_name": "Dense", "config": {}},' * 1_000_000
    text = '{"class_name": "Sequential", "config": [' + layers.rstrip(",") + "]}"
    assert refused(text.encode()).code == "model-limit"


def test_numbers_that_json_has_none_of():
    text = json.dumps(ARCHITECTURE).replace('"units": 3', '"units": NaN, "rate": -Infinity')
    assert opened(text.encode()).architecture["class_name"] == "Sequential"
    huge = json.dumps(ARCHITECTURE).replace('"units": 3', '"units": ' + "9" * 5000)
    assert refused(keras_zip(config=huge)).code == "model-damaged"


def test_half_a_character():
    text = json.dumps(ARCHITECTURE).replace("stack", "st\\ud800ack")
    assert refused(text.encode()).code == "model-damaged"


def test_a_version_that_is_none():
    assert opened(keras_zip(metadata="[]")).keras is None
    assert opened(keras_zip(metadata='{"keras_version": {"a": 3}}')).keras is None
    assert opened(keras_zip(metadata='{"keras_version": "\\u001b[31m"}')).keras is None
