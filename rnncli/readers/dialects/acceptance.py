"""What the loader of Keras 3 refuses in a layer that an older Keras wrote."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rnncli.keras_api.signatures import signatures

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


def refused_arguments(cls: str, config: Mapping[str, Any]) -> str | None:
    """The arguments of a layer of Keras that Keras 3 refuses, such as ``time_major``.

    None if it takes them all. Those of a layer in a wrapper are that layer's own.
    """
    refused = list(_refused(cls, config))
    return ", ".join(refused) or None


def _refused(cls: str, config: Mapping[str, Any]) -> Iterator[str]:
    known = signatures()
    signature = known.layers.get(known.aliases.get(cls, cls))
    if signature is None:
        return
    always = _STRICT_ALWAYS if cls in STRICT else _ALWAYS
    accepted = signature.arguments.keys() | always | _ALSO.get(cls, frozenset())
    for name, value in config.items():
        if name not in accepted:
            yield str(name)
        elif cls == "Attention" and name == "score_mode" and value == "dot":
            # The loader takes it for the function of this name.
            yield "score_mode: dot"
        elif cls in _HAS_IDF and name == "output_mode" and value in ("tf_idf", "tf-idf"):
            # Keras 2 stores the inverse document frequencies as a weight, Keras 3 does not.
            yield f"output_mode: {value}"
        elif isinstance(value, Mapping) and isinstance(value.get("config"), Mapping):
            initializer = known.initializers.get(str(value.get("class_name")))
            if initializer is not None and value["class_name"] not in _LENIENT:
                unknown = value["config"].keys() - initializer.arguments.keys()
                yield from (f"{name}.{inner}" for inner in sorted(map(str, unknown)))
