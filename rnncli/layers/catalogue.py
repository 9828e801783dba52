"""All rules: a new family is one line here, a new layer one line in its family."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from rnncli.layers import (
    attention,
    categories,
    convolution,
    convolutional_recurrent,
    core,
    einsum,
    elementwise,
    heads,
    images,
    merging,
    normalization,
    pooling,
    recurrent,
    resizing,
    shaping,
    spectrograms,
    time_distributed,
    vocabularies,
    wrappers,
)
from rnncli.rules.rule import Rule

# By what people look for them under.
FAMILIES: Mapping[str, Mapping[str, Rule]] = MappingProxyType(
    {
        "Recurrent": {**recurrent.RULES, **convolutional_recurrent.RULES},
        "Wrappers": {**wrappers.RULES, **time_distributed.RULES},
        "Core": {**core.RULES, **einsum.RULES},
        "Activations, dropout and noise": elementwise.RULES,
        "Shapes": {**shaping.RULES, **resizing.RULES},
        "Merging": merging.RULES,
        "Attention": {**attention.RULES, **heads.RULES},
        "Normalisation": normalization.RULES,
        "Convolution": convolution.RULES,
        "Pooling": pooling.RULES,
        "Images": images.RULES,
        "Sound": spectrograms.RULES,
        "Categories and words": {**categories.RULES, **vocabularies.RULES},
    }
)
RULES: Mapping[str, Rule] = MappingProxyType(
    {cls: rule for rules in FAMILIES.values() for cls, rule in rules.items()}
)
