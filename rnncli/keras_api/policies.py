"""Dtype policies by their names, such as mixed_bfloat16 or int4/128_from_float32."""

from __future__ import annotations

import re
from functools import cache

import msgspec

from rnncli.report.layer import ITEM_BYTES

# Ways to quantize weights. Keras takes every name that begins with one for a quantized policy.
QUANTIZATIONS = ("int8", "int4", "float8", "gptq", "awq")
PLAIN_POLICIES = frozenset(
    {
        *(dtype for dtype in ITEM_BYTES if not dtype.startswith(QUANTIZATIONS)),
        "mixed_float16",
        "mixed_bfloat16",
    }
)
_MODE = re.compile(
    r"(int8|float8|int4)|int4/(?P<rows>-1|0*[1-9]\d*)|(gptq/[2348]|awq/4)/(-1|0*[1-9]\d*)"
)


class Policy(msgspec.Struct, frozen=True):
    """The dtypes that a layer computes in and keeps its weights in.

    A quantized policy has the dtypes of ``source``, the policy that it is derived from, and a
    ``quantization``, the empty string elsewhere. ``block_size`` is the number of elements of a
    kernel that share a scale in int4; None where a whole channel does.
    """

    compute: str
    variable: str
    source: str
    quantization: str = ""
    block_size: int | None = None


@cache
def read_policy(name: str) -> Policy | None:
    """The policy of this name; None if Keras has none."""
    mode, derived, source = name.rpartition("_from_")
    if source not in PLAIN_POLICIES and not (derived and source in ITEM_BYTES):
        return None
    mixed = source.startswith("mixed_")
    compute = source.removeprefix("mixed_")
    policy = Policy(compute, "float32" if mixed else source, source)
    if not derived:
        return policy
    match = _MODE.fullmatch(mode)
    # Keras finds float16 too narrow for products of int8.
    if match is None or (mode == "int8" and compute == "float16"):
        return None
    quantization = mode.partition("/")[0]
    rows = int(match["rows"] or -1)
    return msgspec.structs.replace(
        policy, quantization=quantization, block_size=None if rows == -1 else rows
    )


def quantized_policies(quantizations: tuple[str, ...]) -> tuple[str, ...]:
    """The names of the policies that quantize a layer which computes in float32."""
    return tuple(f"{quantization}_from_float32" for quantization in quantizations)
