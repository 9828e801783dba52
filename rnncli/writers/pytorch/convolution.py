"""Convolutions and pooling along one axis; PyTorch has the channels before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rnncli.model.graph import KerasObject
from rnncli.report.layer import Shape
from rnncli.writers.pytorch.activations import activated
from rnncli.writers.pytorch.parts import NoEquivalent, Unit, called, features_of, one_size


def conv1d(layer: KerasObject, shape: Shape) -> Unit:
    """A Conv1D: its windows and its padding are written out where nn.Conv1d has none such."""
    _channels_last(layer)
    size, stride, dilation = (
        one_size(layer[name]) for name in ("kernel_size", "strides", "dilation_rate")
    )

    def weights(arrays: Sequence[Any]) -> Mapping[str, Any]:
        kernel = arrays[0].transpose(2, 1, 0)
        return dict(zip(("weight", "bias"), (kernel, *arrays[1:]), strict=False))

    value, padding, helpers = _padded(layer["padding"], size, stride, dilation)
    constructor = called(
        "nn.Conv1d",
        features_of(shape),
        layer["filters"],
        size,
        stride=stride if stride > 1 else None,
        padding=padding,
        dilation=dilation if dilation > 1 else None,
        groups=layer["groups"] if layer["groups"] > 1 else None,
        bias=None if layer["use_bias"] else False,
    )
    return Unit(
        lambda module, x: activated(
            layer["activation"], f"{module}({value(f'{x}.transpose(1, 2)')}).transpose(1, 2)"
        ),
        constructor,
        weights,
        helpers,
    )


def separable_conv1d(layer: KerasObject, shape: Shape) -> Unit:
    """A SeparableConv1D: a convolution of each channel, and one over all of them."""
    _channels_last(layer)
    size, stride, dilation = (
        one_size(layer[name]) for name in ("kernel_size", "strides", "dilation_rate")
    )
    value, padding, helpers = _padded(layer["padding"], size, stride, dilation)
    channels = features_of(shape)
    wide = channels * layer["depth_multiplier"]

    def weights(arrays: Sequence[Any]) -> Mapping[str, Any]:
        depthwise, pointwise, *bias = arrays
        named = {
            "0.weight": depthwise.transpose(1, 2, 0).reshape(wide, 1, size),
            "1.weight": pointwise.transpose(2, 1, 0),
        }
        return named | ({"1.bias": bias[0]} if bias else {})

    first = called(
        "nn.Conv1d",
        channels,
        wide,
        size,
        stride=stride if stride > 1 else None,
        padding=padding,
        dilation=dilation if dilation > 1 else None,
        groups=channels,
        bias=False,
    )
    bias = None if layer["use_bias"] else False
    second = called("nn.Conv1d", wide, layer["filters"], 1, bias=bias)
    return Unit(
        lambda module, x: activated(
            layer["activation"], f"{module}({value(f'{x}.transpose(1, 2)')}).transpose(1, 2)"
        ),
        f"nn.Sequential({first}, {second})",
        weights,
        helpers,
    )


def _padded(padding: str, size: int, stride: int, dilation: int) -> tuple[Any, str | None, Any]:
    """How the input is padded: in an expression, by the module, and with which helpers."""
    reach = dilation * (size - 1)
    if padding == "causal":
        return (lambda x: f"F.pad({x}, ({reach}, 0))" if reach else x), None, frozenset()
    if padding == "valid" or (not reach and stride == 1):
        return (lambda x: x), None, frozenset()
    if stride == 1:
        return (lambda x: x), "same", frozenset()
    return (
        (lambda x: f"pad_same({x}, {reach + 1}, {stride})"),
        None,
        frozenset({"pad_same"}),
    )


def pooling(layer: KerasObject, shape: Shape) -> Unit:
    """Pooling of windows, or of all steps."""
    _channels_last(layer)
    if layer.cls.startswith("Global"):
        keeps = ", keepdim=True" if layer["keepdims"] else ""
        function = "mean" if "Average" in layer.cls else "amax"
        return Unit(lambda module, x: f"{x}.{function}(1{keeps})")
    size = one_size(layer["pool_size"])
    stride = size if layer["strides"] is None else one_size(layer["strides"])
    name = "avg_pool1d" if "Average" in layer.cls else "max_pool1d"
    windows = f"{size}" if stride == size else f"{size}, {stride}"
    if layer["padding"] == "valid":
        return Unit(lambda module, x: f"F.{name}({x}.transpose(1, 2), {windows}).transpose(1, 2)")
    if name == "avg_pool1d":
        if size > 1:
            raise NoEquivalent(
                (
                    "Keras averages over the steps of a window that are not padding, and "
                    "nn.AvgPool1d over all of them",
                    "use padding: valid",
                )
            )
        return Unit(lambda module, x: f"{x}[:, ::{stride}]")
    # The value of padding must not be the largest.
    return Unit(
        lambda module, x: (
            f"F.{name}(pad_same({x}.transpose(1, 2), {size}, {stride}, "
            f'-float("inf")), {windows}).transpose(1, 2)'
        ),
        helpers=frozenset({"pad_same"}),
    )


def _channels_last(layer: KerasObject) -> None:
    if layer["data_format"] == "channels_first":
        raise NoEquivalent(("it has its channels first", "leave data_format out"))
