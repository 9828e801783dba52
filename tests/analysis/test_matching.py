"""Which layers of two models are the same, and which have moved."""

from __future__ import annotations

from random import Random

import pytest

from rnncli.analysis.matching import is_automatic, match, moved
from rnncli.report.layer import Layer


def layer(name, cls="Dense", **arguments):
    return Layer(name=name, cls=cls, arguments=arguments)


@pytest.mark.parametrize(
    ("name", "cls", "automatic"),
    [
        ("lstm", "LSTM", True),
        ("lstm_12", "LSTM", True),
        ("conv1d_1", "Conv1D", True),
        ("conv1d", "Conv1D", True),
        ("conv_lstm2d", "ConvLSTM2D", True),
        ("multi_head_attention_3", "MultiHeadAttention", True),
        ("encoder", "LSTM", False),
        ("lstm_a", "LSTM", False),
        ("lstm", "GRU", False),
        ("a>b", "a>B", False),
    ],
)
def test_names_that_keras_gives(name, cls, automatic):
    assert is_automatic(layer(name, cls)) == automatic


@pytest.mark.parametrize("name", ["LSTM", "Conv1D", "GRUCell", "ELU", "ConvLSTM2D", "AvgPool1D"])
def test_names_are_those_that_the_config_gives(name):
    from rnncli.model.naming import snake_case

    assert is_automatic(layer(snake_case(name), name))
    assert is_automatic(layer(f"{snake_case(name)}_7", name))


def longest_rising(places):
    """By trying every subset, from the largest on."""
    best = 0
    for chosen in range(2 ** len(places)):
        kept = [place for bit, place in enumerate(places) if chosen >> bit & 1]
        if kept == sorted(kept):
            best = max(best, len(kept))
    return best


@pytest.mark.parametrize("seed", range(30))
def test_as_few_as_possible_have_moved(seed):
    draw = Random(seed)
    places = draw.sample(range(9), draw.randrange(1, 9))
    pairs = {before: after for after, before in enumerate(places)}
    found = moved(pairs)
    assert len(found) == len(places) - longest_rising(places)
    kept = [before for after, before in enumerate(places) if after not in found]
    assert kept == sorted(kept)


def test_a_name_of_ones_own_counts_more_than_arguments():
    a = [layer("x", units=1), layer("y", units=2)]
    b = [layer("y", units=1), layer("x", units=2)]
    assert match(a, b) == {0: 1, 1: 0}


def test_automatic_names_count_where_there_are_as_many():
    a = [layer("dense", units=8), layer("dense_1", units=4)]
    b = [layer("dense", units=4), layer("dense_1", units=8)]
    assert match(a, b) == {0: 0, 1: 1}


@pytest.mark.parametrize("seed", range(20))
def test_each_layer_is_matched_at_most_once(seed):
    draw = Random(seed)

    def model():
        names = iter(draw.sample(["a", "b", "dense", "dense_1", "dense_2", "lstm", "lstm_1"], 5))
        return [
            layer(name, draw.choice(("Dense", "LSTM")), units=draw.randrange(3)) for name in names
        ]

    a, b = model(), model()
    pairs = match(a, b)
    assert len(set(pairs.values())) == len(pairs)
    assert all(place < len(a) and other < len(b) for place, other in pairs.items())
    assert match(a, a) == {place: place for place in range(len(a))}
