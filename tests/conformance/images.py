"""Layers that resize and augment images."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.conformance.drawing import Strategy, arguments, axis, booleans, case, layouts, shapes

_sizes = st.integers(1, 6)
_signed = st.sampled_from([0, 0.2, -0.3, 1, [0.1, 0.5], [-0.2, 0.2], [0.6, -0.5]])
_shares = st.sampled_from([0, 0.2, 1, [0.1, 0.5], [0.6, 0.2]])
_fill_modes = st.sampled_from(["reflect", "wrap", "constant", "nearest"])
_interpolations = st.sampled_from(["nearest", "bilinear"])
_ranges = st.sampled_from([[0, 255], [0, 1], [-1.0, 1.0], [255, 0]])
_fills = st.sampled_from([0, 0.0, 0.5, -1])
_random = {"seed": st.integers(0, 9), "data_format": layouts}
_colour = {**_random, "value_range": _ranges}
_warp = {
    **_random,
    "fill_mode": _fill_modes,
    "interpolation": _interpolations,
    "fill_value": _fills,
}
_target = {"height": _sizes, "width": _sizes}
_maybe = st.one_of(st.none(), _signed)

# What each takes: required arguments, then optional ones.
_LAYERS: dict[str, tuple[dict[str, Strategy], dict[str, Strategy]]] = {
    "Resizing": (
        _target,
        {
            "interpolation": st.sampled_from(
                ["nearest", "bilinear", "bicubic", "lanczos3", "lanczos5", "area"]
            ),
            "crop_to_aspect_ratio": booleans,
            "pad_to_aspect_ratio": booleans,
            "fill_mode": st.just("constant"),
            "fill_value": _fills,
            "antialias": booleans,
            "data_format": layouts,
            "factor": st.none(),
        },
    ),
    "CenterCrop": (_target, {"data_format": layouts, "factor": st.none()}),
    "RandomCrop": (_target, {**_random, "factor": _maybe}),
    "RandomFlip": (
        {},
        {**_random, "mode": st.sampled_from(["horizontal", "vertical", "horizontal_and_vertical"])},
    ),
    "RandomRotation": ({"factor": _signed}, _warp),
    "RandomZoom": ({"height_factor": _signed}, {**_warp, "width_factor": _maybe}),
    "RandomTranslation": ({"height_factor": _signed, "width_factor": _signed}, _warp),
    "RandomShear": ({}, {**_warp, "x_factor": _shares, "y_factor": _shares}),
    "RandomBrightness": ({"factor": _signed}, _colour),
    "RandomContrast": ({"factor": _shares}, _colour),
    "RandomErasing": (
        {},
        {
            **_colour,
            "factor": _shares,
            "scale": _shares,
            "fill_value": st.one_of(st.none(), _fills, st.just([0, 1, 2])),
        },
    ),
    "RandomElasticTransform": (
        {},
        {
            **_warp,
            "factor": _shares,
            "scale": _shares,
            "value_range": _ranges,
        },
    ),
    "RandomGaussianBlur": (
        {},
        {
            **_colour,
            "factor": _shares,
            "kernel_size": st.sampled_from([1, 3, 5, [3, 1], [9, 3]]),
            "sigma": _shares,
        },
    ),
    "RandomGrayscale": ({}, {**_random, "factor": st.sampled_from([0, 0.5, 1])}),
    "RandomHue": ({"factor": _shares}, _colour),
    "RandomInvert": ({}, {**_colour, "factor": _shares}),
    "RandomPerspective": (
        {},
        {
            **_random,
            "factor": _shares,
            "scale": st.sampled_from([0, 0.5, 1]),
            "interpolation": _interpolations,
            "fill_value": _fills,
        },
    ),
    "RandomPosterization": ({"factor": st.sampled_from([1, 3, 8, [2, 5], [4, 4]])}, _colour),
    "RandomSaturation": ({"factor": _signed}, _colour),
    "RandomSharpness": ({"factor": _shares}, _colour),
    "RandomColorDegeneration": ({"factor": _signed}, _colour),
    "RandomColorJitter": (
        {},
        {
            **_colour,
            "brightness_factor": _maybe,
            "contrast_factor": st.one_of(st.none(), _shares),
            "saturation_factor": _maybe,
            "hue_factor": st.one_of(st.none(), _shares),
        },
    ),
    "AugMix": (
        {},
        {
            **_colour,
            "factor": _shares,
            "num_chains": _sizes,
            "chain_depth": _sizes,
            "alpha": st.just(0.5),
            "all_ops": booleans,
        },
    ),
    "AutoContrast": ({}, {"value_range": _ranges, "data_format": layouts}),
    "CutMix": ({}, {**_random, "factor": _shares}),
    "MixUp": ({}, {**_random, "alpha": st.just(0.5), "factor": _maybe}),
    "RandAugment": ({}, {**_colour, "factor": _shares, "num_ops": st.integers(0, 3)}),
    "Solarization": (
        {},
        {**_colour, "addition_factor": _shares, "threshold_factor": _shares},
    ),
    "ContrastLimitedAdaptiveHistogramEqualization": (
        {},
        {
            "value_range": _ranges,
            "clip_limit": st.sampled_from([0, 4.0]),
            "tile_grid_size": st.lists(st.integers(1, 9), min_size=2, max_size=2),
            "data_format": layouts,
        },
    ),
    "MaxNumBoundingBoxes": (
        {"max_number": _sizes},
        {"fill_value": st.just(-1), "factor": _maybe, "data_format": layouts},
    ),
}
_channels = st.sampled_from([1, 2, 3, 3, 3, 4, None])
_images = st.one_of(
    shapes(axis(), axis(), _channels),
    shapes(_channels, axis(), axis()),
    shapes(axis(largest=4), _channels),
    st.sampled_from([[4], [2, 3, 4, 3]]),
)
_dtypes = st.sampled_from(["float32", "float32", "int32", "uint8", "float16", "bool"])


def _case(cls: str) -> Strategy:
    required, optional = _LAYERS[cls]
    return case(arguments(required, optional).map(lambda drawn: {cls: drawn}), _images, _dtypes)


def _is_steady(config: dict[str, Any]) -> bool:
    """AugMix draws the layers that it applies, so whether it fails on two channels is chance."""
    ((_, drawn),) = config["layers"][0].items()
    channels = config["input"]["shape"][-1]
    first = config["input"]["shape"][0]
    return not drawn.get("all_ops", True) or {channels, first} <= {1, 3}


CASES: dict[str, Strategy] = {cls: _case(cls) for cls in _LAYERS}
CASES["AugMix"] = CASES["AugMix"].filter(_is_steady)
