"""An HDF5 file → Container: a model, or weights alone."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO

from rnncli.readers.containers import bounded_json
from rnncli.readers.containers.container import Container, printable, refuse_file, text_or_none
from rnncli.readers.hdf5.blocks import OversizedFile
from rnncli.readers.hdf5.file import Object, open_file, walk
from rnncli.readers.hdf5.headers import SIGNATURE
from rnncli.report.model_file import StoredWeight

__all__ = ["SIGNATURE", "arrays_of", "open_hdf5"]

_DEPTH = 60
# The kernels of Keras 1, of layers and of gates.
_OF_KERAS_1 = re.compile(r"_W(_[a-z])?$")
# The top of Keras 3's weights; other groups there belong to a subclassed model.
_WEIGHTS_OF_KERAS_3 = {"layers", "_layer_checkpoint_dependencies", "vars"}
_NOT_OF_LAYERS = ("optimizer", "metrics", "optimizer_weights")


def open_hdf5(file: str, stream: IO[bytes]) -> Container:
    """The model or the weights in an HDF5 file.

    Raises:
        ConfigError: the file is damaged, too large, or none of Keras's.
    """
    with _errors(file):
        return _read(file, open_file(stream))


def arrays_of(file: str, stream: IO[bytes]) -> tuple[StoredWeight, ...]:
    """The arrays of a ``model.weights.h5``.

    Raises:
        ConfigError: the file is damaged or too large.
    """
    with _errors(file):
        return _arrays(open_file(stream))


@contextmanager
def _errors(file: str) -> Iterator[None]:
    try:
        yield
    except OversizedFile:
        refuse_file(file, "model-limit", "the headers of the HDF5 file are larger than any model's")
    except (ValueError, struct.error, IndexError, OSError) as error:
        reason = str(error) if isinstance(error, ValueError | OSError) else "a part is cut off"
        refuse_file(
            file,
            "model-damaged",
            f"the HDF5 file cannot be read: {printable(reason)}",
            "copy or download it again: a part of it may be missing",
        )


def _read(file: str, root: Object) -> Container:
    architecture = None
    config = _text(root, "model_config")
    if "model_config" in root.attributes:
        architecture = bounded_json.loads_part(file, "model_config", (config or "").encode())
        if not isinstance(architecture, dict):
            refuse_file(file, "model-damaged", "model_config in the file does not describe a model")
    # Weights that are saved alone are at the top.
    weights = root if architecture is None else root.at("model_weights")
    layer_weights = arrays = None
    if weights is not None and _has_names(weights, "layer_names"):
        layer_weights = dict(_layer_weights(file, weights))
    elif architecture is None:
        if not _WEIGHTS_OF_KERAS_3 & {name.partition("\\")[0] for name in root.links}:
            refuse_file(
                file,
                "model-file",
                "this is an HDF5 file without a Keras model or its weights",
                "model.save(…) writes a model, and model.save_weights(…) its weights",
            )
        arrays = _arrays(root)
    return Container(
        format="keras-h5",
        architecture=architecture,
        keras=text_or_none(_text(root, "keras_version")),
        backend=text_or_none(_text(root, "backend")) or _backend_of_names(layer_weights or {}),
        arrays=arrays,
        layer_weights=layer_weights,
    )


def _backend_of_names(weights: Mapping[str, tuple[StoredWeight, ...]]) -> str | None:
    """What Keras 1 computed on, which its files do not say: names of Theano's end in no number."""
    names = [weight.path for stored in weights.values() for weight in stored]
    is_theano = any(_OF_KERAS_1.search(name) for name in names) and not any(
        ":" in name for name in names
    )
    return "theano" if is_theano else None


def _arrays(root: Object) -> tuple[StoredWeight, ...]:
    stored = []
    for path, place in walk(root, _DEPTH):
        # Keras 2.15 on Windows wrote the separators of Windows.
        weight = _stored(path.replace("\\", "/"), place)
        if weight and not weight.path.startswith(tuple(f"{name}/" for name in _NOT_OF_LAYERS)):
            stored.append(weight)
    return tuple(stored)


def _layer_weights(file: str, weights: Object) -> Iterator[tuple[str, tuple[StoredWeight, ...]]]:
    """The arrays of each layer in the order in which Keras lists them."""
    for layer in _names(weights, "layer_names"):
        group = weights.at(layer)
        stored = []
        for name in [] if group is None else _names(group, "weight_names"):
            place = group.at(name) if group else None
            weight = _stored(f"{layer}/{name}", place) if place else None
            if weight is None:
                refuse_file(file, "model-damaged", f"the file has no weight {printable(name)}")
            stored.append(weight)
        yield layer, tuple(stored)


def _stored(path: str, place: Object) -> StoredWeight | None:
    """The header of an array; None for what is none, or is in another file."""
    array = place.array
    if array is None:
        return None
    # h5py has no bfloat16 of its own: Keras names the type beside the bytes.
    return StoredWeight(path=path, shape=array[0], dtype=_text(place, "dtype") or array[1])


def _has_names(group: Object, name: str) -> bool:
    return bool({name, f"{name}0"} & group.attributes.keys())


def _names(group: Object, name: str) -> list[str]:
    """A list of names, which Keras splits where it is too long for one attribute."""
    attributes = group.attributes
    parts = [name] if name in attributes else []
    while f"{name}{len(parts)}" in attributes and parts != [name]:
        parts.append(f"{name}{len(parts)}")
    texts: list[str] = []
    for part in parts:
        more = attributes[part].texts()
        if more is None:
            raise ValueError(f"its {name} are no names")
        texts += more
    return texts


def _text(place: Object, name: str) -> str | None:
    """An attribute that is one text; None where it is missing, or something else."""
    attribute = place.attributes.get(name)
    texts = attribute.texts() if attribute and attribute.shape in ((), (1,)) else None
    return texts[0] if texts else None
