"""``python -m tests.fuzz.architectures`` writes the models that fuzzing of model files starts from:
what live Keras 3 and live Keras 2 make of small models."""

from __future__ import annotations

from pathlib import Path

import tf_keras

from rnncli.config import parse, read
from rnncli.engine.whole_model import whole_model
from rnncli.model.binding import bind
from tests.conftest import ROOT
from tests.readers.dialects.keras2_models import GRAPHS

_CONFIGS = ("seq2seq_bidirectional", "transformer_block", "siamese", "two_inputs_two_outputs",
            "residual_stack", "autoencoder", "many_to_many")  # fmt: skip
_GRAPHS = ("attention", "seq2seq", "nested", "mask", "sequential", "a model at each step")


def main() -> None:
    """Writes all of them beside this file."""
    folder = Path(__file__).parent
    for name in _CONFIGS:
        model = whole_model(bind(parse(read(str(ROOT / "configs" / f"{name}.yaml")))))
        (folder / f"keras3_{name}.json").write_text(model.to_json() + "\n")
    for name in _GRAPHS:
        text = GRAPHS[name](tf_keras).to_json()
        (folder / f"keras2_{name.replace(' ', '_')}.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
