from __future__ import annotations

import pytest

from rnncli.keras_api.signatures import signatures
from rnncli.model.naming import Namer, snake_case


def test_names_are_made_as_keras_makes_them(keras):
    from keras.src.utils.naming import to_snake_case

    for name, signature in signatures().layers.items():
        assert snake_case(signature.cls) == to_snake_case(signature.cls), name


def test_names_are_counted_as_in_a_fresh_keras(keras, planned):
    keras.utils.clear_session()
    by_hand = [
        keras.layers.LSTM(3, return_sequences=True),
        keras.layers.Bidirectional(keras.layers.LSTM(3, return_sequences=True)),
        keras.layers.RNN([keras.layers.LSTMCell(2), keras.layers.LSTMCell(2)]),
        keras.layers.LSTM(3),
        keras.layers.MaxPool1D(2),
    ]
    report = planned(
        "input: [5, 8]\nlayers:\n"
        "  - LSTM: {units: 3, return_sequences: true}\n"
        "  - Bidirectional: {LSTM: {units: 3, return_sequences: true}}\n"
        "  - RNN: [{LSTMCell: 2}, {LSTMCell: 2}]\n"
        "  - LSTM: 3\n  - MaxPool1D: 2\n"
    )
    assert [each.name for each in report.layers] == [each.name for each in by_hand]
    wrapper = by_hand[1]
    assert [each.name for each in report.layers[1].layers] == [
        wrapper.forward_layer.name,
        wrapper.backward_layer.name,
    ]


@pytest.mark.parametrize("taken", [{"lstm"}, {"lstm", "lstm_1"}])
def test_a_name_that_the_config_gives_is_not_given_again(taken):
    assert Namer(taken).name("LSTM") not in taken
