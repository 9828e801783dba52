"""Model files made to hurt: the JSON, the archives and the HDF5 of good ones, changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from tests.readers.files import ARCHITECTURE, keras_zip, legacy_h5, weights_h5

_ARCHITECTURES = Path(__file__).with_name("architectures")
VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 3, 2**31, 2**63, 10**400, 1.5, -0.0, float("inf"), float("nan"),
    "", "x", "lstm", "LSTM", "\x1b[31m", "\u202e", "a/b", "a.b", "a b", "[bold]", "数", "x" * 10_000,
    "Functional", "Sequential", "Lambda", "InputLayer", "keras", "pkg>Pool", "__keras_tensor__",
    "float32", "mixed_float16", "string", "int8_from_float32", "channels_first", "hard_sigmoid",
    [], {}, [[]], [None], [{}], [0, 0, 0], [None, 5, 8], [None] * 40, [5] * 3, ["a", 0, 0],
    {"class_name": "Dense", "config": {"units": 3}}, {"class_name": "__tensor__", "config": {}},
    {"class_name": "__tensor__", "config": {"value": [[1.0, 2.0], [3.0]], "dtype": "float32"}},
    {"class_name": "__slice__", "config": {}}, {"class_name": "__lambda__", "config": {"value": "x"}},
    {"class_name": "DTypePolicy", "config": {"name": "float16"}}, {"class_name": 3, "config": []},
    {"class_name": "__keras_tensor__", "config": {"shape": [None, 3], "keras_history": ["lstm", 0, 9]}},
)  # fmt: skip


def make_model(draw: Random) -> bytes:
    """One model file."""
    way = draw.random()
    if way < 0.6:
        data = json.dumps(_changed(draw, draw.choice(_seeds()))).encode("utf-8", "surrogatepass")
        return _scratched(draw, data) if draw.random() < 0.1 else data
    if way < 0.75:
        config = json.dumps(_changed(draw, draw.choice(_seeds())))
        if draw.random() < 0.5:
            return legacy_h5(json.loads(config), _weights(draw))
        return keras_zip(config=config, weights=weights_h5(_arrays(draw)))
    return _scratched(draw, draw.choice(_files()))


@cache
def _seeds() -> tuple[Any, ...]:
    texts = [path.read_text() for path in sorted(_ARCHITECTURES.glob("*.json"))]
    return (ARCHITECTURE, *map(json.loads, texts))


@cache
def _files() -> tuple[bytes, ...]:
    return keras_zip(), legacy_h5(), legacy_h5(None), weights_h5(), keras_zip(compression=8)


def _changed(draw: Random, architecture: Any) -> Any:
    """The description of a model with some of its values changed, moved, copied or left out."""
    architecture = deepcopy(architecture)
    for _ in range(draw.choice((0, 1, 1, 1, 2, 3, 8))):
        places = [*_places(architecture)]
        if not places:
            return architecture
        holder, key = draw.choice(places)
        way = draw.random()
        if way < 0.5:
            holder[key] = deepcopy(draw.choice(VALUES))
        elif way < 0.7:
            del holder[key]
        elif way < 0.85:
            other, place = draw.choice(places)
            try:
                holder[key] = deepcopy(other[place])
            except (KeyError, IndexError):
                continue
        elif isinstance(holder, list):
            holder.insert(draw.randrange(len(holder) + 1), deepcopy(holder[key]))
        elif isinstance(key, str):
            holder[draw.choice(("name", "units", "module", "dtype", "layer", key + "_"))] = holder[
                key
            ]
    return architecture


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """All holders of a value in plain data, with the key or the place there."""
    pending = [value]
    while pending:
        holder = pending.pop()
        keys = [*holder] if isinstance(holder, dict) else range(len(holder))
        for key in keys:
            yield holder, key
            if isinstance(holder[key], dict | list):
                pending.append(holder[key])


def _arrays(draw: Random) -> dict[str, tuple[int, ...]]:
    groups = ("layers/dense", "layers/lstm/cell", "layers/functional/layers/dense", "optimizer",
              "layers/bidirectional/forward_layer/cell", "layers", "_layer_checkpoint_dependencies/gru",
              "layers/spectral_normalization/layer", "other/\x1b")  # fmt: skip
    return {
        f"{draw.choice(groups)}/vars/{draw.choice(('0', '1', '2', '10', 'x'))}": _shape(draw)
        for _ in range(draw.randrange(1, 9))
    }


def _weights(draw: Random) -> dict[str, dict[str, tuple[int, ...]]]:
    layers = ("dense", "lstm", "embedding", "nested", "words", "é", "decoder")
    names = ("kernel:0", "bias:0", "lstm_cell/kernel:0", "W", "dense/kernel")
    return {
        layer: {f"{layer}/{name}": _shape(draw) for name in draw.sample(names[:4], 2)}
        for layer in draw.sample(layers, draw.randrange(1, 5))
    }


def _shape(draw: Random) -> tuple[int, ...]:
    return tuple(draw.choice((0, 1, 3, 8)) for _ in range(draw.randrange(4)))


def _scratched(draw: Random, data: bytes) -> bytes:
    """The bytes of a file with some of them changed, moved or left out."""
    scratched = bytearray(data)
    for _ in range(draw.choice((1, 1, 2, 5, 20))):
        place = draw.randrange(len(scratched) + 1)
        way = draw.random()
        if way < 0.4:
            scratched[place : place + 1] = bytes([draw.choice((0, 1, 127, 128, 255))])
        elif way < 0.7:
            size = draw.choice((2, 4, 8))
            scratched[place : place + size] = draw.choice(
                (b"\xff" * size, bytes(size), draw.randbytes(size))
            )
        elif way < 0.8:
            other = draw.randrange(len(scratched) + 1)
            scratched[place : place + 16] = scratched[other : other + 16]
        elif way < 0.9:
            del scratched[place : place + draw.randrange(1, 9)]
        else:
            del scratched[place:]
    return bytes(scratched)
