"""Convolution, pooling, padding, cropping and their kin, in one to three dimensions."""

from __future__ import annotations

from typing import Any

from tests.judge.case import Make
from tests.judge.drawing.chance import ACTIVATIONS, Chance
from tests.judge.drawing.unary import Shape, recipe


def size(chance: Chance, dims: int, low: int = 1, high: int = 3) -> Any:
    """A size for every dimension, or one for all."""
    if dims == 1 or chance.happens(0.5):
        return chance.between(low, high)
    return tuple(chance.between(low, high) for _ in range(dims))


def strides(chance: Chance, dims: int, share: float = 0.3) -> dict[str, Any]:
    return chance.maybe(share, strides=size(chance, dims, 1, 2))


def padding(chance: Chance, *more: str) -> dict[str, Any]:
    return chance.maybe(0.4, padding=chance.pick(["same", "same", *more]))


def first(chance: Chance, share: float = 0.06) -> dict[str, Any]:
    return chance.maybe(share, data_format=chance.pick(["channels_first", "channels_last"]))


@recipe(5, (2, 2, 3, 4))
def convolution(chance: Chance, shape: Shape) -> Make:
    dims = max(1, len(shape) - 1)
    transposed = chance.happens(0.25)
    args: dict[str, Any] = {"filters": chance.between(1, 4), "kernel_size": size(chance, dims)}
    args |= padding(chance, *([] if transposed or dims > 1 else ["causal"]))
    args |= strides(chance, dims)
    if "strides" not in args:
        args |= chance.maybe(0.15, dilation_rate=size(chance, dims, 1, 2))
    if not transposed and shape[-1:] in ((2,), (4,)) and chance.happens(0.2):
        args |= {"groups": 2, "filters": chance.pick([2, 4])}
    if transposed and "strides" in args and args["strides"] == 2:
        args |= chance.maybe(0.3, output_padding=1)
    args |= chance.maybe(0.3, activation=chance.pick(ACTIVATIONS)) | chance.maybe(
        0.2, use_bias=False
    )
    args |= first(chance)
    return chance.make(f"Conv{dims}D{'Transpose' if transposed else ''}", **args)


@recipe(3, (2, 3))
def depthwise(chance: Chance, shape: Shape) -> Make:
    dims = len(shape) - 1
    kind = chance.pick(["Depthwise", "Separable"])
    args: dict[str, Any] = {"filters": chance.between(1, 4)} if kind == "Separable" else {}
    args["kernel_size"] = size(chance, 1)
    args |= padding(chance) | strides(chance, 1, 0.2) | chance.maybe(0.3, depth_multiplier=2)
    args |= chance.maybe(0.2, use_bias=False) | first(chance)
    return chance.make(f"{kind}Conv{dims}D", **args)


@recipe(4, (2, 2, 3, 4), "fi")
def pooling(chance: Chance, shape: Shape) -> Make:
    dims = max(1, len(shape) - 1)
    args: dict[str, Any] = chance.maybe(0.6, pool_size=size(chance, dims, 1, 3))
    args |= strides(chance, dims) | padding(chance) | first(chance)
    return chance.make(f"{chance.pick(['Max', 'Average'])}Pooling{dims}D", **args)


@recipe(5, (2, 2, 3, 4), "fib")
def global_pooling(chance: Chance, shape: Shape) -> Make:
    dims = max(1, len(shape) - 1)
    args = chance.maybe(0.2, keepdims=True) | first(chance)
    return chance.make(f"Global{chance.pick(['Max', 'Average', 'Average'])}Pooling{dims}D", **args)


@recipe(1.5, (2, 3, 4))
def adaptive_pooling(chance: Chance, shape: Shape) -> Make:
    dims = len(shape) - 1
    kind = chance.pick(["Max", "Average"])
    return chance.make(
        f"Adaptive{kind}Pooling{dims}D", output_size=size(chance, dims, 1, 4), **first(chance)
    )


@recipe(2, (2, 3, 4), "fib")
def up_sampling(chance: Chance, shape: Shape) -> Make:
    dims = len(shape) - 1
    args: dict[str, Any] = {"size": size(chance, dims, 1, 2)}
    if dims == 2:
        args |= chance.maybe(0.3, interpolation=chance.pick(["bilinear", "nearest", "bicubic"]))
    return chance.make(f"UpSampling{dims}D", **args, **(first(chance) if dims > 1 else {}))


@recipe(3, (2, 3, 4), "fib")
def edges(chance: Chance, shape: Shape) -> Make:
    dims = len(shape) - 1
    kind = chance.pick(["ZeroPadding", "Cropping"])
    if chance.happens(0.4):
        amount: Any = chance.between(0, 2)
    elif dims == 1:
        amount = (chance.between(0, 2), chance.between(0, 1))
    else:
        amount = tuple((chance.between(0, 1), chance.between(0, 2)) for _ in range(dims))
    name = "padding" if kind == "ZeroPadding" else "cropping"
    return chance.make(f"{kind}{dims}D", **{name: amount}, **(first(chance) if dims > 1 else {}))


@recipe(1, (2, 3, 4), "fi")
def spatial_dropout(chance: Chance, shape: Shape) -> Make:
    return chance.make(f"SpatialDropout{len(shape) - 1}D", rate=0.5)


@recipe(0.8, (3,), "fi")
def image(chance: Chance, shape: Shape) -> Make:
    cls, args = chance.pick(
        [
            ("Resizing", {"height": 3, "width": 2}),
            ("Resizing", {"height": 2, "width": 5, "interpolation": "nearest"}),
            ("Resizing", {"height": 4, "width": 4, "crop_to_aspect_ratio": True}),
            ("CenterCrop", {"height": 2, "width": 2}),
            ("CenterCrop", {"height": 5, "width": 3}),
            ("RandomContrast", {"factor": 0.5}),
            ("RandomFlip", {}),
            ("RandomTranslation", {"height_factor": 0.2, "width_factor": 0.2}),
            ("RandomZoom", {"height_factor": 0.2}),
            ("RandomRotation", {"factor": 0.2}),
            ("RandomBrightness", {"factor": 0.2}),
            ("RandomCrop", {"height": 2, "width": 2}),
            ("Solarization", {}),
            ("AutoContrast", {}),
        ]
    )
    return chance.make(cls, **args)
