"""What is special about each layer class, one row for each: beside its rule, the only place that
names the class.

The defaults hold for most layers; a row has only the differences.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

Need = Literal["step", "elements", "space", "channels", "product", "maximum"]
Keeps = Literal["input", "output", "activation", "copy", "mask", "scores", "heads", "view"]


class Traits(msgspec.Struct, frozen=True, kw_only=True):
    """How a layer class differs from most others.

    - ``several``: Keras calls it on a list of tensors, or on several arguments.
    - ``attends``: it reads a query, a value and a key, in this order.
    - ``ids_below``: it reads integer ids, which are less than the argument of this name.
    - ``states``: the names of its states.
    - ``recurrent_over``: it runs over a sequence of vectors or of frames.
    - ``mask_argument``: its call has an argument for the mask of its input.
    - ``masks_late``: its output has a mask only in a run, and none when the model is built.
    - ``keeps_inputs``: it does not cast what it reads to its compute dtype.
    - ``gives_input``: outside of training, it returns its input tensor itself.
    - ``any_rank``: although it has weights, it can be called again on a tensor of another rank.
    - ``reads_strings``: it accepts string tensors; all others compute with numbers.
    - ``casts_steps``: inside a TimeDistributed, it casts its output to its own dtype.
    - ``per_step``: when it returns, step by step, the same as on the whole sequence: always, if it
      works along the last axis, or if all tensors that it merges are steps.
    - ``sparse``: it reads sparse tensors, and returns one if all inputs are sparse ("kept"), if
      all have one shape, if their shapes fit, or depending on its arguments ("some").
    - ``needs``: the axes whose size 0 keeps it from running: the time axis (``step``), any axis
      of a batch of ``elements``, ``space`` and ``channels`` of an image, the features of a
      ``product``, or the channels of a ``maximum``.
    - ``quantizations``: the ways in which its weights can be quantized; under another quantized
      dtype policy, Keras fails when the layer runs.
    - ``ignores_dtype``: it takes a dtype policy, and never reads it.
    - ``wraps_model``: its argument that takes a model in the place of a layer.
    - ``frozen_by``: its weights belong to layers inside it, which its trainable: false does not
      reach; this is what freezes them.
    - ``makes``: the names of the layers that it makes for itself, which Keras counts as well.
    - ``keeps``: what training keeps of a call for backprop: its ``input`` and its ``output``, the
      output of its ``activation``, a ``copy`` or a boolean ``mask`` of the output's size, the
      ``scores`` of attention once, or with those of its ``heads``. Nothing, if empty; None where
      it was not measured. A ``view`` returns the memory of its input.
    - ``keeps_per_step``: how many tensors of the size of a state a cell keeps of each step, beside
      its input.
    - ``gathers``: it reads rows of its weight, and the gradient there has these rows alone.
    - ``example``: an entry of a config, if the required arguments alone do not make a layer.
    """

    several: Literal["", "list", "arguments"] = ""
    attends: bool = False
    ids_below: str = ""
    states: tuple[str, ...] = ()
    recurrent_over: Literal["", "vectors", "frames"] = ""
    mask_argument: bool = False
    masks_late: bool = False
    keeps_inputs: bool = False
    gives_input: bool = False
    any_rank: bool = False
    reads_strings: bool = False
    casts_steps: bool = False
    per_step: Literal["", "always", "last axis", "merged"] = ""
    sparse: Literal["", "kept", "one shape", "fitting", "some"] = ""
    needs: tuple[Need, ...] = ()
    quantizations: tuple[str, ...] = ()
    ignores_dtype: bool = False
    wraps_model: str = ""
    frozen_by: str = ""
    makes: tuple[str, ...] = ()
    keeps: tuple[Keeps, ...] | None = None
    keeps_per_step: int = 0
    gathers: bool = False
    example: str = ""

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles of its several inputs, in the order of its arguments."""
        return ("query", "value", "key") if self.attends else ()


def traits(cls: str) -> Traits:
    """The traits of a class; the defaults if it has no row."""
    return TRAITS.get(cls, _USUAL)


_USUAL = Traits()
_PRODUCT: tuple[Keeps, ...] = ("input", "activation")
_INSIDE = "put trainable: false on the layer inside it"
_LATER = "leave it out; in Python, layer.trainable = False freezes the layer once it is built"

_ATTENTION_MAKES = ("softmax", "dropout")
_AUGMENTATION_MAKES = (
    "random_shear", "random_translation", "random_rotation", "random_brightness",
    "random_color_degeneration", "random_contrast", "random_sharpness", "random_posterization",
    "solarization", "auto_contrast", "equalization",
)  # fmt: skip

# By the module of rnncli.layers that has the rule of the class.
# fmt: off
_BY_MODULE: Mapping[str, Mapping[str, Traits]] = {
    "rnn.recurrent": {
        "SimpleRNN": Traits(keeps_per_step=1, states=("h",), recurrent_over="vectors",
            mask_argument=True, casts_steps=True, needs=("step", "product")),
        "GRU": Traits(keeps_per_step=6, states=("h",), recurrent_over="vectors", mask_argument=True,
            casts_steps=True, needs=("step", "product")),
        "LSTM": Traits(keeps_per_step=7, states=("h", "c"), recurrent_over="vectors",
            mask_argument=True, casts_steps=True, needs=("step",)),
        "RNN": Traits(recurrent_over="vectors", mask_argument=True, casts_steps=True,
            needs=("step",), frozen_by="put trainable: false on its cell"),
        "StackedRNNCells": Traits(frozen_by="put trainable: false on its cells",
            example="RNN: {StackedRNNCells: {cells: [{LSTMCell: 3}, {LSTMCell: 3}]}}"),
        "SimpleRNNCell": Traits(keeps_per_step=1, states=("h",), needs=("product",),
            example="RNN: {SimpleRNNCell: 3}"),
        "GRUCell": Traits(keeps_per_step=6, states=("h",), needs=("product",),
            example="RNN: {GRUCell: 3}"),
        "LSTMCell": Traits(keeps_per_step=7, states=("h", "c"), example="RNN: {LSTMCell: 3}"),
    },
    "rnn.conv_lstm": {
        "ConvLSTM1D": Traits(keeps_per_step=7, states=("h", "c"), recurrent_over="frames",
            mask_argument=True, casts_steps=True, needs=("elements",), frozen_by=_LATER),
        "ConvLSTM2D": Traits(keeps_per_step=7, states=("h", "c"), recurrent_over="frames",
            mask_argument=True, casts_steps=True, needs=("elements",), frozen_by=_LATER),
        "ConvLSTM3D": Traits(keeps_per_step=7, states=("h", "c"), recurrent_over="frames",
            mask_argument=True, casts_steps=True, needs=("elements",), frozen_by=_LATER),
    },
    "rnn.bidirectional": {
        "Bidirectional": Traits(mask_argument=True, casts_steps=True, needs=("step",),
            frozen_by=_INSIDE, example="Bidirectional: {LSTM: 3}"),
    },
    "rnn.time_distributed": {
        "TimeDistributed": Traits(keeps=(), mask_argument=True, reads_strings=True,
            per_step="always", needs=("step",), wraps_model="layer", frozen_by=_INSIDE,
            example="TimeDistributed: {Dense: 3}"),
    },
    "core.core": {
        "Activation": Traits(keeps=("activation",), per_step="always"),
        "Dense": Traits(keeps=_PRODUCT, any_rank=True, per_step="always", needs=("product",),
            quantizations=("int8", "int4", "float8")),
        "Embedding": Traits(keeps=("input",), gathers=True, ids_below="input_dim", any_rank=True,
            casts_steps=True, keeps_inputs=True, per_step="always", sparse="some",
            quantizations=("int8", "int4"),
            example="Embedding: {input_dim: 50, output_dim: 4}"),
        "Masking": Traits(keeps=(), per_step="always"),
        "ReversibleEmbedding": Traits(keeps=("input",), ids_below="input_dim", any_rank=True,
            masks_late=True, casts_steps=True, keeps_inputs=True, per_step="always", sparse="some",
            quantizations=("int8", "int4"),
            example="ReversibleEmbedding: {input_dim: 50, output_dim: 4}"),
    },
    "core.einsum_dense": {
        "EinsumDense": Traits(keeps=_PRODUCT, quantizations=("int8", "int4", "float8"),
            example="EinsumDense: {equation: 'abc,cd->abd', output_shape: [null, 3]}"),
    },
    "activations": {
        "ELU": Traits(keeps=("output",), per_step="always"),
        "LeakyReLU": Traits(keeps=("input",), per_step="always"),
        "PReLU": Traits(),
        "ReLU": Traits(keeps=("output",), per_step="always"),
        "Softmax": Traits(keeps=("output",), mask_argument=True, per_step="last axis"),
    },
    "regularization": {
        "ActivityRegularization": Traits(keeps=("view",), gives_input=True, per_step="always"),
        "AlphaDropout": Traits(keeps=("copy",), gives_input=True,
            reads_strings=True, per_step="always", sparse="kept"),
        "Dropout": Traits(keeps=("mask",), gives_input=True, reads_strings=True,
            per_step="always", sparse="kept"),
        "GaussianDropout": Traits(keeps=("copy",), gives_input=True, reads_strings=True,
            per_step="always", sparse="kept"),
        "GaussianNoise": Traits(keeps=(), gives_input=True, reads_strings=True, per_step="always",
            sparse="kept"),
        "Identity": Traits(keeps=("view",), gives_input=True, reads_strings=True, per_step="always",
            sparse="kept"),
        "SpatialDropout1D": Traits(keeps=(), gives_input=True, reads_strings=True,
            per_step="always", sparse="kept"),
        "SpatialDropout2D": Traits(keeps=(), reads_strings=True, gives_input=True),
        "SpatialDropout3D": Traits(keeps=(), reads_strings=True, gives_input=True),
    },
    "reshaping.reshaping": {
        "Flatten": Traits(keeps=("view",), reads_strings=True, sparse="kept"),
        "Permute": Traits(keeps=(), reads_strings=True, sparse="kept", example="Permute: [2, 1]"),
        "RepeatVector": Traits(keeps=(), reads_strings=True),
        "Reshape": Traits(keeps=("view",), reads_strings=True, sparse="kept"),
    },
    "reshaping.resizing": {
        "Cropping1D": Traits(keeps=(), reads_strings=True),
        "UpSampling1D": Traits(keeps=(), reads_strings=True),
        "ZeroPadding1D": Traits(keeps=(), reads_strings=True),
        "Cropping2D": Traits(keeps=(), reads_strings=True),
        "UpSampling2D": Traits(keeps=(), reads_strings=True),
        "ZeroPadding2D": Traits(keeps=(), reads_strings=True),
        "Cropping3D": Traits(keeps=(), reads_strings=True),
        "UpSampling3D": Traits(keeps=(), reads_strings=True),
        "ZeroPadding3D": Traits(keeps=(), reads_strings=True),
    },
    "merging": {
        "Add": Traits(keeps=(), several="list", reads_strings=True, per_step="merged",
            sparse="one shape"),
        "Average": Traits(keeps=(), several="list", per_step="merged", sparse="one shape"),
        "Concatenate": Traits(keeps=(), several="list", reads_strings=True, per_step="last axis",
            sparse="kept"),
        "Dot": Traits(keeps=("input", "copy"), several="list", sparse="some",
            example="Dot: {axes: 2}"),
        "Maximum": Traits(keeps=("input",), several="list", per_step="merged", sparse="fitting"),
        "Minimum": Traits(keeps=("input",), several="list", per_step="merged", sparse="fitting"),
        "Multiply": Traits(keeps=("input",), several="list", per_step="merged", sparse="fitting"),
        "Subtract": Traits(keeps=(), several="list", per_step="merged", sparse="one shape"),
    },
    "attention.attention": {
        "AdditiveAttention": Traits(keeps=("input", "scores"), several="list", attends=True,
            any_rank=True),
        "Attention": Traits(keeps=("input", "copy", "scores"), several="list", attends=True,
            any_rank=True, sparse="some"),
    },
    "attention.multi_head_attention": {
        "GroupQueryAttention": Traits(keeps=("input", "heads"), several="arguments", attends=True,
            frozen_by=_LATER, makes=_ATTENTION_MAKES,
            example="GroupQueryAttention: "
            "{head_dim: 4, num_query_heads: 2, num_key_value_heads: 1}"),
        "MultiHeadAttention": Traits(keeps=("input", "heads"), several="arguments", attends=True,
            frozen_by=_LATER, makes=_ATTENTION_MAKES,
            example="MultiHeadAttention: {num_heads: 2, key_dim: 4}"),
    },
    "normalization": {
        "BatchNormalization": Traits(keeps=("input",), mask_argument=True, casts_steps=True,
            per_step="last axis"),
        "GroupNormalization": Traits(keeps=("input",), casts_steps=True,
            example="GroupNormalization: {groups: 4}"),
        "LayerNormalization": Traits(keeps=("input", "copy"), any_rank=True, casts_steps=True,
            per_step="last axis"),
        "Normalization": Traits(keeps=("input",), any_rank=True, casts_steps=True),
        "RMSNormalization": Traits(keeps=("input", "copy"), any_rank=True, per_step="last axis"),
        "Rescaling": Traits(keeps=(), casts_steps=True, per_step="always"),
        "UnitNormalization": Traits(keeps=("input",), per_step="last axis"),
    },
    "spectral_normalization": {
        "SpectralNormalization": Traits(any_rank=True, sparse="some", frozen_by=_INSIDE,
            example="SpectralNormalization: {Dense: 3}"),
    },
    "convolutional": {
        "Conv1D": Traits(keeps=_PRODUCT, needs=("elements",)),
        "Conv1DTranspose": Traits(keeps=_PRODUCT),
        "Conv2D": Traits(keeps=_PRODUCT, needs=("elements",)),
        "Conv2DTranspose": Traits(keeps=_PRODUCT),
        "Conv3D": Traits(keeps=_PRODUCT, needs=("elements",)),
        "Conv3DTranspose": Traits(keeps=_PRODUCT),
        "DepthwiseConv1D": Traits(keeps=_PRODUCT, needs=("elements",)),
        "DepthwiseConv2D": Traits(keeps=_PRODUCT, needs=("elements",)),
        "SeparableConv1D": Traits(keeps=(*_PRODUCT, "copy"), needs=("elements",)),
        "SeparableConv2D": Traits(keeps=(*_PRODUCT, "copy"), needs=("elements",)),
    },
    "pooling": {
        "AdaptiveAveragePooling1D": Traits(needs=("space",)),
        "AdaptiveMaxPooling1D": Traits(needs=("space", "maximum")),
        "AveragePooling1D": Traits(keeps=()),
        "GlobalAveragePooling1D": Traits(keeps=(), mask_argument=True),
        "GlobalMaxPooling1D": Traits(keeps=("input", "output"), needs=("elements",)),
        "MaxPooling1D": Traits(keeps=("input", "output"), needs=("maximum",)),
        "AdaptiveAveragePooling2D": Traits(needs=("space",)),
        "AdaptiveMaxPooling2D": Traits(needs=("space", "maximum")),
        "AveragePooling2D": Traits(keeps=()),
        "GlobalAveragePooling2D": Traits(keeps=()),
        "GlobalMaxPooling2D": Traits(keeps=("input", "output"), needs=("elements",)),
        "MaxPooling2D": Traits(keeps=("input", "output"), needs=("maximum",)),
        "AdaptiveAveragePooling3D": Traits(needs=("space",)),
        "AdaptiveMaxPooling3D": Traits(needs=("space",)),
        "AveragePooling3D": Traits(keeps=()),
        "GlobalAveragePooling3D": Traits(keeps=()),
        "GlobalMaxPooling3D": Traits(keeps=("input", "output"), needs=("elements",)),
        "MaxPooling3D": Traits(keeps=("input", "output")),
    },
    "preprocessing.images": {
        "AugMix": Traits(makes=_AUGMENTATION_MAKES),
        "AutoContrast": Traits(),
        "CenterCrop": Traits(needs=("space",)),
        "ContrastLimitedAdaptiveHistogramEqualization": Traits(),
        "CutMix": Traits(sparse="some"),
        "MaxNumBoundingBoxes": Traits(sparse="kept"),
        "MixUp": Traits(),
        "RandAugment": Traits(makes=_AUGMENTATION_MAKES),
        "RandomBrightness": Traits(),
        "RandomColorDegeneration": Traits(),
        "RandomColorJitter": Traits(sparse="some"),
        "RandomContrast": Traits(),
        "RandomCrop": Traits(),
        "RandomElasticTransform": Traits(),
        "RandomErasing": Traits(),
        "RandomFlip": Traits(),
        "RandomGaussianBlur": Traits(),
        "RandomGrayscale": Traits(),
        "RandomHue": Traits(),
        "RandomInvert": Traits(),
        "RandomPerspective": Traits(),
        "RandomPosterization": Traits(),
        "RandomRotation": Traits(),
        "RandomSaturation": Traits(),
        "RandomSharpness": Traits(),
        "RandomShear": Traits(),
        "RandomTranslation": Traits(),
        "RandomZoom": Traits(),
        "Resizing": Traits(needs=("space", "channels")),
        "Solarization": Traits(),
    },
    "preprocessing.audio": {
        "MelSpectrogram": Traits(),
        "STFTSpectrogram": Traits(),
    },
    "preprocessing.categories": {
        "CategoryEncoding": Traits(ids_below="num_tokens", sparse="some",
            example="CategoryEncoding: {num_tokens: 4}"),
        "Discretization": Traits(casts_steps=True, sparse="some",
            example="Discretization: {bin_boundaries: [-1, 0, 1]}"),
        "HashedCrossing": Traits(several="list", reads_strings=True, sparse="some"),
        "Hashing": Traits(reads_strings=True, sparse="some"),
    },
    "preprocessing.text": {
        "IntegerLookup": Traits(sparse="some", ignores_dtype=True,
            example="IntegerLookup: {vocabulary: [1, 2, 3]}"),
        "StringLookup": Traits(reads_strings=True, sparse="some", ignores_dtype=True,
            example="StringLookup: {vocabulary: [the, cat]}"),
        "TextVectorization": Traits(reads_strings=True, sparse="some", makes=("string_lookup",),
            example="TextVectorization: {vocabulary: [the, cat]}"),
    },
}
# fmt: on

#: The module of :mod:`rnncli.layers` that has the rule of a class.
MODULES: Mapping[str, str] = {cls: module for module, rows in _BY_MODULE.items() for cls in rows}
TRAITS: Mapping[str, Traits] = {
    **{cls: row for rows in _BY_MODULE.values() for cls, row in rows.items()},
    # A model inside the model.
    "Functional": Traits(mask_argument=True, masks_late=True, reads_strings=True, casts_steps=True),
    # A layer that a config describes by its shapes.
    "custom": Traits(several="list", any_rank=True, reads_strings=True),
}
RECURRENT = tuple([cls for cls, row in TRAITS.items() if row.recurrent_over])
