"""Models whose pictures are measured: what is shipped, and every option of a recurrent layer."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

from tests.conftest import ROOT

KINDS = ("unrolled", "cell", "graph")
SHIPPED = sorted(ROOT.glob("configs/**/*.yaml"))


def recurrent(cls: str, *, units: int = 3, **arguments: Any) -> dict[str, Any]:
    """An entry of a config."""
    return {cls: {"units": units, **arguments}}


def model(*layers: Any, shape: tuple[int | None, ...] = (5, 8), **more: Any) -> dict[str, Any]:
    """A config of some layers."""
    return {"name": "model", "input": list(shape), "layers": [*layers], **more}


def every_option() -> Iterator[tuple[str, dict[str, Any]]]:
    """A model of each cell with each pair of flags, backward, in both directions, and unknown."""
    for cls, every_step, states in product(
        ("SimpleRNN", "GRU", "LSTM"), (False, True), (False, True)
    ):
        flags = {"return_sequences": every_step, "return_state": states}
        name = f"{cls}-{every_step:d}{states:d}"
        layer = recurrent(cls, **flags)
        yield name, model(layer)
        yield f"{name}-backwards", model(recurrent(cls, go_backwards=True, **flags))
        yield f"{name}-long", model(recurrent(cls, units=1024, **flags), shape=(None, 512))
        for merge in ("concat", "sum", "mul", "ave", None):
            both = {"Bidirectional": {"layer": layer, "merge_mode": merge}}
            yield f"{name}-{merge}", model(both)
            yield f"{name}-{merge}-long", model(both, shape=(200, 8))


def others() -> Iterator[tuple[str, dict[str, Any]]]:
    """Cells above each other, stacks of both directions, one step, long names and odd shapes."""
    cells = [{"LSTMCell": 4}, {"GRUCell": 3}, {"SimpleRNNCell": 2}]
    rnn = {"RNN": {"cell": cells, "return_state": True, "return_sequences": True}}
    yield "cells", model(rnn)
    yield "cells-both", model({"Bidirectional": {"layer": rnn}})
    lstm = {"return_sequences": True}
    yield (
        "backwards-twice",
        model(
            recurrent("LSTM", go_backwards=True, **lstm),
            recurrent("GRU", go_backwards=True, **lstm),
        ),
    )
    both = {"Bidirectional": recurrent("LSTM", return_sequences=True)}
    yield "stack", model(both, both, {"Bidirectional": recurrent("GRU")}, {"Dense": 2})
    yield "one-step", model(both, {"LSTM": 2}, shape=(1, 8))
    yield "pooled", model(recurrent("GRU", **lstm), {"MaxPooling1D": 2}, {"LSTM": 3}, shape=(6, 8))
    name = "a_name_that_is_much_longer_than_any_cell_or_box_would_like_it_to_be"
    yield "long-name", model({**recurrent("LSTM", return_state=True), "name": name}, {"Dense": 2})
    yield "frames", model({"ConvLSTM2D": {"filters": 4, "kernel_size": 3}}, shape=(4, 16, 16, 3))
    inner = {"name": "inner", "input": [5, 8], "layers": [{"LSTM": 4}]}
    yield "inside", model({"TimeDistributed": {"model": inner}}, {"GRU": 2}, shape=(3, 5, 8))
    layers = [{"Dense": 8}, {"ops.add": None, "from": ["dense", "start"]}]
    yield "repeat", model({"Dense": 8}, {"repeat": 12, "layers": layers}, {"LSTM": 2})
    # Nothing in a text may become a part of the file.
    yield "attack", model({"LSTM": 3, "name": 'a"<&b'}, name="</text><script>alert(1)</script>")
