"""The operations of each family: what people look for them under."""

from __future__ import annotations

from collections.abc import Mapping

from rnncli.keras_api.operations import MODULES

_FAMILIES: Mapping[str, tuple[str, ...]] = {
    "Operations: arithmetic": ("arithmetic",),
    "Operations: comparisons and logic": ("comparison",),
    "Operations: functions of elements": ("elementwise",),
    "Operations: activations": ("activations",),
    "Operations: casts and new tensors": ("creation",),
    "Operations: reductions": ("reductions",),
    "Operations: running sums and order": ("ordering",),
    "Operations: shapes": ("reshaping",),
    "Operations: moving and repeating": ("rearranging",),
    "Operations: joining and splitting": ("joining",),
    "Operations: indexing": ("indexing",),
    "Operations: products": ("products", "einsum"),
}
#: The operations of each family.
OPERATION_FAMILIES: Mapping[str, tuple[str, ...]] = {
    family: tuple([function for function, module in MODULES.items() if module in modules])
    for family, modules in _FAMILIES.items()
}
