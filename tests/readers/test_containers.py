"""Files are opened by their content: what Keras wrote is listed, and what is none is left alone."""

from __future__ import annotations

import io
import json
import math
import os
import warnings
import zipfile
from typing import Any

import h5py
import numpy as np
import pytest

from rnncli import library
from rnncli.readers.containers.keras_zip import open_zip
from rnncli.readers.containers.opening import open_container
from tests.conftest import ROOT, posix
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

# What Keras writes.


@pytest.fixture(scope="module")
def live(keras, tmp_path_factory) -> Any:
    """A live Keras model, compiled and so with an optimizer, and the folder of its files."""
    layers = keras.layers
    model = keras.Sequential(
        [keras.Input((5, 8)), layers.LSTM(3, dropout=0.1), layers.Dense(2, name="z")]
    )
    model.compile("adam", "mse", metrics=["mae"])
    model.fit(np.zeros((4, 5, 8)), np.zeros((4, 2)), verbose=0)
    folder = tmp_path_factory.mktemp("live")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for suffix in (".keras", ".h5", ".weights.h5"):
            (model.save_weights if "weights" in suffix else model.save)(folder / f"m{suffix}")
    (folder / "m.json").write_text(model.to_json())
    return model, folder


def test_a_zip_of_keras_3(live, keras):
    model, folder = live
    container = open_container(str(folder / "m.keras"))
    assert (container.format, container.keras) == ("keras-zip", keras.__version__)
    assert container.architecture["config"]["name"] == model.name
    assert sorted(weight.shape for weight in container.arrays) == sorted(
        tuple(weight.shape) for weight in model.weights
    )
    assert {weight.dtype for weight in container.arrays} == {"float32"}


def test_hdf5_of_keras_3(live, keras):
    model, folder = live
    container = open_container(str(folder / "m.h5"))
    assert (container.format, container.keras) == ("keras-h5", keras.__version__)
    assert container.backend == "tensorflow"
    assert container.architecture["config"]["name"] == model.name
    assert {
        name: [weight.shape for weight in weights]
        for name, weights in container.layer_weights.items()
    } == {layer.name: [tuple(weight.shape) for weight in layer.weights] for layer in model.layers}


def test_weights_alone(live):
    _, folder = live
    container = open_container(str(folder / "m.weights.h5"))
    assert container.architecture is None
    assert shapes(container) == {
        "layers/dense/vars/0": (3, 2),
        "layers/dense/vars/1": (2,),
        "layers/lstm/cell/vars/0": (8, 12),
        "layers/lstm/cell/vars/1": (3, 12),
        "layers/lstm/cell/vars/2": (12,),
    }


def test_json(live):
    model, folder = live
    container = open_container(str(folder / "m.json"))
    assert (container.format, container.arrays) == ("keras-json", None)
    assert container.architecture["config"]["name"] == model.name
    # json.dump(model.to_json(), file) makes a string of it.
    twice = json.dumps(model.to_json()).encode()
    assert opened(twice).architecture == container.architecture


@pytest.mark.keras
@pytest.mark.parametrize("suffix", [".h5", ".keras"])
def test_files_of_keras_2(tmp_path, suffix):
    keras2 = pytest.importorskip("tf_keras")
    layers = keras2.layers
    model = keras2.Sequential([layers.Input((5, 8)), layers.LSTM(3, name="l"), layers.Dense(2)])
    path = tmp_path / f"m{suffix}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.save(path)
    container = open_container(str(path))
    assert container.keras == keras2.__version__
    assert container.architecture["class_name"] == "Sequential"
    if suffix == ".h5":
        assert [weight.shape for weight in container.layer_weights["l"]] == [
            (8, 12), (3, 12), (12,)
        ]  # fmt: skip
    else:
        assert shapes(container)["layers/lstm/cell/vars/1"] == (3, 12)


# Which is it.


@pytest.mark.parametrize("name", ["model.keras", "model.h5", "model.json", "model.yaml", "model"])
def test_the_suffix_says_nothing(tmp_path, name):
    path = tmp_path / name
    for data, kind in (
        (keras_zip(), "keras-zip"),
        (legacy_h5(), "keras-h5"),
        (json.dumps(ARCHITECTURE).encode(), "keras-json"),
        (b"\xef\xbb\xbf \r\n" + json.dumps(ARCHITECTURE).encode(), "keras-json"),
    ):
        path.write_bytes(data)
        assert open_container(str(path)).format == kind
        assert opened(data).format == kind


@pytest.mark.parametrize(
    "text",
    [
        '{"input": [5, 8], "layers": [{"LSTM": 3}]}',
        "{input: [5, 8], layers: [LSTM: 3]}",
        "input: [5, 8]\nlayers:\n  - LSTM: 3\n",
        "[1, 2]",
        '"a text"',
        "{",
        "",
        "PK: 3",
        '{"name": "Sequential", "input": [8], "layers": [{"name": "a"}]}',
    ],
)
def test_a_config_is_left_alone(text):
    assert opened(text.encode()) is None


def test_configs_of_this_project_are_left_alone():
    for path in (ROOT / "configs").rglob("*.yaml"):
        assert open_container(str(path)) is None


@pytest.mark.parametrize(
    "document",
    [
        {"class_name": "Sequential", "config": []},
        {"class_name": "Model", "keras_version": "2.0.4", "config": {"layers": []}},
        {"keras_version": "1.1.0", "config": []},
        {"name": "Sequential", "layers": [{"name": "Dense", "output_dim": 3}], "loss": "mse"},
    ],
)
def test_a_model_of_any_keras_is_one(document):
    container = opened(json.dumps(document).encode())
    assert container.architecture == document
    assert container.keras == document.get("keras_version")


def test_a_report_is_called_one(rnncli):
    report = rnncli("plan", "--json", "configs/many_to_one.yaml").out.encode()
    assert refused(report).code == "report-file"


def test_what_cannot_be_opened_is_left_to_who_reads_it(tmp_path):
    assert open_container(str(tmp_path / "missing")) is None
    assert open_container(str(tmp_path)) is None
    assert open_container("a\0b") is None


@posix
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert open_container(str(tmp_path / "pipe")) is None


# What is in them.


@pytest.mark.parametrize("as_bytes", [True, False])
def test_texts_of_old_and_of_new_h5py(as_bytes):
    container = opened(legacy_h5(as_bytes=as_bytes))
    assert (container.keras, container.architecture) == ("2.3.1", ARCHITECTURE)
    assert [(weight.path, weight.shape) for weight in container.layer_weights["dense"]] == [
        ("dense/dense/kernel:0", (8, 3)),
        ("dense/dense/bias:0", (3,)),
    ]


def test_older_weights_alone():
    container = opened(legacy_h5(architecture=None))
    assert (container.architecture, container.backend) == (None, "tensorflow")
    assert [*container.layer_weights] == ["dense"]


def test_names_that_are_split():
    stream = io.BytesIO(legacy_h5())
    with h5py.File(stream, "r+") as file:
        group = file["model_weights"]
        del group.attrs["layer_names"]
        group.attrs["layer_names0"] = [b"dense"]
        group.attrs["layer_names1"] = [b"other"]
        group.create_group("other").attrs["weight_names"] = []
    assert [*opened(stream.getvalue()).layer_weights] == ["dense", "other"]


def test_separators_of_windows():
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        file.create_group("layers\\dense\\vars").create_dataset("0", (3,), "f4")
    assert shapes(opened(stream.getvalue())) == {"layers/dense/vars/0": (3,)}
    assert shapes(opened(keras_zip(weights=stream.getvalue()))) == {"layers/dense/vars/0": (3,)}


def test_the_optimizer_is_left_out():
    arrays = {**SHAPES, "optimizer/vars/0": (9,), "metrics/mean/vars/0": (9,)}
    assert shapes(opened(weights_h5(arrays))) == SHAPES


def test_an_archive_that_was_packed_again():
    packed = keras_zip(compression=zipfile.ZIP_DEFLATED)
    assert shapes(opened(packed)) == shapes(opened(keras_zip())) == SHAPES


def test_an_archive_behind_other_bytes():
    # Such as a program that unpacks itself: not by its first bytes, so it is none.
    assert opened(b"#!/bin/sh\n" + keras_zip()) is None


def test_an_architecture_without_weights():
    container = opened(keras_zip(weights=None, metadata=None))
    assert (container.arrays, container.keras) == (None, None)


def test_a_large_file_is_as_fast_as_a_small_one(tmp_path):
    path = tmp_path / "large.keras"
    weights = io.BytesIO()
    with h5py.File(weights, "w") as file:
        file.create_dataset("layers/dense/vars/0", data=np.zeros((3000, 3000), "f4"))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", json.dumps(ARCHITECTURE))
        archive.writestr("model.weights.h5", weights.getvalue())
    sizes: list[int] = []

    class Counting(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            data = super().read(size)
            sizes.append(len(data))
            return data

    container = open_zip("model", Counting(path.read_bytes()))
    assert shapes(container) == {"layers/dense/vars/0": (3000, 3000)}
    assert sum(sizes) < 500_000


def test_layers_of_cudnn_have_the_parameters_that_the_file_stores(tmp_path):
    layers = [
        {
            "class_name": "CuDNNLSTM",
            "config": {"name": "a", "units": 3, "return_sequences": True,
                       "batch_input_shape": [None, 5, 8]},
        },
        {"class_name": "CuDNNGRU", "config": {"name": "b", "units": 4}},
    ]  # fmt: skip
    shapes = {"a": [(8, 12), (3, 12), (24,)], "b": [(3, 12), (4, 12), (24,)]}
    weights = {
        layer: {
            f"{layer}/{name}:0": shape
            for name, shape in zip(("kernel", "recurrent_kernel", "bias"), stored, strict=True)
        }
        for layer, stored in shapes.items()
    }
    path = tmp_path / "model.h5"
    path.write_bytes(legacy_h5({"class_name": "Sequential", "config": {"layers": layers}}, weights))
    report = library.plan(library.load(path))
    assert report.agreement.differences == ()
    assert report.agreement.compared.weights == 6
    assert report.totals.params == sum(
        math.prod(shape) for stored in shapes.values() for shape in stored
    )
