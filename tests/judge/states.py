"""The outputs and states of a recurrent layer as numbers, those that it keeps to itself as well."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

from tests.judge.as_keras import Builder, Call
from tests.judge.case import outputs_of, states_of

Arrays = dict[str, Any]


def states(builder: Builder, call: Call, values: Any) -> tuple[Arrays, Arrays]:
    """By name; empty where Keras cannot return the states of this layer."""
    assert call.make is not None
    outputs, names = outputs_of(call.make), states_of(call.make)
    with _returning(call.layer):
        try:
            given = keras.tree.flatten(builder.apply(call.node, call.layer, values))
        except Exception:  # noqa: BLE001 a stateful layer whose states do not come back, …
            return {}, {}
    if len(given) != len(outputs) + len(names):
        return {}, {}
    arrays = [np.asarray(keras.ops.convert_to_numpy(keras.ops.cast(one, "float64")))
              for one in given]  # fmt: skip
    return (
        dict(zip(outputs, arrays[: len(outputs)], strict=True)),
        dict(zip(names, arrays[len(outputs) :], strict=True)),
    )


@contextmanager
def _returning(layer: Any) -> Iterator[None]:
    """For a while the layer hands on its states."""
    around = type(layer).__name__ == "Bidirectional"
    parts = [layer, layer.forward_layer, layer.backward_layer] if around else [layer]
    before = [part.return_state for part in parts]
    for part in parts:
        part.return_state = True
    try:
        yield
    finally:
        for part, flag in zip(parts, before, strict=True):
            part.return_state = flag
