"""The numbers that a case is run on: padded at the right end, the same on every machine."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np

from tests.judge.case import Case, In

WORDS = ["a", "b", "c d", "a c", ""]


def array(spec: In, batch: int) -> Any:
    """Numbers for an input; the last steps of some rows are zeros where it is padded."""
    shape = (batch, *(spec.size if axis is None else axis for axis in spec.shape))
    random = np.random.default_rng(zlib.crc32(repr((spec.name, shape, spec.dtype)).encode()))
    if spec.dtype == "string":
        return np.array([WORDS[i] for i in random.integers(0, 5, shape).ravel()]).reshape(shape)
    if spec.dtype == "bool":
        values = random.integers(0, 2, shape).astype(bool)
    elif "int" in spec.dtype:
        values = random.integers(1 if spec.below else 0, spec.below or 4, shape)
    else:
        values = random.normal(size=shape)
    if spec.padded and len(shape) > 1 and spec.dtype != "bool":
        for row in range(batch):
            values[row, max(1, shape[1] - row) :] = 0
    return values


def tensors(case: Case, batch: int) -> dict[str, Any]:
    import tensorflow as tf

    made = {}
    for spec in case.inputs:
        values = array(spec, batch)
        made[spec.name] = (
            tf.constant(values) if spec.dtype == "string" else tf.cast(values, spec.dtype)
        )
    return made
