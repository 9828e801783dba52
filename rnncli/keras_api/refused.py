"""Names of Keras that a config cannot use, and what to write instead."""

from __future__ import annotations

from collections.abc import Mapping

RUNS_CODE: Mapping[str, str] = {
    "Lambda": "write it as operations, such as ops.mean: {axis: 1}, or as layers; or describe its "
    "shapes under custom",
    "TFSMLayer": "it loads a saved program; describe its layers instead, or its shapes under "
    "custom",
    "TorchModuleWrapper": "it runs a PyTorch module; describe its layers instead, or its shapes "
    "under custom",
    "JaxLayer": "it runs a JAX function; describe its layers instead, or its shapes under custom",
    "FlaxLayer": "it runs a Flax module; describe its layers instead, or its shapes under custom",
    "Pipeline": "list the layers of the pipeline one by one",
}


_MODEL = "a model inside is written under model: model: {input: [5, 8], layers: [{LSTM: 3}]}"
NOT_A_LAYER: Mapping[str, str] = {
    "Sequential": _MODEL,
    "Functional": _MODEL,
    "Model": _MODEL,
    "Input": "the input is at the top: input: [5, 8]",
    "InputLayer": "the input is at the top: input: [5, 8]",
    "InputSpec": "the input is at the top: input: [5, 8]",
    "Layer": "name the layer you mean, such as Dense: 10",
    "Wrapper": "name the wrapper you mean, such as TimeDistributed: {Dense: 10}",
    # In Keras 3.15 it returns its input tensor itself, so that the model's graph has a cycle.
    "Equalization": "no Keras model can hold it; equalize the images before the model reads them",
}


# Arguments of Keras 2 that Keras 3 accepts and ignores: on which classes, or None for all.
STILL_ACCEPTED: Mapping[str, frozenset[str] | None] = {
    "input_shape": None,
    "input_dim": None,
    "input_length": frozenset({"Embedding"}),
    "implementation": frozenset({"SimpleRNN", "GRU", "LSTM"}),
}


# Arguments that were renamed, and that Keras 3 still accepts under the old name.
RENAMED: Mapping[tuple[str, str], str] = {("LeakyReLU", "alpha"): "negative_slope"}

KERAS_2_ARGUMENTS: Mapping[str, str] = {
    "batch_input_shape": "leave it out: the shape is at the top, without the batch",
    "input_shape": "leave it out: the shape is at the top",
    "input_dim": "leave it out: the shape is at the top",
    "input_length": "leave it out: the length is at the top",
    "time_major": "leave it out: time is always the axis after the batch; Permute: [2, 1] swaps "
    "axes",
    "implementation": "leave it out: Keras chooses the implementation itself",
    "batch_size": "leave it out: the batch is --batch, or batch: at the top",
}
