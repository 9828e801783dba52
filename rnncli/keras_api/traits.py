"""Words of Keras that need a word of their own: what is refused, what takes several tensors."""

from __future__ import annotations

from collections.abc import Mapping

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
    *("Add", "Concatenate", "Cropping1D", "Flatten", "Identity", "Permute", "RepeatVector"),
    *("Reshape", "TimeDistributed"),
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
