"""All rules: a new family is one line here, a new layer one line in its family."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from rnncli.layers import (
    categories,
    convolution,
    convolutional_recurrent,
    core,
    einsum,
    elementwise,
    images,
    merging,
    normalization,
    pooling,
    recurrent,
    resizing,
    shaping,
    spectrograms,
    vocabularies,
    wrappers,
)
from rnncli.layers.rule import Rule

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        **recurrent.RULES,
        **convolutional_recurrent.RULES,
        **wrappers.RULES,
        **core.RULES,
        **einsum.RULES,
        **elementwise.RULES,
        **shaping.RULES,
        **merging.RULES,
        **normalization.RULES,
        **convolution.RULES,
        **pooling.RULES,
        **resizing.RULES,
        **images.RULES,
        **spectrograms.RULES,
        **categories.RULES,
        **vocabularies.RULES,
    }
)
