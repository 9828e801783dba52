"""The recurrent layer of ``rnncli shapes``: its config, and its expression in Keras."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import msgspec

from rnncli.config import ModelSpec, parse
from rnncli.problems import Source

CLASSES = {"lstm": "LSTM", "gru": "GRU", "simple_rnn": "SimpleRNN"}


class Recurrence(msgspec.Struct, frozen=True):
    """``merge`` is None for a plain layer, and ``none`` for a Bidirectional's merge_mode null."""

    cell: str
    units: int
    return_sequences: bool
    return_state: bool
    merge: str | None

    def keras(self) -> str:
        """The Python expression that makes the layer in Keras."""
        flags = "".join(
            f", {name}=True" for name in ("return_sequences", "return_state") if getattr(self, name)
        )
        layer = f"keras.layers.{CLASSES[self.cell]}({self.units}{flags})"
        if self.merge is None:
            return layer
        mode = {"concat": "", "none": ", merge_mode=None"}.get(
            self.merge, f', merge_mode="{self.merge}"'
        )
        return f"keras.layers.Bidirectional({layer}{mode})"

    def spec(self, shape: Sequence[int]) -> ModelSpec:
        """The model of this one layer over an input of (time, features)."""
        arguments = {
            "units": self.units,
            "return_sequences": self.return_sequences,
            "return_state": self.return_state,
        }
        layer: dict[str, Any] = {CLASSES[self.cell]: arguments}
        if self.merge is not None:
            mode = None if self.merge == "none" else self.merge
            layer = {"Bidirectional": {"layer": layer, "merge_mode": mode}}
        config = {"name": self.keras(), "input": list(shape), "layers": [layer]}
        return parse(Source("shapes", json.dumps(config)))
