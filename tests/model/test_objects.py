"""An argument that the data does not know: an error, unless another Keras is installed."""

from __future__ import annotations

import pytest

from rnncli.config import parse
from rnncli.keras_api import signatures
from rnncli.model.binding import bind
from rnncli.problems import Source

TEXT = "input: [5, 8]\nlayers: [LSTM: {units: 3, brand_new: 7}]"


def bound():
    model = bind(parse(Source("a.yaml", TEXT)))
    (found,) = model.problems
    return model.nodes[0].layer, found


def test_it_is_an_error_where_the_data_is_of_this_keras(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("rnncli.model.objects.is_another_keras", lambda: False)
    layer, found = bound()
    assert (found.code, found.severity) == ("unknown-argument", "error")
    assert "brand_new" not in layer.arguments


def test_it_is_a_warning_elsewhere_and_is_handed_on(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("rnncli.model.objects.is_another_keras", lambda: True)
    layer, found = bound()
    assert (found.code, found.severity) == ("unknown-argument", "warning")
    assert layer.arguments["brand_new"] == 7


@pytest.mark.parametrize(("installed", "is_another"), [("0.0.0", True), (None, False)])
def test_the_installed_keras_is_looked_at(monkeypatch: pytest.MonkeyPatch, installed, is_another):
    monkeypatch.setattr(
        "importlib.metadata.version", lambda name: installed or signatures.signatures().keras
    )
    signatures.is_another_keras.cache_clear()
    assert signatures.is_another_keras() is is_another
    signatures.is_another_keras.cache_clear()
