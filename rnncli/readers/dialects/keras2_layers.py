"""The config of a layer as Keras 2 writes it → the arguments of the layer in Keras 3."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rnncli.keras_api.signatures import signatures
from rnncli.readers.checked import as_mapping, as_text
from rnncli.readers.dialects.acceptance import STRICT, refused_arguments
from rnncli.readers.dialects.changes import Changes

# Classes that have another name in Keras 3, and computed the same.
RENAMED = {
    "CuDNNLSTM": "LSTM",
    "CuDNNGRU": "GRU",
    "UnifiedLSTM": "LSTM",
    "UnifiedGRU": "GRU",
    "BatchNormalizationV1": "BatchNormalization",
    "BatchNormalizationV2": "BatchNormalization",
    "SyncBatchNormalization": "BatchNormalization",
    "LayerNormalizationV1": "LayerNormalization",
    "Softmax_V2": "Softmax",
}
# Layers that Keras once had, and Keras 3 has no more.
GONE = frozenset(
    {
        *("ThresholdedReLU", "LocallyConnected1D", "LocallyConnected2D", "RandomHeight"),
        *("RandomWidth", "DenseFeatures", "SequenceFeatures", "LinearFeatures"),
        *("RandomFourierFeatures", "CategoryCrossing", "PeepholeLSTMCell", "ConvRecurrent2D"),
        *("MaxoutDense", "Highway", "SReLU", "ParametricSoftplus", "AutoEncoder", "Siamese"),
        *("LambdaMerge", "MaskedLambda", "JZS1", "JZS2", "JZS3", "Merge", "TimeDistributedMerge"),
        # Keras 1 had two more kinds of it, under one name.
        *("BatchNormalization(mode=1)", "BatchNormalization(mode=2)"),
    }
)
# Arguments that say nothing of what a layer computes, whatever their value.
_SILENT = frozenset(
    {
        *("batch_input_shape", "input_shape", "input_dtype", "implementation", "ragged"),
        *("query_shape", "key_shape", "value_shape", "force_generator", "rng_type", "fused"),
        *("virtual_batch_size", "robust_masking", "softmax_robust_masking", "vocabulary_size"),
        *("optional", "type_spec", "input_spec", "_num_constants", "weights", "dynamic"),
    }
)
# Of a single class: what it inherits from another, and never uses.
_SILENT_IN: Mapping[str, frozenset[str]] = {
    "Embedding": frozenset({"input_length", "sparse"}),
    **{
        cls: frozenset({"filters", "groups", "kernel_initializer", "kernel_regularizer"})
        | {"kernel_constraint"}
        for cls in ("DepthwiseConv1D", "DepthwiseConv2D")
    },
    **{
        cls: frozenset({"groups", "kernel_initializer", "kernel_regularizer", "kernel_constraint"})
        for cls in ("SeparableConv1D", "SeparableConv2D")
    },
    **{f"Conv{rank}DTranspose": frozenset({"groups"}) for rank in (1, 2, 3)},
    **{f"SpatialDropout{rank}D": frozenset({"noise_shape"}) for rank in (1, 2, 3)},
    "StringLookup": frozenset({"vocabulary_dtype"}),
    "Bidirectional": frozenset({"input_dim", "input_length"}),
}
_NEW_NAMES: Mapping[str, Mapping[str, str]] = {
    "LeakyReLU": {"alpha": "negative_slope"},
    "Discretization": {"bins": "bin_boundaries"},
    "CategoryEncoding": {"max_tokens": "num_tokens"},
}
# Old values of ``output_mode``.
_OUTPUT_MODES = {"binary": "multi_hot", "tf-idf": "tf_idf"}
_ACTIVATIONS = {"softmax_v2": "softmax", "relu_v2": "relu", "leaky_relu_v2": "leaky_relu"}
# CuDNN computes with these alone, so its layers do not name them.
_CUDNN = {"activation": "tanh", "recurrent_activation": "sigmoid"}
_HAS_RESET_AFTER = ("GRU", "GRUCell")

UpgradeModel = Callable[[Mapping[str, Any]], dict[str, Any]]

# VarianceScaling by its scale, its mode and its distribution.
_SCALED: Mapping[tuple[Any, Any, Any], str] = {
    (1.0, "fan_avg", "uniform"): "GlorotUniform",
    (1.0, "fan_in", "uniform"): "LecunUniform",
    (2.0, "fan_in", "uniform"): "HeUniform",
}


class Layers:
    """Rewrites layers, and notes what has changed; ``model`` rewrites a model inside a wrapper."""

    def __init__(self, changes: Changes, model: UpgradeModel) -> None:
        self._changes = changes
        self._model = model
        self._outer = ""

    def layer(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        """A layer of a model, without its calls."""
        config = as_mapping(entry.get("config"), "the config of a layer")
        cls = as_text(entry.get("class_name"), "the class of a layer")
        name = entry.get("name") or config.get("name")
        outer = self._outer = as_text(name, f"the name of a layer of class {cls}")
        layer = {**self._layer(entry), "name": outer}
        # A model inside has set it to one of its own layers.
        self._outer = outer
        return layer

    def _layer(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        """A layer by itself, or in a wrapper."""
        written_as = as_text(entry.get("class_name"), "the class of a layer")
        config = as_mapping(entry.get("config"), f"the config of {written_as}")
        cls = RENAMED.get(written_as, written_as)
        known = signatures()
        cls = known.aliases.get(cls, cls)
        if written_as == "InputLayer":
            return _input(config)
        if written_as in GONE:
            self._changes.note("not-in-keras-3", self._outer, written_as)
            return _custom(written_as, config)
        if written_as == "Lambda":
            return {"class_name": cls, "module": "keras.layers", "config": dict(config)}
        if cls == "SeparableConv1D" and config.get("padding") == "causal":
            self._changes.note("not-in-keras-3", self._outer, f"{cls} with causal padding")
            return _custom(written_as, config)
        if _is_custom(entry) or cls not in known.layers:
            registered = entry.get("registered_name")
            return _custom(registered if isinstance(registered, str) else written_as, config)
        if refused := refused_arguments(written_as, config, self._changes.container):
            self._changes.note("keras-3-refuses", self._outer, f"{written_as}: {refused}")
        return {
            "class_name": cls,
            "module": "keras.layers",
            "config": self._arguments(cls, written_as, config),
        }

    def _arguments(self, cls: str, written_as: str, config: Mapping[str, Any]) -> dict[str, Any]:
        names = _NEW_NAMES.get(cls, {})
        silent = _SILENT | _SILENT_IN.get(cls, frozenset())
        known = signatures().layers[cls].arguments
        arguments: dict[str, Any] = {}
        for key, written in config.items():
            if key == "name" or (key == "trainable" and cls not in STRICT):
                arguments[key] = written
                continue
            if key == "dtype" and cls != "Discretization":
                dtype = _dtype(written)
                arguments |= {} if dtype is None else {"dtype": dtype}
            if key == "dtype":
                # That of a Discretization was what it returns, and is now what it reads.
                continue
            name = names.get(key, key)
            value = self.value(written)
            if name not in known and (
                key in silent or value in (None, False) or key == "trainable"
            ):
                continue
            arguments[str(name)] = self._argument(cls, str(name), value)
        self._complete(cls, written_as, arguments)
        return arguments

    def _argument(self, cls: str, name: str, value: Any) -> Any:
        """The value of an argument, where Keras 3 writes it otherwise."""
        if name == "axis" and isinstance(value, list):
            if len(value) == 1 and type(value[0]) is int:
                return value[0]
            if len(value) > 1 and self._changes.container == "h5":
                self._changes.note("axis-dropped", self._outer)
        if name.endswith("activation") and isinstance(value, str):
            if value == "hard_sigmoid":
                self._changes.note("hard-sigmoid-changed", self._outer)
            return _ACTIVATIONS.get(value, value)
        if name == "output_mode" and isinstance(value, str):
            return _OUTPUT_MODES.get(value, value)
        return value

    def _complete(self, cls: str, written_as: str, arguments: dict[str, Any]) -> None:
        """Adds what Keras 2 leaves out, and takes out what is no argument in Keras 3."""
        if written_as.startswith("CuDNN"):
            self._changes.note("cudnn-layer", self._outer, written_as)
            arguments.update(_CUDNN)
            if cls == "GRU":
                arguments["reset_after"] = True
        if cls in _HAS_RESET_AFTER and "reset_after" not in arguments:
            self._changes.note("no-reset-after", self._outer)
            arguments["reset_after"] = False
        if written_as == "SyncBatchNormalization":
            arguments["synchronized"] = True
        if arguments.get("time_major"):
            self._changes.note("time-major", self._outer)
            # The problem says it; the axes are those of the file.
            del arguments["time_major"]

    def value(self, value: Any) -> Any:
        """An argument's value: plain data, an object of Keras, or a layer or model in a wrapper."""
        if isinstance(value, list | tuple):
            return [self.value(item) for item in value]
        return self._mapping(value) if isinstance(value, Mapping) else value

    def _mapping(self, value: Mapping[str, Any]) -> Any:
        if value.get("type") == "ndarray" and "value" in value:
            return value["value"]
        cls, config = value.get("class_name"), value.get("config")
        if cls in ("__tuple__", "TensorShape"):
            return self.value(value.get("items"))
        if not isinstance(cls, str) or "config" not in value:
            return {str(key): self.value(item) for key, item in value.items()}
        is_model = isinstance(config, list) or (isinstance(config, Mapping) and "layers" in config)
        if is_model or (isinstance(config, Mapping) and _is_layer(cls, config)):
            if "module" not in value:
                self._changes.note("no-module-inside", self._outer)
            return self._model(value) if is_model else self._layer(value)
        return self._object(cls, config, value)

    def _object(self, cls: str, config: Any, entry: Mapping[str, Any]) -> dict[str, Any]:
        """An initializer, a regularizer, a constraint, or an activation that is an object."""
        if not isinstance(config, Mapping):
            return dict(entry)
        arguments = {str(key): self.value(item) for key, item in config.items()}
        if cls in signatures().initializers and "dtype" in arguments:
            del arguments["dtype"]
        if cls == "VarianceScaling":
            cls, arguments = _well_known(arguments)
        return {**{key: entry[key] for key in ("module", "registered_name") if key in entry},
                "class_name": cls, "config": arguments}  # fmt: skip


def _well_known(arguments: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """An initializer by its own name: up to Keras 2.2, the classes are VarianceScaling in files."""
    scale, mode = arguments.get("scale", 1.0), arguments.get("mode", "fan_in")
    distribution = arguments.get("distribution")
    cls = _SCALED.get((scale, mode, distribution))
    if cls is None:
        return "VarianceScaling", dict(arguments)
    return cls, {"seed": arguments.get("seed")}


def _dtype(written: Any) -> str | None:
    """The name of a layer's dtype policy; None for the default."""
    if isinstance(written, Mapping):
        policy = written.get("config")
        written = policy.get("name") if isinstance(policy, Mapping) else None
    # Layers of text had that of their input.
    says_nothing = not isinstance(written, str) or written in ("infer", "_infer", "string")
    return None if says_nothing else str(written)


def _input(config: Mapping[str, Any]) -> dict[str, Any]:
    shape = config.get("batch_input_shape", config.get("batch_shape"))
    dtype = config.get("dtype") or config.get("input_dtype")
    kept = {"name": config.get("name"), "batch_shape": shape}
    kept["dtype"] = dtype if isinstance(dtype, str) else "float32"
    return {"class_name": "InputLayer", "module": "keras.layers", "config": kept}


def _custom(cls: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """A layer whose class is not Keras 3's."""
    return {
        "class_name": cls,
        "registered_name": cls,
        "module": "custom",
        "config": {"name": config.get("name"), "trainable": True},
    }


def _is_layer(cls: str, config: Mapping[str, Any]) -> bool:
    """Whether an object in the place of an argument is a layer or a cell."""
    known = signatures()
    own = RENAMED.get(cls, cls)
    return own in known.layers or own in known.aliases or own in GONE or "trainable" in config


def _is_custom(entry: Mapping[str, Any]) -> bool:
    """Whether the file says that a class is not Keras's; HDF5 says it only in the name."""
    module, registered = entry.get("module"), entry.get("registered_name")
    if isinstance(module, str):
        return module.split(".")[0] not in ("keras", "tf_keras", "tensorflow")
    return isinstance(registered, str) and ">" in registered
