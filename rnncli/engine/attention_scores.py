"""One call of an attention layer → its scores for one sequence.

The scores are Keras's own. The output that follows from them in numpy, by the layer's weights, is
compared with what the layer returned in the run, where Keras may use a kernel that makes none.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rnncli.engine.inspecting import public_name
from rnncli.engine.layer_calls import NamedCall
from rnncli.engine.tensors import numbers_of
from rnncli.engine.tolerances import SAME, Difference, compare, merged, rounding
from rnncli.report.trace import AttentionTrace


def attention_trace(
    call: NamedCall, tensors: dict[str, Any], sequence: int
) -> tuple[AttentionTrace | None, Difference]:
    """Returns the scores, and the largest difference of the output that follows from them.

    There is no trace of attention over several axes.
    """
    layer = call.call.layer
    arrays: dict[str, Any] = {
        name: None if tensor is None else numbers_of(tensor[sequence])
        for name, tensor in tensors.items()
    }
    scores = arrays["scores"]
    if scores.ndim not in (2, 3) or arrays["value"].ndim != 2:
        return None, SAME
    heads = scores if scores.ndim == 3 else scores[None]
    # A masked query has no scores, and its output is another one in each kernel of Keras.
    read = heads.any(axis=(0, 2))
    ours, tolerance = _attended(layer, arrays)
    output = arrays["returned"][read]
    difference = merged(
        [
            compare(arrays["scored"][read], output, rounding(layer.compute_dtype, 1.0)),
            compare(ours[read], output, tolerance),
        ]
    )
    return (
        AttentionTrace(
            name=call.name,
            cls=public_name(layer),
            time_steps=call.path,
            scores=heads,
            largest_difference=difference.shown,
            agrees=difference.agrees,
        ),
        difference,
    )


def _attended(layer: Any, arrays: dict[str, Any]) -> tuple[Any, Any]:
    """The output that follows from the scores, and how far Keras's may differ from it."""
    import keras

    scores, value = arrays["scores"], arrays["value"]
    if isinstance(layer, keras.layers.Attention):
        ours = scores @ value
        if arrays["query_mask"] is not None:
            ours = np.where(arrays["query_mask"].astype(bool)[:, None], ours, 0.0)
        magnitude = (np.abs(scores) @ np.abs(value)).max(initial=0.0)
        return ours, rounding(layer.compute_dtype, magnitude)
    values = _dense(
        layer.value_dense if hasattr(layer, "value_dense") else layer._value_dense, value
    )
    # GroupQueryAttention has fewer heads of values than of queries.
    values = np.repeat(values, len(scores) // values.shape[1], axis=1)
    attended = np.einsum("hqk,khd->qhd", scores, values)
    if getattr(layer, "use_gate", False):
        attended = attended * _dense(layer._gate_dense, arrays["query"])
    last = layer.output_dense if hasattr(layer, "output_dense") else layer._output_dense
    kernel = numbers_of(last.kernel)
    ours = np.tensordot(attended, kernel, axes=2) + _bias(last)
    magnitude = np.tensordot(np.abs(attended), np.abs(kernel), axes=2).max(initial=0.0)
    return ours, rounding(layer.compute_dtype, magnitude)


def _dense(layer: Any, inputs: Any) -> Any:
    """Projects (steps, features) to (steps, heads, size)."""
    projected = np.tensordot(inputs, numbers_of(layer.kernel), axes=1) + _bias(layer)
    name = getattr(layer.activation, "__name__", "linear")
    if name == "linear":
        return projected
    import keras

    return numbers_of(layer.activation(keras.ops.convert_to_tensor(projected)))


def _bias(layer: Any) -> Any:
    return 0.0 if layer.bias is None else numbers_of(layer.bias)
