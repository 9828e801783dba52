"""Words of Keras that need a word of their own: what is refused, what takes several tensors."""

from __future__ import annotations

from collections.abc import Mapping

RUNS_CODE: Mapping[str, str] = {
    "Lambda": "write it as layers, such as Activation, Rescaling, Reshape or Permute",
    "TFSMLayer": "it loads a saved program; describe its layers instead",
    "TorchModuleWrapper": "it runs a PyTorch module; describe its layers instead",
    "JaxLayer": "it runs a JAX function; describe its layers instead",
    "FlaxLayer": "it runs a Flax module; describe its layers instead",
    "Pipeline": "list the layers of the pipeline one by one",
}

NOT_A_LAYER: Mapping[str, str] = {
    "Input": "the input stands at the top: input: [5, 8]",
    "InputLayer": "the input stands at the top: input: [5, 8]",
    "InputSpec": "the input stands at the top: input: [5, 8]",
    "Layer": "name the layer you mean, such as Dense: 10",
    "Wrapper": "name the wrapper you mean, such as TimeDistributed: {Dense: 10}",
}

# What Keras takes when a layer is called, which a config cannot say yet.
CALL_ARGUMENTS = frozenset(
    {"mask", "training", "attention_mask", "query_mask", "value_mask", "key_mask", "call"}
    | {"use_causal_mask", "return_attention_scores", "reverse", "scale"}
)

KERAS_2_ARGUMENTS: Mapping[str, str] = {
    "batch_input_shape": "leave it out: the shape stands at the top, without the batch",
    "input_shape": "leave it out: the shape stands at the top",
    "input_dim": "leave it out: the shape stands at the top",
    "input_length": "leave it out: the length stands at the top",
    "time_major": "leave it out: time is always the axis after the batch; Permute: [2, 1] swaps "
    "axes",
    "implementation": "leave it out: Keras chooses the implementation itself",
    "batch_size": "leave it out: the batch is --batch, or batch: at the top",
}

# Those of them that Keras 3 still accepts, and does nothing with: where, or None for anywhere.
STILL_ACCEPTED: Mapping[str, frozenset[str] | None] = {
    "input_shape": None,
    "input_dim": None,
    "input_length": frozenset({"Embedding"}),
    "implementation": frozenset({"SimpleRNN", "GRU", "LSTM"}),
}

# Those that have another name by now, and that Keras 3 still takes.
RENAMED: Mapping[tuple[str, str], str] = {("LeakyReLU", "alpha"): "negative_slope"}

_MERGES = ("Add", "Average", "Concatenate", "Dot", "Maximum", "Minimum", "Multiply", "Subtract")
_ATTENTION = ("Attention", "AdditiveAttention")
_PROJECTED_ATTENTION = ("MultiHeadAttention", "GroupQueryAttention")

# Layers that Keras calls on a list of tensors, and those that it calls on several.
TAKES_LIST = frozenset({*_MERGES, *_ATTENTION, "HashedCrossing"})
TAKES_SEVERAL = TAKES_LIST | frozenset(_PROJECTED_ATTENTION)

# What several tensors are to a layer, in the order in which it takes them.
ROLES: Mapping[str, tuple[str, ...]] = dict.fromkeys(
    (*_ATTENTION, *_PROJECTED_ATTENTION), ("query", "value", "key")
)

# Layers that read ids, and the argument that these are below.
IDS: Mapping[str, str] = {
    "CategoryEncoding": "num_tokens",
    "Embedding": "input_dim",
    "ReversibleEmbedding": "input_dim",
}

# Layers with weights that read a tensor of another rank when they are called again.
ANY_RANK = frozenset({
    *("AdditiveAttention", "Attention", "Dense", "Embedding", "ReversibleEmbedding"),
    *("LayerNormalization", "Normalization", "RMSNormalization", "SpectralNormalization"),
})  # fmt: skip

# Layers that can read words, and models of them; all others compute with numbers.
READ_WORDS = frozenset({
    *("Functional", "HashedCrossing", "Hashing", "StringLookup", "TextVectorization"),
    *("Add", "Concatenate", "Flatten", "Identity", "Permute", "RepeatVector", "Reshape"),
    *(f"{kind}{n}D" for kind in ("Cropping", "UpSampling", "ZeroPadding") for n in (1, 2, 3)),
    *("AlphaDropout", "Dropout", "GaussianDropout", "GaussianNoise", "TimeDistributed"),
    *("SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D"),
})  # fmt: skip

# Layers of one tensor whose call has an argument for its mask.
MASK_ARGUMENT = frozenset({
    *("SimpleRNN", "GRU", "LSTM", "RNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"),
    *("Bidirectional", "TimeDistributed"),
    *("BatchNormalization", "GlobalAveragePooling1D", "Softmax"),
})  # fmt: skip

# Layers that give the very tensor that they read, unless they train.
GIVES_ITSELF = frozenset({
    *("ActivityRegularization", "AlphaDropout", "Dropout", "GaussianDropout", "GaussianNoise"),
    *("Identity", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D"),
})  # fmt: skip

_INSIDE = "put trainable: false on the layer inside it"
_LATER = "leave it out; in Python, layer.trainable = False freezes the layer once it is built"

# Layers whose weights belong to other layers inside them, which do not get their trainable: false.
# To each the way that does freeze them.
FREEZES_NOTHING: Mapping[str, str] = {
    "Bidirectional": _INSIDE,
    "ConvLSTM1D": _LATER,
    "ConvLSTM2D": _LATER,
    "ConvLSTM3D": _LATER,
    "GroupQueryAttention": _LATER,
    "MultiHeadAttention": _LATER,
    "RNN": "put trainable: false on its cell",
    "SpectralNormalization": _INSIDE,
    "StackedRNNCells": "put trainable: false on its cells",
    "TimeDistributed": _INSIDE,
}
