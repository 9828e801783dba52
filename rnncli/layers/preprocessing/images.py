"""Layers that resize or augment images: (batch, height, width, channels), or one image alone.

Keras takes three axes as one image, so that the batch counts as its first axis. Augmentation is for
training: ``predict`` returns the images as they are, and what would fail in training is a warning.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from rnncli.problems import Problem
from rnncli.report.layer import Shape
from rnncli.report.shapes import Axis, shown
from rnncli.rules.requirements import require_float, require_rank
from rnncli.rules.rule import LayerCall, LayerPlan, Refused, Rule

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
    """Crops to height and width; a smaller image is enlarged, and then is float32."""
    facts = resized(call)
    pairs = zip(call.x.axes, facts.output.axes, strict=True)
    if any(old is not None and new is not None and new > old for old, new in pairs):
        return replace(facts, outputs=(replace(facts.output, dtype="float32"),))
    return facts


def _check_brightness(call: LayerCall) -> None:
    """RandomBrightness keeps integers, and then needs a value_range of integers."""
    _check_bool(call)
    if not call.x.is_float and any(isinstance(bound, float) for bound in call["value_range"]):
        call.refuse(
            "wrong-dtype",
            f"{call.layer.label} keeps {call.x.dtype}, into which its value_range does not fit",
            "give the input dtype: float32, or a value_range of integers",
            argument="value_range",
        )


def random_crop(call: LayerCall) -> LayerPlan:
    """Keras infers (batch, height, width, channels), to which it crops in training; predict returns
    the images in their own size."""
    facts = resized(call)
    x, cropped = call.x, facts.output
    inferred = None if cropped.shape == x.shape else cropped.shape
    output = replace(cropped, shape=x.shape, inferred=inferred)
    return _handed_on(call, replace(facts, outputs=(output,)))


def augmentation(*checks: Callable[[LayerCall], None]) -> Rule:
    """The same shape: ``predict`` returns the images, and only training changes them.

    What one of the checks refuses fails in training, and is reported as a warning.
    """

    def rule(call: LayerCall) -> LayerPlan:
        _check_rank(call)
        for check in checks:
            try:
                check(call)
            except Refused as refusal:
                call.evaluation.problems.append(_of_training(refusal.problem))
        return _handed_on(call, _image(call, call.x.axes))

    return rule


def _of_training(refused: Problem) -> Problem:
    message = f"{refused.message}: predict hands the images on, but training fails"
    return replace(refused, message=message, severity="warning")


def color_degeneration(call: LayerCall) -> LayerPlan:
    """RandomColorDegeneration, which reads the channels in predict as well."""
    _check_rank(call)
    _reads(RGB)(call)
    return augmentation()(call)


def auto_contrast(call: LayerCall) -> LayerPlan:
    """Colours spread over the whole range, in predict as well."""
    _check_rank(call)
    return _image(call, call.x.axes)


def _check_corners(call: LayerCall) -> None:
    """Refuses images without four corners, which RandomPerspective moves."""
    first = -2 if call["data_format"] == "channels_first" else -3
    if 1 in call.x.axes[first : first + 2 or None]:
        call.refuse(
            "too-short",
            f"{call.layer.label} needs images of at least 2 × 2 pixels, and reads "
            f"{shown(call.x.shape)}",
            "give it larger images",
        )


def _handed_on(call: LayerCall, facts: LayerPlan) -> LayerPlan:
    """A batch of images is returned as it is, with its mask; a single image loses its mask."""
    if call.x.rank != 4 or not call.x.masked:
        return facts
    return replace(facts, outputs=(replace(facts.output, masked=True),), mask="passes")


def _check_bfloat16(call: LayerCall) -> None:
    if call.compute == "bfloat16" and call.x.rank == 4:
        call.refuse(
            "wrong-dtype",
            f"Keras cannot compute {call.layer.label} in bfloat16",
            "give it another dtype, such as float32",
            argument="dtype",
        )


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
    # Some layers keep integers when called eagerly, but none does in a graph, as in predict.
    return LayerPlan((call.output(shape, dtype=call.compute),))


def _check_fill(call: LayerCall) -> None:
    """Refuses to pad images of integers, to keep the aspect ratio, with a float."""
    first = -2 if call["data_format"] == "channels_first" else -3
    high, wide = call.x.axes[first], call.x.axes[first + 1]
    integers = not call.x.is_float and isinstance(call["fill_value"], float)
    if not (call["pad_to_aspect_ratio"] and integers) or high is None or wide is None:
        return
    height, width = call["height"], call["width"]
    if max(wide * height // width - high, high * width // height - wide) > 1:
        call.refuse(
            "wrong-dtype",
            f"{call.layer.label} pads images of {call.x.dtype}, and its fill_value is not an "
            "integer",
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


def _reads(
    channels: tuple[int, ...],
    *,
    last: bool = False,
    when: Callable[[LayerCall], bool] = lambda call: True,
) -> Callable[[LayerCall], None]:
    """A check of the number of channels, which are ``last`` whatever data_format is."""

    def check(call: LayerCall) -> None:
        axis = -3 if call["data_format"] == "channels_first" and not last else -1
        count = call.x.axes[axis]
        if count is not None and count not in channels and when(call):
            call.refuse(
                "shape-mismatch",
                f"{call.layer.label} reads colours, {' or '.join(map(str, channels))} of them, and "
                f"finds {count} in {shown(call.x.shape)}",
                "data_format says where the channels are; a Conv2D of 3 filters makes three of "
                "them",
            )

    return check


def _shifts_colours(call: LayerCall) -> bool:
    """Whether a RandomColorJitter changes the saturation or the hue."""
    return call["saturation_factor"] is not None or call["hue_factor"] is not None


RULES: Mapping[str, Rule] = {
    "AugMix": augmentation(_reads(RGB_OR_GREY, when=lambda call: bool(call["all_ops"]))),
    "AutoContrast": auto_contrast,
    "CenterCrop": center_crop,
    "ContrastLimitedAdaptiveHistogramEqualization": adaptive_equalization,
    "CutMix": augmentation(_check_bfloat16),
    "MaxNumBoundingBoxes": augmentation(),
    "MixUp": augmentation(),
    "RandAugment": augmentation(_reads(RGB_OR_GREY, when=lambda call: bool(call["num_ops"]))),
    "RandomBrightness": augmentation(_check_brightness),
    "RandomColorDegeneration": color_degeneration,
    "RandomColorJitter": augmentation(_reads(RGB, last=True, when=_shifts_colours)),
    "RandomContrast": augmentation(require_float),
    "RandomCrop": random_crop,
    "RandomElasticTransform": augmentation(),
    "RandomErasing": augmentation(
        _reads(RGB, last=True, when=lambda call: isinstance(call["fill_value"], list))
    ),
    "RandomFlip": augmentation(),
    "RandomGaussianBlur": augmentation(),
    "RandomGrayscale": augmentation(_reads(RGB_OR_GREY)),
    "RandomHue": augmentation(_reads(RGB)),
    "RandomInvert": augmentation(),
    "RandomPerspective": augmentation(_check_corners),
    "RandomPosterization": augmentation(),
    "RandomRotation": augmentation(),
    "RandomSaturation": augmentation(require_float, _reads(RGB)),
    "RandomSharpness": augmentation(),
    "RandomShear": augmentation(),
    "RandomTranslation": augmentation(),
    "RandomZoom": augmentation(),
    "Resizing": resized,
    "Solarization": augmentation(),
}
