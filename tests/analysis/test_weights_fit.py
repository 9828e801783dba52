"""Which weights of a checkpoint of A fit B, judged by Keras itself, which loads them or does not."""

from __future__ import annotations

from pathlib import Path

import pytest

import rnncli
from rnncli.report.diff import Diff

STACKED = """\
input: [5, 8]
layers:
  - LSTM: {units: 6, return_sequences: true}
  - Bidirectional: {GRU: {units: 4, return_sequences: true}}
  - BatchNormalization
  - {model: {input: [5, 8], layers: [{LSTM: 3, name: inner}, {Dense: 2}]}, name: body}
  - Dense: {units: 10, activation: softmax}
    name: top
"""
CHANGES = {
    "nothing": ("units: 6", "units: 6"),
    "units": ("units: 6", "units: 7"),
    "another class": ("GRU: {units: 4", "LSTM: {units: 4"),
    "inside": ("LSTM: 3, name: inner", "LSTM: 5, name: inner"),
    "an activation": ("softmax", "relu"),
    "a bias": ("units: 10,", "units: 10, use_bias: false,"),
    "another name": ("name: top", "name: head"),
    "a layer more": ("  - BatchNormalization", "  - LayerNormalization\n  - BatchNormalization"),
    "a layer less": ("  - BatchNormalization\n", ""),
}


@pytest.mark.parametrize("change", CHANGES)
def test_keras_takes_those_that_fit_and_no_others(keras, change, tmp_path):
    old, new = CHANGES[change]
    assert old in STACKED
    specs = [rnncli.load(STACKED), rnncli.load(STACKED.replace(old, new, 1))]
    found = rnncli.diff(*specs)
    a, b = (
        _model(keras, spec, tmp_path / f"{side}.keras")
        for side, spec in zip("ab", specs, strict=True)
    )
    names = _names(found)
    for path in (*found.weights.fit, *found.weights.misfit):
        weights = _layer(a, path).get_weights()
        assert weights
        if path in found.weights.fit:
            _layer(b, names[path]).set_weights(weights)
        elif path in names:
            with pytest.raises(ValueError, match="weight"):
                _layer(b, names[path]).set_weights(weights)
    told = {names[path] for path in found.weights.fit} | {*found.weights.new}
    told |= {names[path] for path in found.weights.misfit if path in names}
    assert told == {*_weighted(b)}


def _model(keras, spec, path: Path):
    (content,) = rnncli.convert(spec, "keras").files.values()
    path.write_bytes(content)
    return keras.models.load_model(path)


def _layer(model, path):
    outer, _, inner = path.partition("/")
    layer = model.get_layer(outer)
    return _layer(layer, inner) if inner else layer


def _weighted(model, path=""):
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from _weighted(layer, f"{path}{layer.name}/")
        elif layer.weights:
            yield path + layer.name


def _names(found: Diff) -> dict[str, str]:
    """The paths in B of layers that both models have, by their paths in A."""
    names = {}
    for layer in found.layers:
        if layer.before and layer.after:
            names[layer.before] = layer.after
            inner = [x for x in layer.layers if x.before and x.after]
            names |= {f"{layer.before}/{x.before}": f"{layer.after}/{x.after}" for x in inner}
            for name in ("inner", "dense"):
                names.setdefault(f"{layer.before}/{name}", f"{layer.after}/{name}")
    return names
