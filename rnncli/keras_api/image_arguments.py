"""What values the arguments of Keras's image layers take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from rnncli.keras_api.kinds import COUNT, NUMBER, POSITIVE, TEXT, Kind, choice, is_number, is_whole


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(map(is_number, value))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _factor(low: float, high: float) -> Kind:
    """A number, or two; Keras requires of two only that they overlap the range."""

    def allowed(value: Any) -> bool:
        if isinstance(value, list):
            return bool(value[0] <= high and value[1] >= low)
        return bool(low <= value <= high)

    return Kind(
        f"a number from {low} to {high}, or two of them", "0.5" if low < 1 else "4",
        lambda value: is_number(value) or _is_pair(value), allowed,
    )  # fmt: skip


def _strict(low: float, high: float, without_low: bool = False) -> Kind:
    """A number, or two, both in the range."""

    def allowed(value: Any) -> bool:
        return all(
            low <= number <= high and not (without_low and number == low)
            for number in _listed(value)
        )

    return replace(_factor(low, high), allowed=allowed)


_PAIR = Kind("a list of two numbers, the lowest and the highest", "[0, 255]", _is_pair)
_NOTHING = Kind("null: it is another layer's argument", "null", lambda value: False)
_SHARE = Kind("a number from 0 to 1", "0.5", is_number, lambda value: 0 <= value <= 1)
_ODD = Kind(
    "an odd number, or a list of two",
    "3",
    lambda value: is_whole(value) or (_is_pair(value) and all(map(is_whole, value))),
    lambda value: all(number % 2 and number > 0 for number in _listed(value)),
)
_GRID = Kind(
    "a list of two positive integers",
    "[8, 8]",
    lambda value: _is_pair(value) and all(map(is_whole, value)),
    lambda value: min(value) > 0,
)
_FILL = Kind(
    "a number, or a list of three",
    "0",
    lambda value: (
        is_number(value)
        or (isinstance(value, list) and len(value) == 3 and all(map(is_number, value)))
    ),
)
_BITS = replace(
    _factor(1, 8),
    expects="an integer from 1 to 8, or two of them",
    fits=lambda value: is_whole(value) or (_is_pair(value) and all(map(is_whole, value))),
)

BY_NAME: Mapping[str, Kind] = {
    "addition_factor": _strict(0, 1),
    "bins": POSITIVE,
    "bounding_box_format": TEXT,
    "brightness_factor": _factor(-1, 1),
    "chain_depth": COUNT,
    "clip_limit": NUMBER,
    "contrast_factor": _factor(0, 1),
    "factor": _factor(0, 1),
    "fill_mode": choice("reflect", "wrap", "constant", "nearest"),
    "fill_value": NUMBER,
    "height": POSITIVE,
    "height_factor": _strict(-1, 1),
    "hue_factor": _factor(0, 1),
    "interpolation": choice("bilinear", "nearest"),
    "max_number": NUMBER,
    "num_chains": COUNT,
    "num_ops": COUNT,
    "saturation_factor": _factor(-1, 1),
    "sigma": _factor(0, 1),
    "threshold_factor": _strict(0, 1),
    "tile_grid_size": _GRID,
    "value_range": _PAIR,
    "width": POSITIVE,
    "width_factor": _strict(-1, 1),
    "x_factor": _strict(0, 1),
    "y_factor": _strict(0, 1),
}
BY_CLASS: Mapping[tuple[str, str], Kind] = {
    **{
        (cls, "factor"): _NOTHING
        for cls in (
            "AutoContrast", "CenterCrop", "RandomFlip", "RandomShear", "RandomTranslation",
            "RandomZoom", "Resizing", "Solarization",
        )
    },
    **{
        (cls, "factor"): _factor(-1, 1)
        for cls in (
            "ContrastLimitedAdaptiveHistogramEqualization", "MaxNumBoundingBoxes", "MixUp",
            "RandomBrightness", "RandomColorDegeneration", "RandomColorJitter", "RandomCrop",
            "RandomRotation", "RandomSaturation",
        )
    },
    # These pass their factor to a RandomShear.
    ("AugMix", "factor"): _strict(0, 1),
    ("RandAugment", "factor"): _strict(0, 1),
    ("RandomElasticTransform", "scale"): _factor(0, 1),
    ("RandomErasing", "fill_value"): _FILL,
    ("RandomErasing", "scale"): _factor(0, 1),
    ("RandomFlip", "mode"): choice("horizontal_and_vertical", "horizontal", "vertical"),
    ("RandomGaussianBlur", "kernel_size"): _ODD,
    ("RandomGrayscale", "factor"): _SHARE,
    ("RandomPerspective", "scale"): _SHARE,
    ("RandomPosterization", "factor"): _BITS,
    ("RandomZoom", "height_factor"): _strict(-1, 1, without_low=True),
    ("RandomZoom", "width_factor"): _strict(-1, 1, without_low=True),
    ("Resizing", "fill_mode"): choice("constant"),
    ("Resizing", "interpolation"): choice(
        "bilinear", "nearest", "bicubic", "lanczos3", "lanczos5", "area"
    ),
}  # fmt: skip
