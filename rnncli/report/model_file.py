"""What a model file records of itself, beside the model: what wrote it, weights and shapes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from rnncli.report.layer import Shape

FileFormat = Literal["keras-zip", "keras-h5", "keras-json"]


class StoredWeight(msgspec.Struct, frozen=True):
    """An array of a file's weights: where it is in the file, its shape and its dtype."""

    path: str
    shape: tuple[int, ...]
    dtype: str


class ModelFile(msgspec.Struct, frozen=True, kw_only=True):
    """What a file of Keras says of itself; the plan is held against it.

    ``keras`` is the version that wrote it, where the file says so. ``weights`` has the stored
    arrays of each layer in the order of Keras's ``layer.weights``, by the layer's name, or its path
    in a model inside: ``sentence/lstm``; it is None where the file holds no weights.
    ``unclaimed`` are stored arrays that belong to no layer of the architecture.
    ``shapes`` has the recorded shapes of a layer's outputs, with the batch axis, by the name of
    the entry of the model: ``{"lstm": {"output": (None, 3), "h": (None, 3)}}``.
    ``written_as`` has the class in the file of layers that have another one now, such as
    ``{"lstm": "CuDNNLSTM"}``.
    ``content`` are the bytes of a file that cannot be opened again, such as standard input.
    """

    path: str
    format: FileFormat
    keras: str | None = None
    backend: str | None = None
    weights: Mapping[str, tuple[StoredWeight, ...]] | None = None
    unclaimed: tuple[StoredWeight, ...] = ()
    shapes: Mapping[str, Mapping[str, Shape]] = {}
    written_as: Mapping[str, str] = {}
    content: bytes | None = None

    @property
    def predates_keras_3(self) -> bool:
        """Whether Keras 1 or 2 wrote it. Keras 1 wrote no version; Keras 3 writes none in JSON."""
        if self.keras is None:
            return self.format == "keras-h5"
        return self.keras.partition(".")[0] in ("0", "1", "2")

    @property
    def has_arrays(self) -> bool:
        """Whether the weights can be read from it: JSON has none."""
        return bool(self.weights) and self.format != "keras-json"
