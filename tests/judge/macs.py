"""Multiply-accumulates of the operations that TensorFlow runs, by rnncli's stated convention.

Eagerly, a loop runs its body's operations once a step, so that each is seen as often as it is done.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import numpy as np

from tests.judge.case import any_make


def _matmul(inputs: list[Any], attrs: dict[str, Any], out: Any) -> int:
    """Of matrices, or batches of them: the size of the answer, times the axis that is summed."""
    transposed = attrs.get("transpose_a", attrs.get("adj_x", False))
    left = inputs[0].shape
    return math.prod(out.shape) * int(left[-2] if transposed else left[-1])


def _einsum(inputs: list[Any], attrs: dict[str, Any], out: Any) -> int:
    equation = attrs["equation"]
    if isinstance(equation, bytes):
        equation = equation.decode()
    read, _, _ = equation.partition("->")
    terms = read.split(",")
    if len(terms) < 2:
        return 0
    sizes: dict[str, int] = {}
    batch: dict[int, int] = {}
    for term, tensor in zip(terms, inputs, strict=True):
        shape = list(tensor.shape)
        letters = term.replace("...", "")
        if "..." in term:
            at = term.index("...")
            many = len(shape) - len(letters)
            for place, size in enumerate(reversed(shape[at : at + many])):
                batch[place] = size if batch.get(place, 1) == 1 else batch[place]
            shape = shape[:at] + shape[at + many :]
        for letter, size in zip(letters, shape, strict=True):
            sizes[letter] = size if sizes.get(letter, 1) == 1 else sizes[letter]
    return math.prod(sizes.values()) * math.prod(batch.values())


def _conv(inputs: list[Any], attrs: dict[str, Any], out: Any) -> int:
    """A kernel (…, channels in, filters): each output point sums all but the filters."""
    return math.prod(out.shape) * math.prod(inputs[1].shape[:-1])


def _depthwise(inputs: list[Any], attrs: dict[str, Any], out: Any) -> int:
    return math.prod(out.shape) * math.prod(inputs[1].shape[:-2])


def _transposed(inputs: list[Any], attrs: dict[str, Any], out: Any) -> int:
    """Each point of what is read is multiplied with the whole kernel (…, filters, channels in)."""
    return math.prod(inputs[2].shape) * math.prod(inputs[1].shape[:-1])


COUNTED = {
    "MatMul": _matmul,
    "BatchMatMul": _matmul,
    "BatchMatMulV2": _matmul,
    "BatchMatMulV3": _matmul,
    "Einsum": _einsum,
    "Conv2D": _conv,
    "Conv3D": _conv,
    "DepthwiseConv2dNative": _depthwise,
    "Conv2DBackpropInput": _transposed,
    "Conv3DBackpropInputV2": _transposed,
}


class Tally:
    """What has been counted so far, and whether an operation hid others."""

    def __init__(self) -> None:
        self.macs = 0
        self.opaque = False
        self.paused = False

    def __call__(
        self, op_type: Any, inputs: Any, attrs: Any, outputs: Any, op_name: Any = None,
        graph: Any = None,
    ) -> None:  # fmt: skip
        kind = op_type.decode() if isinstance(op_type, bytes) else op_type
        if kind.endswith("PartitionedCall"):
            self.opaque = True
        rule = COUNTED.get(kind)
        if rule is None or graph is not None or self.paused:
            return
        pairs = dict(zip(attrs[::2], attrs[1::2], strict=False)) if attrs else {}
        self.macs += int(rule(list(inputs), pairs, outputs[0]))


#: What computes one step of stacked cells more, to learn the shapes of their dropout masks.
PREPARES = "_maybe_config_dropout_masks"


def _unseen_by(function: Any, tally: Tally) -> Any:
    def run(*args: Any) -> Any:
        before, tally.paused = tally.paused, True
        try:
            return function(*args)
        finally:
            tally.paused = before

    return run


def _without_rehearsal(loop: Any, tally: Tally) -> Any:
    """Keras's loop over time computes its first step twice: once to see what a step gives."""

    def run(step: Any, *args: Any, unroll: bool = False, **named: Any) -> Any:
        calls = 0

        def counted(*given: Any) -> Any:
            nonlocal calls
            calls += 1
            before, tally.paused = tally.paused, tally.paused or (calls == 1 and not unroll)
            try:
                return step(*given)
            finally:
                tally.paused = before

        return loop(counted, *args, unroll=unroll, **named)

    return run


@contextmanager
def counting() -> Iterator[Tally]:
    from keras.layers import RNN
    from keras.src import backend
    from tensorflow.python.framework import op_callbacks

    tally = Tally()
    op_callbacks.add_op_callback(tally)
    try:
        with (
            mock.patch.object(backend, "rnn", _without_rehearsal(backend.rnn, tally)),
            mock.patch.object(RNN, PREPARES, _unseen_by(getattr(RNN, PREPARES), tally)),
        ):
            yield tally
    finally:
        op_callbacks.remove_op_callback(tally)


def unseen(call: Any, read: list[Any], given: list[Any]) -> int | None:
    """What of a layer no operation shows; None where it cannot be told.

    Additive scores are a product with the scale and a sum. A convolution in groups, or over
    volumes with the channels first, is one call of a compiled function, and one with gaps is run on a rearranged input (see ``hidden``).
    """
    make = call.make
    if make is None:
        return 0
    if make.cls == "AdditiveAttention" and make.args.get("use_scale", True):
        query, key = tuple(read[0].shape), tuple((read[2] if len(read) > 2 else read[1]).shape)
        # In a later call, the scale may be wider than what is read.
        scale = tuple(call.layer.scale.shape)
        sums = np.broadcast_shapes((*query[:-1], 1, query[-1]), (*key[:-2], 1, *key[-2:]), scale)
        return math.prod(sums)
    if any_make(make, lambda one: one is not make and one.cls == "AdditiveAttention"):
        return None
    if not any_make(make, hidden):
        return 0
    if not hidden(make) or "Separable" in make.cls or make.cls.endswith("Transpose") or gaps(make):
        return None
    first = make.args.get("data_format") == "channels_first"
    kernel = make.args["kernel_size"]
    dims = len(given[0].shape) - 2
    points = kernel**dims if isinstance(kernel, int) else math.prod(kernel)
    channels = int(read[0].shape[1 if first else -1]) // int(make.args.get("groups", 1))
    return math.prod(given[0].shape) * points * (1 if "Depthwise" in make.cls else channels)


def known(inner: Any) -> bool:
    """Whether the operations of an included model show all that it multiplies."""
    return not any(
        call.make is not None
        and any_make(call.make, lambda one: hidden(one) or one.cls == "AdditiveAttention")
        for call in inner.calls
    )


def hidden(make: Any) -> bool:
    """Whether the operations of a layer are not those of its convolution."""
    compiled = make.cls == "Conv3D" and make.args.get("data_format") == "channels_first"
    return "Conv" in make.cls and (make.args.get("groups", 1) > 1 or gaps(make) or compiled)


def gaps(make: Any) -> bool:
    """Whether TensorFlow runs the convolution on a rearranged input, and so on more numbers."""
    rate = make.args.get("dilation_rate", 1)
    return bool(rate > 1 if isinstance(rate, int) else max(rate) > 1)
