"""The rule of every class, by family. A module is imported when a model uses a class of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import cast

from rnncli.keras_api.traits import MODULES
from rnncli.rules.rule import Rule

# The modules of each family: what people look for layers under.
_FAMILIES: Mapping[str, tuple[str, ...]] = {
    "Recurrent": ("rnn.recurrent", "rnn.conv_lstm"),
    "Wrappers": ("rnn.bidirectional", "rnn.time_distributed"),
    "Core": ("core.core", "core.einsum_dense"),
    "Activations, dropout and noise": ("activations", "regularization"),
    "Shapes": ("reshaping.reshaping", "reshaping.resizing"),
    "Merging": ("merging",),
    "Attention": ("attention.attention", "attention.multi_head_attention"),
    "Normalisation": ("normalization", "spectral_normalization"),
    "Convolution": ("convolutional",),
    "Pooling": ("pooling",),
    "Images": ("preprocessing.images",),
    "Sound": ("preprocessing.audio",),
    "Categories and words": ("preprocessing.categories", "preprocessing.text"),
}
#: The classes of each family.
FAMILIES: Mapping[str, tuple[str, ...]] = {
    family: tuple([cls for cls, module in MODULES.items() if module in modules])
    for family, modules in _FAMILIES.items()
}


class Rules(Mapping[str, Rule]):
    """Class → rule, found in the ``RULES`` of the module that the class's traits name.

    ``more`` are rules of classes that are not Keras layers.
    """

    def __init__(self, more: Mapping[str, Rule] | None = None) -> None:
        self._known = {**(more or {})}

    def __getitem__(self, cls: str) -> Rule:
        rule = self._known.get(cls)
        if rule is None:
            module = import_module(f"rnncli.layers.{_module(cls)}")
            rule = self._known[cls] = cast(Rule, module.RULES[cls])
        return rule

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys((*MODULES, *self._known)))

    def __len__(self) -> int:
        return len({*MODULES, *self._known})


def _module(cls: str) -> str:
    if "." not in cls:
        return MODULES[cls]
    from rnncli.keras_api.operations import MODULES as OPERATION_MODULES

    return f"ops.{OPERATION_MODULES[cls]}"


RULES = Rules()
