"""What the loader of Keras 3 refuses in a layer that an older Keras wrote."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rnncli.keras_api.signatures import signatures
from rnncli.readers.dialects.changes import Container

# What the loader takes out, or every layer accepts.
_ALWAYS = frozenset(
    {"name", "trainable", "dtype", "batch_input_shape", "input_shape", "input_dim", "axis"}
)
# These alone pass nothing on to the class that all layers have in common.
STRICT = frozenset({"SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "Discretization"})
_STRICT_ALWAYS = frozenset({"name", "dtype"})
_ALSO: Mapping[str, frozenset[str]] = {
    "Embedding": frozenset({"input_length"}),
    "LeakyReLU": frozenset({"alpha"}),
    **{
        f"{cls}{suffix}": frozenset({"implementation"})
        for cls in ("SimpleRNN", "GRU", "LSTM")
        for suffix in ("", "Cell")
    },
    "IntegerLookup": frozenset({"vocabulary_size", "vocabulary_dtype"}),
    "StringLookup": frozenset({"vocabulary_size"}),
    "TextVectorization": frozenset({"vocabulary_size"}),
}
_HAS_IDF = ("TextVectorization", "StringLookup", "IntegerLookup")
# Initializers that accept what they have no use for.
_LENIENT = frozenset({"Constant"})


def refused_arguments(cls: str, config: Mapping[str, Any], container: Container) -> str | None:
    """The arguments of a layer of Keras that Keras 3 refuses, such as ``time_major``.

    None if it takes them all. Those of a layer in a wrapper are that layer's own.
    """
    refused = [*_unknown(cls, config), *_values(cls, config, container)]
    return ", ".join(refused) or None


def _values(cls: str, config: Mapping[str, Any], container: Container) -> Iterator[str]:
    """The arguments that Keras 3 has, in a form that it refuses."""
    if container == "zip":
        if "batch_input_shape" in config:
            yield "batch_input_shape"
        if cls == "BatchNormalization" and isinstance(config.get("axis"), list):
            yield f"axis: {config['axis']}"
        return
    if cls == "Attention" and config.get("score_mode") == "dot":
        # The loader takes it for the function of this name.
        yield "score_mode: dot"
    if cls in _HAS_IDF and config.get("output_mode") in ("tf_idf", "tf-idf"):
        # Keras 2 stores the inverse document frequencies as a weight, Keras 3 does not.
        yield f"output_mode: {config['output_mode']}"


def _unknown(cls: str, config: Mapping[str, Any]) -> Iterator[str]:
    known = signatures()
    signature = known.layers.get(known.aliases.get(cls, cls))
    if signature is None:
        return
    always = _STRICT_ALWAYS if cls in STRICT else _ALWAYS
    accepted = signature.arguments.keys() | always | _ALSO.get(cls, frozenset())
    for name, value in config.items():
        if name not in accepted:
            yield str(name)
        elif isinstance(value, Mapping) and isinstance(value.get("config"), Mapping):
            initializer = known.initializers.get(str(value.get("class_name")))
            if initializer is not None and value["class_name"] not in _LENIENT:
                unknown = value["config"].keys() - initializer.arguments.keys()
                yield from (f"{name}.{inner}" for inner in sorted(map(str, unknown)))
