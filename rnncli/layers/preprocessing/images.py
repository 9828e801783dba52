"""Layers that resize or augment images: (batch, height, width, channels), or one image alone.

Keras takes three axes as one image, so that the batch counts as its first axis. Augmentation is for
training: ``predict`` hands the images on as they are. What would fail in training is refused.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from rnncli.report.layer import Shape
from rnncli.report.shapes import Axis, shown
from rnncli.rules.requirements import require_float, require_rank
from rnncli.rules.rule import LayerCall, LayerPlan, Rule

RGB = (3,)
RGB_OR_GREY = (1, 3)


def resized(call: LayerCall) -> LayerPlan:
    """(batch, …, …, channels) → (batch, height, width, channels)."""
    _check_rank(call)
    resizes = call.layer.cls == "Resizing"
    if resizes:
        _check_bool(call)
        _check_fill(call)
    if resizes and call["crop_to_aspect_ratio"] and call["pad_to_aspect_ratio"]:
        call.refuse(
            "wrong-value",
            f"{call.layer.label} both crops and pads to keep the aspect ratio",
            "set one of crop_to_aspect_ratio and pad_to_aspect_ratio",
            argument="pad_to_aspect_ratio",
        )
    shape: list[Axis] = list(call.x.axes)
    first = -2 if call["data_format"] == "channels_first" else -3
    shape[first], shape[first + 1] = call["height"], call["width"]
    return _image(call, tuple(shape))


def center_crop(call: LayerCall) -> LayerPlan:
    """Cut to height and width; an image that is smaller is enlarged, and then is float32."""
    facts = resized(call)
    pairs = zip(call.x.axes, facts.output.axes, strict=True)
    if any(old is not None and new is not None and new > old for old, new in pairs):
        return replace(facts, outputs=(replace(facts.output, dtype="float32"),))
    return facts


def brightness(call: LayerCall) -> LayerPlan:
    """RandomBrightness: integers stay such, and then need a value_range of integers."""
    _check_bool(call)
    if not call.x.is_float and any(isinstance(each, float) for each in call["value_range"]):
        call.refuse(
            "wrong-dtype",
            f"{call.layer.label} keeps {call.x.dtype}, into which its value_range does not fit",
            "give the input dtype: float32, or a value_range of integers",
            argument="value_range",
        )
    return augmentation()(call)


def random_crop(call: LayerCall) -> LayerPlan:
    """Keras infers (batch, height, width, channels), to which it crops while it trains; predict
    hands the images on, as large as they are."""
    facts = resized(call)
    x, cropped = call.x, facts.output
    inferred = None if cropped.shape == x.shape else cropped.shape
    output = replace(cropped, shape=x.shape, inferred=inferred)
    return _handed_on(call, replace(facts, outputs=(output,)))


def augmentation(channels: tuple[int, ...] = ()) -> Rule:
    """The same shape; ``channels`` is how many it may read, where that matters."""

    def rule(call: LayerCall) -> LayerPlan:
        _check_rank(call)
        _check_channels(call, channels)
        return _handed_on(call, _image(call, call.x.axes))

    return rule


def auto_contrast(call: LayerCall) -> LayerPlan:
    """Colours spread over the whole range, in predict as well."""
    _check_rank(call)
    return _image(call, call.x.axes)


def of_floats(channels: tuple[int, ...] = ()) -> Rule:
    """The same shape, of floating-point numbers only."""

    def rule(call: LayerCall) -> LayerPlan:
        require_float(call)
        return augmentation(channels)(call)

    return rule


def aug_mix(call: LayerCall) -> LayerPlan:
    """AugMix: chains of layers drawn at random, one of which reads colours."""
    return augmentation(RGB_OR_GREY if call["all_ops"] else ())(call)


def rand_augment(call: LayerCall) -> LayerPlan:
    """RandAugment: num_ops layers drawn at random, of which all are computed."""
    return augmentation(RGB_OR_GREY if call["num_ops"] else ())(call)


def perspective(call: LayerCall) -> LayerPlan:
    """RandomPerspective: the corners of the image are moved, so it needs four of them."""
    _check_rank(call)
    first = -2 if call["data_format"] == "channels_first" else -3
    if 1 in call.x.axes[first : first + 2 or None]:
        call.refuse(
            "too-short",
            f"{call.layer.label} needs images of at least 2 × 2 pixels, and reads "
            f"{shown(call.x.shape)}",
            "give it larger images",
        )
    return _handed_on(call, _image(call, call.x.axes))


def random_color_jitter(call: LayerCall) -> LayerPlan:
    """RandomColorJitter: its saturation and hue look for colours on the last axis."""
    _check_rank(call)
    if call["saturation_factor"] is not None or call["hue_factor"] is not None:
        _check_channels(call, RGB, last=True)
    return _handed_on(call, _image(call, call.x.axes))


def _handed_on(call: LayerCall, facts: LayerPlan) -> LayerPlan:
    """A batch of images is handed on as it is, and so under its mask; one image is packed up."""
    if call.x.rank != 4 or not call.x.masked:
        return facts
    return replace(facts, outputs=(replace(facts.output, masked=True),), mask="passes")


def erasing(call: LayerCall) -> LayerPlan:
    """RandomErasing: a fill_value of three numbers is laid along the last axis."""
    _check_rank(call)
    if isinstance(call["fill_value"], list):
        _check_channels(call, RGB, last=True)
    return _handed_on(call, _image(call, call.x.axes))


def cut_mix(call: LayerCall) -> LayerPlan:
    """CutMix: parts of images swapped within the batch."""
    if call.compute == "bfloat16" and call.x.rank == 4:
        call.refuse(
            "wrong-dtype",
            f"Keras cannot compute {call.layer.label} in bfloat16",
            "give it another dtype, such as float32",
            argument="dtype",
        )
    return augmentation()(call)


def adaptive_equalization(call: LayerCall) -> LayerPlan:
    """Histograms of a grid of tiles (Zuiderveld 1994); the image is mirrored to fill the last."""
    _check_rank(call)
    first = -2 if call["data_format"] == "channels_first" else -3
    for axis, tiles in zip((first, first + 1), call["tile_grid_size"], strict=True):
        size = call.x.axes[axis]
        if size is not None and -size % tiles > size:
            call.refuse(
                "too-short",
                f"{call.layer.label} cuts {size} pixels into {tiles} tiles, and mirrors them at "
                "most once",
                f"give tile_grid_size at most {2 * size} tiles there",
                argument="tile_grid_size",
            )
    return _image(call, call.x.axes)


def _image(call: LayerCall, shape: Shape) -> LayerPlan:
    # Some keep integers where they are called eagerly; in a graph, as predict calls them, none.
    return LayerPlan((call.output(shape, dtype=call.compute),))


def _check_fill(call: LayerCall) -> None:
    """Integers that are padded to keep the aspect ratio are padded by an integer."""
    first = -2 if call["data_format"] == "channels_first" else -3
    high, wide = call.x.axes[first], call.x.axes[first + 1]
    integers = not call.x.is_float and isinstance(call["fill_value"], float)
    if not (call["pad_to_aspect_ratio"] and integers) or high is None or wide is None:
        return
    height, width = call["height"], call["width"]
    if max(wide * height // width - high, high * width // height - wide) > 1:
        call.refuse(
            "wrong-dtype",
            f"{call.layer.label} pads images of {call.x.dtype}, and its fill_value is no integer",
            "set fill_value: 0, or give the input dtype: float32",
            argument="fill_value",
        )


def _check_bool(call: LayerCall) -> None:
    if call.x.dtype == "bool":
        call.refuse(
            "wrong-dtype",
            f"{call.layer.label} keeps the dtype of what it reads, and cannot compute with bool",
            "give the input dtype: float32",
        )


def _check_rank(call: LayerCall) -> None:
    require_rank(call, 4, 3, shape="images (batch, height, width, channels)")


def _check_channels(call: LayerCall, wanted: tuple[int, ...], last: bool = False) -> None:
    axis = -3 if call["data_format"] == "channels_first" and not last else -1
    found = call.x.axes[axis]
    if wanted and found is not None and found not in wanted:
        call.refuse(
            "shape-mismatch",
            f"{call.layer.label} reads colours, {' or '.join(map(str, wanted))} of them, and "
            f"finds {found} in {shown(call.x.shape)}",
            "data_format says where the channels are; a Conv2D of 3 filters makes three of them",
        )


RULES: Mapping[str, Rule] = {
    "AugMix": aug_mix,
    "AutoContrast": auto_contrast,
    "CenterCrop": center_crop,
    "ContrastLimitedAdaptiveHistogramEqualization": adaptive_equalization,
    "CutMix": cut_mix,
    "MaxNumBoundingBoxes": augmentation(),
    "MixUp": augmentation(),
    "RandAugment": rand_augment,
    "RandomBrightness": brightness,
    "RandomColorDegeneration": augmentation(RGB),
    "RandomColorJitter": random_color_jitter,
    "RandomContrast": of_floats(),
    "RandomCrop": random_crop,
    "RandomElasticTransform": augmentation(),
    "RandomErasing": erasing,
    "RandomFlip": augmentation(),
    "RandomGaussianBlur": augmentation(),
    "RandomGrayscale": augmentation(RGB_OR_GREY),
    "RandomHue": augmentation(RGB),
    "RandomInvert": augmentation(),
    "RandomPerspective": perspective,
    "RandomPosterization": augmentation(),
    "RandomRotation": augmentation(),
    "RandomSaturation": of_floats(RGB),
    "RandomSharpness": augmentation(),
    "RandomShear": augmentation(),
    "RandomTranslation": augmentation(),
    "RandomZoom": augmentation(),
    "Resizing": resized,
    "Solarization": augmentation(),
}
