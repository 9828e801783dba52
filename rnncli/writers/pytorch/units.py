"""Layers that read one tensor and return one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rnncli.model.graph import KerasObject
from rnncli.report.layer import Shape
from rnncli.writers.pytorch.activations import activated
from rnncli.writers.pytorch.convolution import conv1d, pooling, separable_conv1d
from rnncli.writers.pytorch.parts import NoEquivalent, Unit, called, features_of, one_size

Equivalent = Callable[[KerasObject, Shape], Unit]


def _dense(layer: KerasObject, shape: Shape) -> Unit:
    def weights(arrays: Sequence[Any]) -> Mapping[str, Any]:
        return dict(zip(("weight", "bias"), (arrays[0].T, *arrays[1:]), strict=False))

    bias = None if layer["use_bias"] else False
    return Unit(
        lambda module, x: activated(layer["activation"], f"{module}({x})"),
        called("nn.Linear", features_of(shape), layer["units"], bias=bias),
        weights,
    )


def _embedding(layer: KerasObject, shape: Shape) -> Unit:
    return Unit(
        lambda module, x: f"{module}({x})",
        called("nn.Embedding", layer["input_dim"], layer["output_dim"]),
        lambda arrays: {"weight": arrays[0]},
    )


def _layer_normalization(layer: KerasObject, shape: Shape) -> Unit:
    _along_last_axis(layer, shape)
    if layer["rms_scaling"]:
        raise NoEquivalent(("nn.LayerNorm has no rms_scaling", None))
    size = features_of(shape)
    scale, center = layer["scale"], layer["center"]

    def weights(arrays: Sequence[Any]) -> Mapping[str, Any]:
        import numpy as np

        if not scale:
            arrays = (np.ones(size, "float32"), *arrays) if center else ()
        return dict(zip(("weight", "bias"), arrays, strict=False))

    affine = None if scale or center else False
    bias = False if scale and not center else None
    return Unit(
        lambda module, x: f"{module}({x})",
        called("nn.LayerNorm", size, eps=layer["epsilon"], elementwise_affine=affine, bias=bias),
        weights,
    )


def _batch_normalization(layer: KerasObject, shape: Shape) -> Unit:
    _along_last_axis(layer, shape)
    size = features_of(shape)
    scale, center = layer["scale"], layer["center"]
    affine = None if scale or center else False

    def weights(arrays: Sequence[Any]) -> Mapping[str, Any]:
        import numpy as np

        named = dict(zip(("weight",) * scale + ("bias",) * center, arrays, strict=False))
        if affine is None:
            named.setdefault("weight", np.ones(size, "float32"))
            named.setdefault("bias", np.zeros(size, "float32"))
        mean, variance = arrays[-2:]
        moving = {"running_mean": mean, "running_var": variance}
        return {**named, **moving, "num_batches_tracked": np.zeros((), "int64")}

    def value(module: str, x: str) -> str:
        if len(shape) == 2:
            return f"{module}({x})"
        return f"{module}({x}.movedim(-1, 1)).movedim(1, -1)"

    if len(shape) not in (2, 3, 4):
        raise NoEquivalent(("nn.BatchNorm has no form for so many axes", None))
    constructor = called(
        "nn.BatchNorm2d" if len(shape) == 4 else "nn.BatchNorm1d",
        size,
        eps=layer["epsilon"],
        momentum=round(1 - layer["momentum"], 6),
        affine=affine,
    )
    return Unit(value, constructor, weights)


def _along_last_axis(layer: KerasObject, shape: Shape) -> None:
    axis = layer["axis"]
    if (axis if isinstance(axis, list) else [axis]) not in ([-1], [len(shape) - 1]):
        raise NoEquivalent((f"it normalizes along axis {axis}, not along the last", None))


def _activation(layer: KerasObject, shape: Shape) -> Unit:
    return Unit(lambda module, x: activated(layer["activation"], x))


def _relu(layer: KerasObject, shape: Shape) -> Unit:
    if layer["threshold"] or (layer["negative_slope"] and layer["max_value"] is not None):
        raise NoEquivalent(("PyTorch has no ReLU with a threshold, or a slope and a bound", None))
    if layer["max_value"] is not None:
        return Unit(lambda module, x: f"{x}.clamp(0, {layer['max_value']!r})")
    if layer["negative_slope"]:
        return Unit(lambda module, x: f"F.leaky_relu({x}, {layer['negative_slope']!r})")
    return Unit(lambda module, x: f"torch.relu({x})")


def _leaky_relu(layer: KerasObject, shape: Shape) -> Unit:
    return Unit(lambda module, x: f"F.leaky_relu({x}, {layer['negative_slope']!r})")


def _elu(layer: KerasObject, shape: Shape) -> Unit:
    return Unit(lambda module, x: f"F.elu({x}, {layer['alpha']!r})")


def _softmax(layer: KerasObject, shape: Shape) -> Unit:
    if isinstance(layer["axis"], list):
        raise NoEquivalent(("PyTorch's softmax is along one axis", None))
    return Unit(lambda module, x: f"{x}.softmax({layer['axis']})")


def _dropout(layer: KerasObject, shape: Shape) -> Unit:
    if layer["noise_shape"] is not None:
        raise NoEquivalent(("nn.Dropout has no noise_shape", "leave noise_shape out"))
    return Unit(lambda module, x: f"{module}({x})", called("nn.Dropout", layer["rate"]))


def _spatial_dropout(layer: KerasObject, shape: Shape) -> Unit:
    return Unit(
        lambda module, x: f"{module}({x}.transpose(1, 2)).transpose(1, 2)",
        called("nn.Dropout1d", layer["rate"]),
    )


def _unchanged(layer: KerasObject, shape: Shape) -> Unit:
    """A layer that changes nothing outside of training."""
    return Unit(lambda module, x: x, without="it acts in training alone")


def _identity(layer: KerasObject, shape: Shape) -> Unit:
    return Unit(lambda module, x: x)


def _flatten(layer: KerasObject, shape: Shape) -> Unit:
    _channels_last(layer)
    if len(shape) == 1:
        return Unit(lambda module, x: f"{x}.unsqueeze(1)")
    return Unit(lambda module, x: f"{x}.flatten(1)")


def _reshape(layer: KerasObject, shape: Shape) -> Unit:
    sizes = ", ".join(map(str, layer["target_shape"]))
    return Unit(lambda module, x: f"{x}.reshape({', '.join(filter(None, [f'len({x})', sizes]))})")


def _permute(layer: KerasObject, shape: Shape) -> Unit:
    axes = ", ".join(map(str, [0, *layer["dims"]]))
    return Unit(lambda module, x: f"{x}.permute({axes})")


def _repeat_vector(layer: KerasObject, shape: Shape) -> Unit:
    return Unit(lambda module, x: f"{x}.unsqueeze(1).repeat(1, {layer['n']}, 1)")


def _zero_padding(layer: KerasObject, shape: Shape) -> Unit:
    _channels_last(layer)
    start, end = _two(layer["padding"])
    return Unit(lambda module, x: f"F.pad({x}, (0, 0, {start}, {end}))")


def _cropping(layer: KerasObject, shape: Shape) -> Unit:
    start, end = _two(layer["cropping"])
    return Unit(lambda module, x: f"{x}[:, {start} : {x}.shape[1] - {end}]")


def _up_sampling(layer: KerasObject, shape: Shape) -> Unit:
    return Unit(lambda module, x: f"{x}.repeat_interleave({one_size(layer['size'])}, dim=1)")


def _two(value: Any) -> tuple[int, int]:
    start, end = value if isinstance(value, list) else (value, value)
    return start, end


def _channels_last(layer: KerasObject) -> None:
    if layer["data_format"] == "channels_first":
        raise NoEquivalent(("it has its channels first", "leave data_format out"))


#: The layers of one tensor, by class.
UNITS: Mapping[str, Equivalent] = {
    "Dense": _dense,
    "Embedding": _embedding,
    "LayerNormalization": _layer_normalization,
    "BatchNormalization": _batch_normalization,
    "Activation": _activation,
    "ReLU": _relu,
    "LeakyReLU": _leaky_relu,
    "ELU": _elu,
    "Softmax": _softmax,
    "Dropout": _dropout,
    "SpatialDropout1D": _spatial_dropout,
    "GaussianDropout": _unchanged,
    "GaussianNoise": _unchanged,
    "AlphaDropout": _unchanged,
    "ActivityRegularization": _unchanged,
    "Identity": _identity,
    "Flatten": _flatten,
    "Reshape": _reshape,
    "Permute": _permute,
    "RepeatVector": _repeat_vector,
    "ZeroPadding1D": _zero_padding,
    "Cropping1D": _cropping,
    "UpSampling1D": _up_sampling,
    "Conv1D": conv1d,
    "SeparableConv1D": separable_conv1d,
    "MaxPooling1D": pooling,
    "AveragePooling1D": pooling,
    "GlobalMaxPooling1D": pooling,
    "GlobalAveragePooling1D": pooling,
}
