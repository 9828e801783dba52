"""A built model → a file of its weights, as ``model.save_weights`` of Keras writes it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from rnncli.engine.passing import BuiltModel
from rnncli.engine.stored_weights import built_layers, copy_weights, layers_of_whole
from rnncli.engine.whole_model import whole_model
from rnncli.model.graph import Model


def weights_file(model: Model, built: BuiltModel) -> bytes:
    """Returns the content of a ``.weights.h5`` file with the weights of the built layers.

    Keras numbers layers by their class and their order in a whole model, so that one is made.
    """
    whole = whole_model(model)
    copy_weights(layers_of_whole(whole), built_layers(built))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.weights.h5"
        whole.save_weights(path)
        return path.read_bytes()
