"""A small config for every layer, found by planning: the first input that the layer can read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from rnncli.config import ModelSpec, parse
from rnncli.keras_api.argument_kinds import kind_of
from rnncli.keras_api.signatures import signatures
from rnncli.keras_api.traits import TAKES_SEVERAL
from rnncli.planning.plan import plan
from rnncli.problems import Source, errors
from rnncli.report.report import Report

# Where an example of each required argument does not make a layer.
_WRITTEN: Mapping[str, str] = {
    "Bidirectional": "Bidirectional: {LSTM: 3}",
    "CategoryEncoding": "CategoryEncoding: {num_tokens: 4}",
    "Discretization": "Discretization: {bin_boundaries: [-1, 0, 1]}",
    "Dot": "Dot: {axes: 2}",
    "EinsumDense": "EinsumDense: {equation: 'abc,cd->abd', output_shape: [null, 3]}",
    "Embedding": "Embedding: {input_dim: 50, output_dim: 4}",
    "GRUCell": "RNN: {GRUCell: 3}",
    "GroupNormalization": "GroupNormalization: {groups: 4}",
    "GroupQueryAttention": (
        "GroupQueryAttention: {head_dim: 4, num_query_heads: 2, num_key_value_heads: 1}"
    ),
    "IntegerLookup": "IntegerLookup: {vocabulary: [1, 2, 3]}",
    "LSTMCell": "RNN: {LSTMCell: 3}",
    "MultiHeadAttention": "MultiHeadAttention: {num_heads: 2, key_dim: 4}",
    "Permute": "Permute: [2, 1]",
    "ReversibleEmbedding": "ReversibleEmbedding: {input_dim: 50, output_dim: 4}",
    "SimpleRNNCell": "RNN: {SimpleRNNCell: 3}",
    "SpectralNormalization": "SpectralNormalization: {Dense: 3}",
    "StackedRNNCells": "RNN: {StackedRNNCells: {cells: [{LSTMCell: 3}, {LSTMCell: 3}]}}",
    "StringLookup": "StringLookup: {vocabulary: [the, cat]}",
    "TextVectorization": "TextVectorization: {vocabulary: [the, cat]}",
    "TimeDistributed": "TimeDistributed: {Dense: 3}",
}

_INPUTS = (
    "[5, 8]",
    "[8]",
    "[8, 8, 3]",
    "[4, 8, 8, 3]",
    "[4, 8, 8, 8, 3]",
    "[4000]",
    "[4000, 1]",
    "{shape: [5], dtype: int32, below: 4}",
    "{shape: [5, 8], dtype: int32, below: 4}",
    "{shape: [5], dtype: string}",
    "{shape: [1], dtype: string}",
)

# What a layer whose name says how many dimensions it has reads most likely.
_SPATIAL = {"2D": "[8, 8, 3]", "3D": "[4, 8, 8, 8, 3]"}


class Example(msgspec.Struct, frozen=True):
    """A config of one layer, and its plan, which has no errors."""

    config: str
    spec: ModelSpec
    report: Report


def example(cls: str) -> Example | None:
    """An example of a layer of this class; None where none is found."""
    for config in _candidates(cls):
        spec = parse(Source("example", config))
        report = plan(spec)
        if not errors(report.problems):
            return Example(config, spec, report)
    return None


def _candidates(cls: str) -> Iterator[str]:
    entry = _WRITTEN.get(cls) or _entry(cls)
    if cls in TAKES_SEVERAL:
        for shape in ("[5, 8]", "{shape: [1], dtype: int32}"):
            yield f"inputs: {{a: {shape}, b: {shape}}}\nlayers:\n  - {entry}\n    from: [a, b]\n"
    for shape in sorted(_INPUTS, key=lambda each: each != _SPATIAL.get(cls[-2:])):
        yield f"input: {shape}\nlayers:\n  - {entry}\n"


def _entry(cls: str) -> str:
    """The layer with an example of each argument that it cannot do without."""
    given = [
        f"{name}: {kind_of(cls, name, parameter).example}"
        for name, parameter in signatures().layers[cls].arguments.items()
        if parameter.required
    ]
    return f"{cls}: {{{', '.join(given)}}}"
