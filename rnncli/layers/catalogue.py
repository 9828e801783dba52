"""All rules: a new family is one line here, a new layer one line in its family."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from rnncli.layers import (
    activations,
    convolutional,
    merging,
    normalization,
    pooling,
    regularization,
)
from rnncli.layers.attention import attention, multi_head_attention
from rnncli.layers.core import core, einsum_dense
from rnncli.layers.preprocessing import audio, categories, images, text
from rnncli.layers.reshaping import reshaping, resizing
from rnncli.layers.rnn import bidirectional, conv_lstm, recurrent, time_distributed
from rnncli.rules.rule import Rule

# By what people look for them under.
FAMILIES: Mapping[str, Mapping[str, Rule]] = MappingProxyType(
    {
        "Recurrent": {**recurrent.RULES, **conv_lstm.RULES},
        "Wrappers": {**bidirectional.RULES, **time_distributed.RULES},
        "Core": {**core.RULES, **einsum_dense.RULES},
        "Activations, dropout and noise": {**activations.RULES, **regularization.RULES},
        "Shapes": {**reshaping.RULES, **resizing.RULES},
        "Merging": merging.RULES,
        "Attention": {**attention.RULES, **multi_head_attention.RULES},
        "Normalisation": normalization.RULES,
        "Convolution": convolutional.RULES,
        "Pooling": pooling.RULES,
        "Images": images.RULES,
        "Sound": audio.RULES,
        "Categories and words": {**categories.RULES, **text.RULES},
    }
)
RULES: Mapping[str, Rule] = MappingProxyType(
    {cls: rule for rules in FAMILIES.values() for cls, rule in rules.items()}
)
