"""Modules of PyTorch → the equivalent Keras layers, as far as there are any."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Arguments = dict[str, Any]
# An object of a config: its class and its arguments by name.
Translated = tuple[str, Arguments]

_RECURRENT = ("input_size", "hidden_size", "num_layers", "bias", "batch_first", "dropout",
              "bidirectional")  # fmt: skip
_CONVOLUTION = ("in_channels", "out_channels", "kernel_size", "stride", "padding", "dilation",
                "groups", "bias")  # fmt: skip
_POOLING = ("kernel_size", "stride", "padding")
# The positional arguments of PyTorch's modules, in order.
_POSITIONAL: Mapping[str, tuple[str, ...]] = {
    "Linear": ("in_features", "out_features", "bias"),
    **dict.fromkeys(("RNN", "LSTM", "GRU"), _RECURRENT),
    **dict.fromkeys(("RNNCell", "LSTMCell", "GRUCell"), ("input_size", "hidden_size", "bias")),
    **dict.fromkeys(("Conv1d", "Conv2d", "Conv3d"), _CONVOLUTION),
    "Embedding": ("num_embeddings", "embedding_dim", "padding_idx"),
    "Dropout": ("p", "inplace"),
    **dict.fromkeys(("BatchNorm1d", "BatchNorm2d", "BatchNorm3d"), ("num_features", "eps")),
    "LayerNorm": ("normalized_shape", "eps"),
    **dict.fromkeys(("MaxPool1d", "MaxPool2d", "MaxPool3d"), _POOLING),
    **dict.fromkeys(("AvgPool1d", "AvgPool2d", "AvgPool3d"), _POOLING),
    **dict.fromkeys(("AdaptiveAvgPool1d", "AdaptiveAvgPool2d"), ("output_size",)),
    **dict.fromkeys(("AdaptiveMaxPool1d", "AdaptiveMaxPool2d"), ("output_size",)),
    "MultiheadAttention": ("embed_dim", "num_heads", "dropout", "bias"),
    "LeakyReLU": ("negative_slope", "inplace"),
    "ELU": ("alpha", "inplace"),
    "Softmax": ("dim",),
    **dict.fromkeys(("ReLU", "Tanh", "Sigmoid", "GELU", "SiLU", "Hardtanh"), ("inplace",)),
    "Flatten": ("start_dim", "end_dim"),
}
_WORDS = {"Tanh": "tanh", "Sigmoid": "sigmoid", "GELU": "gelu", "SiLU": "silu",
          "Hardtanh": "hard_tanh", "LogSoftmax": "log_softmax", "Softplus": "softplus",
          "LogSigmoid": "log_sigmoid", "Mish": "mish", "SELU": "selu"}  # fmt: skip
_CALLED = {
    "Linear": "Dense", "RNN": "SimpleRNN", "RNNCell": "SimpleRNNCell",
    "LayerNorm": "LayerNormalization",
    "BatchNorm1d": "BatchNormalization", "BatchNorm2d": "BatchNormalization",
    "BatchNorm3d": "BatchNormalization", "MultiheadAttention": "MultiHeadAttention",
    **{f"Conv{n}d": f"Conv{n}D" for n in (1, 2, 3)},
    **{f"MaxPool{n}d": f"MaxPooling{n}D" for n in (1, 2, 3)},
    **{f"AvgPool{n}d": f"AveragePooling{n}D" for n in (1, 2, 3)},
    **{f"AdaptiveAvgPool{n}d": f"GlobalAveragePooling{n}D" for n in (1, 2)},
    **{f"AdaptiveMaxPool{n}d": f"GlobalMaxPooling{n}D" for n in (1, 2)},
}  # fmt: skip
_NAMED = {
    "out_features": "units", "hidden_size": "units", "out_channels": "filters", "p": "rate",
    "num_embeddings": "input_dim", "embedding_dim": "output_dim", "bias": "use_bias",
    "eps": "epsilon", "stride": "strides", "dilation": "dilation_rate",
    "nonlinearity": "activation",
}  # fmt: skip
# Arguments that Keras infers from its input, sets elsewhere, or does not need.
_DROPPED = frozenset(
    {"input_size", "in_features", "in_channels", "num_features", "normalized_shape", "batch_first"}
    | {"num_layers", "bidirectional", "inplace", "device", "padding_idx", "embed_dim", "start_dim"}
    | {"end_dim", "dim", "affine", "track_running_stats", "elementwise_affine", "proj_size"}
)
# Arguments that only PyTorch has: they show that a layer is PyTorch's.
ITS_OWN = frozenset(
    {"input_size", "hidden_size", "num_layers", "batch_first", "bidirectional", "in_features"}
    | {"out_features", "in_channels", "out_channels", "num_embeddings", "embedding_dim"}
    | {"num_features", "normalized_shape", "padding_idx", "inplace", "embed_dim", "proj_size"}
)


def is_module(cls: str) -> bool:
    """Whether PyTorch has a module of this name that has an equivalent in Keras."""
    return cls in _POSITIONAL or cls in _WORDS


def is_only_torch(cls: str) -> bool:
    """Whether the name is PyTorch's and not also Keras's."""
    return (cls in _CALLED and cls not in ("RNN", "LayerNorm")) or cls in _WORDS


def named(cls: str, positional: tuple[Any, ...], keywords: Mapping[str, Any]) -> Arguments | None:
    """The arguments of a module by their names; None where there are too many."""
    names = _POSITIONAL.get(cls, ("inplace",))
    if len(positional) > len(names):
        return None
    return {**dict(zip(names, positional, strict=False)), **keywords}


def first_name(cls: str) -> str:
    """The name of the argument that an unnamed value in a config stands for."""
    names = {"Linear": "out_features", "Embedding": "num_embeddings", "Dropout": "p"}
    if cls in ("RNN", "LSTM", "GRU", "RNNCell", "LSTMCell", "GRUCell"):
        return "units"
    if cls in ("Conv1d", "Conv2d", "Conv3d"):
        return "out_channels"
    return names.get(cls) or next(iter(_POSITIONAL.get(cls, ())), "inplace")


def translated(cls: str, torch_arguments: Mapping[str, Any]) -> tuple[Translated, int]:
    """The Keras equivalent of a module, and how many of them are stacked."""
    if cls in _WORDS:
        return ("Activation", {"activation": _WORDS[cls]}), 1
    arguments = {
        _NAMED.get(name, name): value
        for name, value in torch_arguments.items()
        if name not in _DROPPED
    }
    keras = _CALLED.get(cls, cls)
    special = _SPECIAL.get(cls)
    if special is not None:
        arguments = special(torch_arguments, arguments)
    count = torch_arguments.get("num_layers")
    count = count if isinstance(count, int) and not isinstance(count, bool) and count > 1 else 1
    if cls in ("RNN", "LSTM", "GRU") and ("hidden_size" in torch_arguments or count > 1):
        # PyTorch returns the output of every time step.
        arguments.setdefault("return_sequences", True)
    if torch_arguments.get("bidirectional") is True:
        return ("Bidirectional", {"layer": (keras, arguments)}), count
    return (keras, arguments), count


def _embedding(torch_arguments: Mapping[str, Any], arguments: Arguments) -> Arguments:
    return (
        {**arguments, "mask_zero": True} if torch_arguments.get("padding_idx") == 0 else arguments
    )


def _attention(torch_arguments: Mapping[str, Any], arguments: Arguments) -> Arguments:
    width, heads = torch_arguments.get("embed_dim"), torch_arguments.get("num_heads")
    arguments.pop("batch_first", None)
    if isinstance(width, int) and isinstance(heads, int) and heads > 0 and width >= heads:
        return {"num_heads": heads, "key_dim": width // heads, **arguments}
    return arguments


def _convolution(torch_arguments: Mapping[str, Any], arguments: Arguments) -> Arguments:
    padding, kernel = torch_arguments.get("padding"), torch_arguments.get("kernel_size")
    rest = {name: value for name, value in arguments.items() if name != "padding"}
    if padding == "same" or (isinstance(padding, int) and padding and kernel == 2 * padding + 1):
        return {**rest, "padding": "same"}
    return rest


def _pooling(torch_arguments: Mapping[str, Any], arguments: Arguments) -> Arguments:
    renamed = {"kernel_size": "pool_size"}
    kept = {renamed.get(name, name): value for name, value in arguments.items()}
    return {name: value for name, value in kept.items() if name != "padding"}


def _nothing(torch_arguments: Mapping[str, Any], arguments: Arguments) -> Arguments:
    return {}


_SPECIAL: Mapping[str, Callable[[Mapping[str, Any], Arguments], Arguments]] = {
    "Embedding": _embedding,
    "MultiheadAttention": _attention,
    **dict.fromkeys(("Conv1d", "Conv2d", "Conv3d"), _convolution),
    **dict.fromkeys((f"{kind}Pool{n}d" for kind in ("Max", "Avg") for n in (1, 2, 3)), _pooling),
    **dict.fromkeys((f"Adaptive{k}Pool{n}d" for k in ("Avg", "Max") for n in (1, 2)), _nothing),
    **dict.fromkeys(("ReLU", "Flatten", "Softmax"), _nothing),
}
