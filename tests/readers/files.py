"""Model files, made without Keras: what a reader must know of them, and no more."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Mapping
from typing import Any

import h5py
import numpy as np
import pytest

from rnncli.problems import ConfigError, Problem
from rnncli.readers.containers.container import Container
from rnncli.readers.containers.opening import open_container

ARCHITECTURE = {
    "module": "keras",
    "class_name": "Sequential",
    "config": {
        "name": "stack",
        "layers": [
            {
                "module": "keras.layers",
                "class_name": "InputLayer",
                "config": {"batch_shape": [None, 5, 8], "dtype": "float32", "name": "input"},
                "registered_name": None,
            },
            {
                "module": "keras.layers",
                "class_name": "Dense",
                "config": {"name": "dense", "units": 3},
                "registered_name": None,
                "build_config": {"input_shape": [None, 5, 8]},
            },
        ],
    },
    "registered_name": None,
}
SHAPES = {"layers/dense/vars/0": (8, 3), "layers/dense/vars/1": (3,)}
METADATA = {"keras_version": "3.8.0", "date_saved": "2025-01-01@00:00:00"}


def weights_h5(arrays: Mapping[str, tuple[int, ...]] | None = None) -> bytes:
    """The bytes of a ``model.weights.h5``."""
    stream = io.BytesIO()
    shapes = arrays or {"layers/dense/vars/0": (8, 3), "layers/dense/vars/1": (3,)}
    with h5py.File(stream, "w") as file:
        for path, shape in shapes.items():
            file.create_dataset(path, data=np.zeros(shape, "f4"))
    return stream.getvalue()


def keras_zip(**members: Any) -> bytes:
    """A ``.keras`` file: with these members, by their names without a suffix, or as Keras has them.

    None leaves a member out.
    """
    contents = {
        "metadata.json": members.pop("metadata", json.dumps(METADATA)),
        "config.json": members.pop("config", json.dumps(ARCHITECTURE)),
        "model.weights.h5": members.pop("weights", weights_h5()),
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", **members) as archive:
        for name, content in contents.items():
            if content is not None:
                archive.writestr(name, content)
    return stream.getvalue()


def legacy_h5(
    architecture: Any = ARCHITECTURE,
    weights: Mapping[str, Mapping[str, tuple[int, ...]]] | None = None,
    as_bytes: bool = True,
) -> bytes:
    """An older model file: with the weights of each layer; texts as old or as new h5py has them."""

    def text(value: str) -> Any:
        return value.encode() if as_bytes else value

    def names(values: Any) -> Any:
        return [text(value) for value in values]

    stream = io.BytesIO()
    layers = weights or {"dense": {"dense/kernel:0": (8, 3), "dense/bias:0": (3,)}}
    with h5py.File(stream, "w") as file:
        group: Any = file
        if architecture is not None:
            file.attrs["model_config"] = text(json.dumps(architecture))
            file.attrs["keras_version"] = text("2.3.1")
            group = file.create_group("model_weights")
        group.attrs["backend"] = text("tensorflow")
        group.attrs["layer_names"] = names(layers)
        for layer, shapes in layers.items():
            inner = group.create_group(layer)
            inner.attrs["weight_names"] = names(shapes)
            for name, shape in shapes.items():
                inner.create_dataset(name, data=np.zeros(shape, "f4"))
        optimizer = file.create_group("optimizer_weights")
        optimizer.create_dataset("Adam/iterations:0", data=np.zeros((), "i8"))
    return stream.getvalue()


def opened(data: bytes) -> Container | None:
    return open_container("model", data)


def refused(data: bytes) -> Problem:
    """The problem of a file, found in little time."""
    start = time.process_time()
    with pytest.raises(ConfigError) as caught:
        opened(data)
    assert time.process_time() - start < 5
    (problem,) = caught.value.problems
    assert problem.file == "model"
    assert problem.message.isprintable()
    return problem


def shapes(container: Container) -> dict[str, tuple[int, ...]]:
    return {weight.path: weight.shape for weight in container.arrays or ()}
