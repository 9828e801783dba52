"""The layers of Keras 1 and 0.3 → those of Keras 2: other names, the same computation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rnncli.readers.checked import as_mapping, as_text

_WEIGHTS = {
    "init": "kernel_initializer",
    "W_regularizer": "kernel_regularizer",
    "b_regularizer": "bias_regularizer",
    "W_constraint": "kernel_constraint",
    "b_constraint": "bias_constraint",
    "bias": "use_bias",
}
_RECURRENT = {
    **_WEIGHTS,
    "output_dim": "units",
    "inner_init": "recurrent_initializer",
    "inner_activation": "recurrent_activation",
    "U_regularizer": "recurrent_regularizer",
    "dropout_W": "dropout",
    "dropout_U": "recurrent_dropout",
}
_CONVOLUTION = {
    **_WEIGHTS,
    "nb_filter": "filters",
    "filter_length": "kernel_size",
    "subsample_length": "strides",
    "subsample": "strides",
    "border_mode": "padding",
    "dim_ordering": "data_format",
    "atrous_rate": "dilation_rate",
}
_POOLING = {
    "pool_length": "pool_size",
    "stride": "strides",
    "border_mode": "padding",
    "dim_ordering": "data_format",
}
_RATE = {"p": "rate", "dim_ordering": "data_format"}
_DATA_FORMAT = {"dim_ordering": "data_format"}

# The class in Keras 2, and the new names of its arguments.
_LAYERS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "Dense": ("Dense", {**_WEIGHTS, "output_dim": "units"}),
    **{cls: (cls, _RECURRENT) for cls in ("SimpleRNN", "GRU", "LSTM")},
    "ConvLSTM2D": ("ConvLSTM2D", {**_CONVOLUTION, **_RECURRENT, "dim_ordering": "data_format"}),
    "Embedding": (
        "Embedding",
        {
            "init": "embeddings_initializer",
            "W_regularizer": "embeddings_regularizer",
            "W_constraint": "embeddings_constraint",
        },
    ),
    "Convolution1D": ("Conv1D", _CONVOLUTION),
    "Convolution2D": ("Conv2D", _CONVOLUTION),
    "Convolution3D": ("Conv3D", _CONVOLUTION),
    "AtrousConvolution1D": ("Conv1D", _CONVOLUTION),
    "AtrousConvolution2D": ("Conv2D", _CONVOLUTION),
    "Deconvolution2D": ("Conv2DTranspose", _CONVOLUTION),
    "SeparableConvolution2D": (
        "SeparableConv2D",
        {**{key: value for key, value in _CONVOLUTION.items() if key != "init"}},
    ),
    **{
        f"{kind}Pooling{rank}D": (f"{kind}Pooling{rank}D", _POOLING)
        for rank in (1, 2, 3)
        for kind in ("Max", "Average")
    },
    **{
        f"Global{kind}Pooling{rank}D": (f"Global{kind}Pooling{rank}D", _DATA_FORMAT)
        for rank in (1, 2, 3)
        for kind in ("Max", "Average")
    },
    "UpSampling1D": ("UpSampling1D", {"length": "size"}),
    **{
        f"{kind}{rank}D": (f"{kind}{rank}D", _DATA_FORMAT)
        for rank in (1, 2, 3)
        for kind in ("UpSampling", "ZeroPadding", "Cropping")
        if (kind, rank) != ("UpSampling", 1)
    },
    "Dropout": ("Dropout", _RATE),
    **{f"SpatialDropout{rank}D": (f"SpatialDropout{rank}D", _RATE) for rank in (1, 2, 3)},
    "GaussianDropout": ("GaussianDropout", _RATE),
    "GaussianNoise": ("GaussianNoise", {"sigma": "stddev"}),
    "PReLU": ("PReLU", {"init": "alpha_initializer"}),
    "BatchNormalization": (
        "BatchNormalization",
        {"beta_init": "beta_initializer", "gamma_init": "gamma_initializer"},
    ),
    "Reshape": ("Reshape", {"dims": "target_shape"}),
}
_RENAMES = {old for _, names in _LAYERS.values() for old in names}
# Arguments that Keras 2 never writes.
OLD_ARGUMENTS = frozenset(_RENAMES - {"bias", "dims", "p", "stride", "length", "sigma"}) - {
    "output_dim"
} | {"input_dtype", "consume_less"}
# Arguments that say nothing of what a layer computes.
_SILENT = frozenset(
    {
        *("input_dim", "input_length", "input_dtype", "input_shape", "batch_input_shape"),
        *("consume_less", "cache_enabled", "custom_name", "weights", "mode_type"),
    }
)
_DATA_FORMATS = {"tf": "channels_last", "th": "channels_first", "default": None}
_OBJECTS = {
    "L1L2Regularizer": "L1L2",
    "WeightRegularizer": "L1L2",
    "ActivityRegularizer": "L1L2",
    "MaxNorm": "MaxNorm",
    "NonNeg": "NonNeg",
    "UnitNorm": "UnitNorm",
}
_MERGES = {
    "sum": "Add",
    "mul": "Multiply",
    "ave": "Average",
    "max": "Maximum",
    "concat": "Concatenate",
    "dot": "Dot",
    "cos": "Dot",
}
# Layers that hold code where their ``mode`` does.
_CODE = ("lambda", "function")


def layer(entry: Mapping[str, Any]) -> dict[str, Any]:
    """A layer as Keras 2 writes it; one that Keras 2 does not have keeps its class."""
    cls = as_text(entry.get("class_name"), "the class of a layer")
    config = as_mapping(entry.get("config"), f"the config of {cls}")
    if cls == "InputLayer":
        return {"class_name": cls, "config": dict(config)}
    if cls == "Merge":
        return merge(config)
    if cls == "Lambda":
        return {"class_name": cls, "config": {"name": config.get("name"), "trainable": True}}
    if cls == "TimeDistributedDense":
        inner = _renamed("Dense", {**config, "name": f"{config.get('name')}_dense"})
        own = {"name": config.get("name"), "layer": inner}
        return {"class_name": "TimeDistributed", "config": own}
    if _has_other_mode(cls, config):
        return {"class_name": f"{cls}(mode={config['mode']})", "config": dict(config)}
    return _renamed(cls, config)


def _has_other_mode(cls: str, config: Mapping[str, Any]) -> bool:
    """Whether it normalizes otherwise than any layer of Keras 2."""
    return cls == "BatchNormalization" and config.get("mode") not in (None, 0)


def _renamed(cls: str, config: Mapping[str, Any]) -> dict[str, Any]:
    new, names = _LAYERS.get(cls, (cls, {}))
    arguments: dict[str, Any] = {"name": config.get("name"), "trainable": True}
    for key, value in config.items():
        if key in _SILENT and not (cls == "Embedding" and key == "input_dim"):
            continue
        name = names.get(key, str(key))
        if key == "dim_ordering" and isinstance(value, str):
            arguments[name] = _DATA_FORMATS.get(value, value)
        elif key == "layer":
            arguments[name] = layer(as_mapping(value, "a layer in a wrapper"))
        else:
            arguments[name] = _object(value)
    _complete(cls, arguments)
    return {"class_name": new, "config": arguments}


def _complete(cls: str, arguments: dict[str, Any]) -> None:
    """Joins arguments that Keras 2 has as one, and takes out what it has not."""
    for names in (("nb_row", "nb_col"), ("kernel_dim1", "kernel_dim2", "kernel_dim3")):
        if all(name in arguments for name in names):
            arguments["kernel_size"] = [arguments.pop(name) for name in names]
    bias = arguments.pop("forget_bias_init", None)
    if bias is not None:
        arguments["unit_forget_bias"] = bias == "one"
    if cls in ("SimpleRNN", "GRU", "LSTM", "ConvLSTM2D"):
        arguments.pop("input_dim", None)
    if cls == "GRU":
        # The only kind that there was.
        arguments["reset_after"] = False
    if cls == "Deconvolution2D":
        arguments.pop("output_shape", None)
    if cls == "SeparableConvolution2D" and (init := arguments.pop("init", None)):
        arguments |= {"depthwise_initializer": init, "pointwise_initializer": init}
    if cls == "Embedding":
        # It hid random ids in training, and nothing afterwards.
        arguments.pop("dropout", None)
    if cls == "BatchNormalization":
        arguments.pop("mode", None)
    if cls.startswith("ZeroPadding"):
        arguments["padding"] = _padding(arguments.get("padding"))


def _padding(padding: Any) -> Any:
    """The padding of the sides, which Keras 1 has by name, or four in a row."""
    if isinstance(padding, Mapping):
        sides = [padding.get(f"{side}_pad", 0) for side in ("top", "bottom", "left", "right")]
        if "top_pad" in padding or "bottom_pad" in padding:
            return [sides[:2], sides[2:]]
        return sides[2:]
    if isinstance(padding, list) and len(padding) == 4:
        return [padding[:2], padding[2:]]
    return padding


def _object(value: Any) -> Any:
    """A regularizer or a constraint, whose class is its ``name``."""
    if not isinstance(value, Mapping) or not isinstance(value.get("name"), str):
        return value
    cls = _OBJECTS.get(value["name"], value["name"])
    config = {key: item for key, item in value.items() if key != "name"}
    if "m" in config:
        config["max_value"] = config.pop("m")
    return {"class_name": cls, "config": config}


def merge(config: Mapping[str, Any]) -> dict[str, Any]:
    """A layer that merges others, by its mode."""
    mode, name = config.get("mode", "sum"), config.get("name")
    cls = _MERGES.get(mode) if isinstance(mode, str) else None
    if config.get("mode_type") in _CODE:
        return {"class_name": "Lambda", "config": {"name": name, "trainable": True}}
    arguments: dict[str, Any] = {"name": name, "trainable": True}
    if cls == "Concatenate":
        arguments["axis"] = config.get("concat_axis", -1)
    if cls == "Dot":
        axes = config.get("dot_axes", -1)
        # Pairs of lists with one axis each are the older way.
        pairs = isinstance(axes, list) and all(isinstance(axis, list) for axis in axes)
        flat = [axis[0] for axis in axes if len(axis) == 1] if pairs else axes
        arguments["axes"] = flat
        arguments["normalize"] = mode == "cos"
    return {"class_name": cls or "Merge", "config": arguments}
