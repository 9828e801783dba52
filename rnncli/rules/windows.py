"""Windows that slide over axes: what convolutions and poolings have in common.

The arithmetic is that of Dumoulin and Visin 2016 (https://arxiv.org/abs/1603.07285).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

import msgspec

from rnncli.report.layer import Shape
from rnncli.report.shapes import Axis, shown
from rnncli.rules.requirements import require_rank
from rnncli.rules.rule import LayerCall, LayerPlan
from rnncli.rules.sequences import require_sequence
from rnncli.rules.sizes import at_least
from rnncli.rules.tensors import Resized, Tensor

# TensorFlow's own CPU kernels can do less than its GPU kernels; oneDNN's, which replace them in
# these dtypes, can do as much.
ONEDNN = frozenset({"bfloat16", "float32"})
FLOATS = frozenset({"bfloat16", "float16", "float32", "float64"})
AXES = ("length", "height, width", "depth, height, width")


class Window(msgspec.Struct, frozen=True):
    """The window of a kernel along each axis: its size, its strides and its dilation."""

    kernel: list[int]
    strides: list[int]
    dilation: list[int]

    @property
    def taps(self) -> int:
        """The number of elements of a channel that it multiplies at once."""
        return math.prod(self.kernel)

    @property
    def reach(self) -> list[int]:
        """The number of steps that it spans along each axis."""
        return [gap * (taps - 1) + 1 for taps, gap in zip(self.kernel, self.dilation, strict=True)]

    @property
    def skips_and_gaps(self) -> bool:
        """Whether it has both strides and a dilation of more than 1."""
        return max(self.strides) > 1 and max(self.dilation) > 1


def kernel_window(call: LayerCall, spatial: int) -> Window:
    """The window of a convolution."""
    return Window(
        per_axis(call, "kernel_size", spatial),
        per_axis(call, "strides", spatial),
        per_axis(call, "dilation_rate", spatial),
    )


def spatial_input(call: LayerCall, spatial: int) -> Tensor:
    """The input of a layer with spatial axes and channels: (batch, …, channels)."""
    if spatial == 1:
        return require_sequence(call)
    require_rank(call, spatial + 2, shape=f"(batch, {layout_words(call, spatial)})")
    return call.x


def layout_words(call: LayerCall, spatial: int) -> str:
    """The spatial axes and the channels in words, in the order of data_format."""
    axes = AXES[spatial - 1]
    return f"channels, {axes}" if channels_first(call) else f"{axes}, channels"


def channels_first(call: LayerCall) -> bool:
    """Whether the channels stand before the spatial axes."""
    return "data_format" in call.layer.signature.arguments and (
        call["data_format"] == "channels_first"
    )


def channels_of(call: LayerCall, x: Tensor) -> Axis:
    """How many channels a tensor has."""
    return x.axes[1 if channels_first(call) else -1]


def known_channels(call: LayerCall, x: Tensor) -> int:
    """How many channels a tensor has, which must be known: weights depend on it.

    In a later call the weights are there; what is unknown is as in the first call, or does not run.
    """
    channels = channels_of(call, x)
    if channels is None and call.first:
        channels = channels_of(call, call.first[0])
    if channels is None:
        call.refuse(
            "unknown-axis",
            f"{call.layer.label} needs to know how many channels it reads, "
            f"but reads {shown(x.shape)}",
            "only the batch and the lengths may be unknown: give the axis a size",
        )
    return channels


def spatial_axes(call: LayerCall, x: Tensor) -> Shape:
    """The spatial axes of a tensor, without the batch and the channels."""
    return x.axes[2:] if channels_first(call) else x.axes[1:-1]


def arrange(call: LayerCall, x: Tensor, sizes: Sequence[Axis], channels: Axis) -> Shape:
    """The output's axes in the order of data_format."""
    inner = (channels, *sizes) if channels_first(call) else (*sizes, channels)
    return (x.axes[0], *inner)


def resized(call: LayerCall, x: Tensor, sizes: Sequence[Axis]) -> LayerPlan:
    """The plan of a layer that changes the sizes of the spatial axes."""
    shape = arrange(call, x, sizes, channels_of(call, x))
    change = resizing(call, x, sizes)
    return LayerPlan((call.output(shape, dtype=x.dtype, last_step_of=None, resized=change),))


def resizing(call: LayerCall, x: Tensor, sizes: Sequence[Axis]) -> Resized | None:
    """The last change of the output's length: by this layer, if it changes the length."""
    before, after = spatial_axes(call, x), tuple(sizes)
    return x.resized if before == after else Resized(call.layer, before, after)


def reads_dtype(call: LayerCall, x: Tensor, dtypes: Collection[str], why: str) -> None:
    """Refuses a tensor of a dtype that TensorFlow's kernel does not support."""
    if x.dtype not in dtypes:
        call.refuse(
            "wrong-dtype",
            f"{call.layer.label} {why}, but reads {x.dtype}",
            f"set dtype: float32 on {call.layer.name}" if x.is_float
            else "give the input dtype: float32, or put an Embedding before it",
        )  # fmt: skip


def needs_gpu(call: LayerCall, what: str, fix: str, argument: str) -> None:
    """Refuses what TensorFlow computes on a CPU with oneDNN only, in other dtypes than oneDNN's."""
    if call.compute not in ONEDNN:
        call.refuse(
            "needs-gpu",
            f"{call.layer.label} has {what}, which TensorFlow computes in {call.compute} on a GPU "
            "only",
            f"{fix}, or set dtype: float32",
            argument=argument,
        )


def layout_needs_gpu(call: LayerCall) -> None:
    """Refuses channels_first in a convolution that only a GPU computes."""
    if channels_first(call):
        needs_gpu(
            call,
            "data_format channels_first",
            "put the channels last, with data_format: channels_last",
            "data_format",
        )


def per_axis(call: LayerCall, argument: str, spatial: int, default: str | None = None) -> list[int]:
    """An argument as a list of one number for each axis; a single number stands for all axes."""
    value = call[argument]
    if value is None:
        value = call[default or argument]
    values = value if isinstance(value, list) else [value] * spatial
    if len(values) != spatial:
        call.refuse(
            "wrong-value",
            f"{argument} of {call.layer.label} is one number or {spatial}, not {len(values)}",
            f"such as {argument}: {[2] * spatial}",
            argument=argument,
        )
    return values


def positions(call: LayerCall, x: Tensor, window: Window) -> list[Axis]:
    """How many positions a window takes along each axis."""
    sizes = spatial_axes(call, x)
    return [
        _positions(call, x, *axis) for axis in zip(sizes, window.reach, window.strides, strict=True)
    ]


def _positions(call: LayerCall, x: Tensor, size: Axis, reach: int, stride: int) -> Axis:
    if size is None:
        return None
    if call["padding"] != "valid":
        return -(-size // stride)
    if not at_least(size, reach):
        call.refuse(
            "too-short",
            f"{call.layer.label} looks at {reach} steps at once, but its input "
            f"{shown(x.shape)} has {size}",
            "give it a longer input or a smaller window, or padding: same",
        )
    return (size - reach) // stride + 1
