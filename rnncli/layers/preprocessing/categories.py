"""Layers that turn categories into numbers: hashes, bins, encodings.

A category is encoded by its number (int), as a vector with a one at its place (one_hot), or
together with the others of its row: which are there (multi_hot), how often (count), or how often
and how seldom elsewhere (tf_idf). Keras infers some of these shapes wrongly; these are the shapes
of a run.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rnncli.layers.core.core import warn_of_no_ids
from rnncli.report.layer import Shape
from rnncli.report.shapes import Axis, shown
from rnncli.rules.requirements import require_batch
from rnncli.rules.rule import LayerCall, LayerPlan, Rule, source
from rnncli.rules.sizes import alike
from rnncli.rules.tensors import is_vague

_ALIASES = {"binary": "multi_hot", "tf-idf": "tf_idf"}


def category_encoding(call: LayerCall) -> LayerPlan:
    """Ids below num_tokens, encoded."""
    depth, x = call["num_tokens"], call.x.axes
    if depth is None:
        call.refuse(
            "wrong-value",
            f"{call.layer.label} needs to know how many tokens there are",
            "set num_tokens",
            argument="num_tokens",
        )
    mode = output_mode(call)
    _check_ids(call, mode)
    _check_weights(call, mode)
    inferred = encoded(x, depth, mode) if mode == "one_hot" else (*x[:-1], depth)
    return encoded_output(call, inferred, encoded(x, depth, mode), call.variable)


def _check_weights(call: LayerCall, mode: str) -> None:
    """Refuses weights of ids where no ids are counted, or that are not one for each id."""
    weights = call.keywords.get("count_weights")
    if weights is None:
        return
    if mode != "count":
        call.refuse(
            "wrong-value",
            f"{call.layer.label} takes count_weights only to count, and its output_mode is {mode}",
            call.fixes.set_on(call.layer, "output_mode", "count"),
            argument="count_weights",
        )
    x = call.x.axes
    if len(weights.axes) != len(x) or not all(map(alike, zip(weights.axes, x, strict=True))):
        call.refuse(
            "shape-mismatch",
            f"{call.layer.label} counts {shown(x)} ids, and count_weights is {shown(weights.axes)}",
            "give it a weight for each id",
            argument="count_weights",
        )


def hashing(call: LayerCall) -> LayerPlan:
    """Words or integers, hashed into num_bins bins."""
    mode, depth, x = call["output_mode"], call["num_bins"], call.x.axes
    dtype = call["dtype"]
    if mode == "int" and dtype not in (None, "int32", "int64"):
        call.refuse(
            "wrong-dtype",
            f"{call.layer.label} gives integers in output_mode int, and its dtype is {dtype}",
            "leave dtype out, or set output_mode: one_hot",
            argument="dtype",
        )
    check_sparse(call, mode)
    _check_mask(call, depth)
    if mode == "int":
        return encoded_output(call, x, x, dtype or "int64")
    _check_count(call, mode, "int64", call.variable)
    # Keras removes an axis of size 1 before it encodes, and then perhaps another one.
    read = x[:-1] if mode == "one_hot" and x[-1] == 1 else x
    return encoded_output(call, (*x[:-1], depth), encoded(read, depth, mode), call.variable)


def hashed_crossing(call: LayerCall) -> LayerPlan:
    """Pairs of categories, hashed together into num_bins bins."""
    if len(call.inputs) != 2:
        call.refuse(
            "needs-several",
            f"{call.layer.label} crosses two tensors, and {len(call.inputs)} reach it",
            "name two: from: [a, b]",
        )
    require_batch(call)
    x = call.x.axes
    if len(x) > 2 or (len(x) == 2 and x[1] != 1) or x != call.inputs[1].axes:
        call.refuse(
            "shape-mismatch",
            f"{call.layer.label} crosses two tensors (batch, 1), and reads "
            f"{' and '.join(shown(tensor.shape) for tensor in call.inputs)}",
            "give both inputs the shape [1]",
        )
    for tensor in call.inputs:
        if tensor.is_float or tensor.dtype == "bool":
            call.refuse(
                "wrong-dtype",
                f"{call.layer.label} crosses integers or words, but {source(tensor)} "
                f"{tensor.dtype}",
                "give the inputs dtype: int32 or string",
            )
    if call["output_mode"] == "int":
        return encoded_output(call, x, x, call["dtype"] or "int64")
    depth = call["num_bins"]
    inferred = (*x, depth) if x[-1] != 1 else (*x[:-1], depth)
    return encoded_output(call, inferred, encoded(x, depth, "one_hot"), call.compute)


def discretization(call: LayerCall) -> LayerPlan:
    """Numbers, sorted into the bins between bin_boundaries."""
    boundaries, mode, x = call["bin_boundaries"], call["output_mode"], call.x.axes
    if (boundaries is None) == (call["num_bins"] is None):
        call.refuse(
            "wrong-value",
            f"{call.layer.label} takes either bin_boundaries or num_bins",
            "give it bin_boundaries, such as [0.0, 1.0]",
            argument="bin_boundaries",
        )
    if boundaries is None:
        call.refuse(
            "needs-data",
            f"{call.layer.label} would learn its bins from data, by adapt",
            "give it bin_boundaries in place of num_bins",
            argument="num_bins",
        )
    check_sparse(call, mode)
    if mode == "int":
        return encoded_output(call, x, x, "int32")
    _check_count(call, mode, "int32", call.compute)
    shape = encoded(x, len(boundaries) + 1, mode)
    return encoded_output(call, shape, shape, call.compute)


def output_mode(call: LayerCall) -> str:
    """The output_mode, by its newer name where it has two."""
    mode: str = call["output_mode"]
    return _ALIASES.get(mode, mode)


def encoded(x: Shape, depth: Axis, mode: str) -> Shape:
    """The shape of categories of the shape ``x`` once they are encoded."""
    if mode == "int":
        return x
    if mode == "one_hot":
        return (*(x[:-1] if len(x) > 1 and x[-1] == 1 else x), depth)
    return (*x[:1], *x[2:], depth) if len(x) > 1 else (depth,)


def encoded_output(call: LayerCall, inferred: Shape, real: Shape, dtype: str) -> LayerPlan:
    """The plan with the inferred shape where that agrees with the real one, else with that."""
    vague = is_vague(inferred, real)
    shape = inferred if vague and not call.evaluation.concrete else real
    wrong = None if vague else inferred
    return LayerPlan((call.output(shape, dtype=dtype, last_step_of=None, inferred=wrong),))


def check_sparse(call: LayerCall, mode: str) -> None:
    """Refuses a sparse tensor in output_mode int."""
    if call["sparse"] and mode == "int":
        call.refuse(
            "wrong-value",
            f"{call.layer.label} returns no sparse tensor in output_mode int",
            "leave sparse out, or set output_mode: multi_hot",
            argument="sparse",
        )


def _check_ids(call: LayerCall, mode: str) -> None:
    """Warns of ids that are not integers, and of counts in sparse tensors."""
    ids, counts = call.x.dtype, mode != "one_hot" and call.x.rank <= 2
    if call.x.is_float:
        warn_of_no_ids(call)
    loose = call.x.is_float or ids == "bool"
    _check_count(call, mode, "int32" if loose and not call["sparse"] else ids, call.variable)
    if counts and call["sparse"]:
        call.fails_in_graph(
            "TensorFlow counts into a sparse tensor outside of graphs alone",
            "leave sparse: true out",
            argument="sparse",
        )


def _check_count(call: LayerCall, mode: str, ids: str, into: str) -> None:
    """Refuses dtypes in which TensorFlow cannot count; above two axes Keras counts itself."""
    if mode == "one_hot" or call.x.rank > 2:
        return
    is_half = into in ("bfloat16", "float16")
    if (is_half and not call["sparse"]) or ids not in ("int32", "int64"):
        call.refuse(
            "wrong-dtype",
            f"{call.layer.label} counts int32 or int64 into float32, and here {ids} into {into}",
            "give the input dtype: int32 and the layer dtype: float32, or output_mode: one_hot",
        )


def _check_mask(call: LayerCall, bins: int) -> None:
    """Refuses a mask_value, for the first bin of Hashing, that is not of the input's dtype."""
    mask: Any = call["mask_value"]
    is_text = call.x.dtype == "string"
    if mask is None or bins == 1:
        return
    fits = isinstance(mask, str) == is_text
    fits = fits and (is_text or call.x.is_float or isinstance(mask, int))
    if not fits or call.x.dtype == "bool":
        call.refuse(
            "wrong-dtype",
            f"mask_value of {call.layer.label} is {mask}, but {source(call.x)} {call.x.dtype}",
            "give a value of that dtype, or leave it out",
            argument="mask_value",
        )


RULES: Mapping[str, Rule] = {
    "CategoryEncoding": category_encoding,
    "Discretization": discretization,
    "HashedCrossing": hashed_crossing,
    "Hashing": hashing,
}
