"""Core layers: Dense, Embedding, ReversibleEmbedding, Masking and Activation."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from rnncli.problems import Fix
from rnncli.report.layer import Shape, Weight
from rnncli.report.shapes import Axis, add, product, shown
from rnncli.rules.dtypes import promoted
from rnncli.rules.formulas import count_formula
from rnncli.rules.policies import computes_in_floats, is_quantized_call
from rnncli.rules.quantization import (
    Matrix,
    check_config,
    check_input,
    in_keras_order,
    is_rewritten,
    lora,
    lora_macs,
    lora_rank,
    stored,
    stores_integers,
    sum_of_weights,
)
from rnncli.rules.requirements import known_size, require_batch, require_min_rank
from rnncli.rules.rule import LayerCall, LayerPlan, Rule, source, unknown
from rnncli.rules.sizes import Size, alike, at_least
from rnncli.rules.weights import make_weight


def dense(call: LayerCall) -> LayerPlan:
    """(batch, …, features) → (batch, …, units), by a kernel (features, units) and a bias (units)."""  # noqa: E501
    if not computes_in_floats(call):
        return unknown(call.layer)
    require_min_rank(call, 2, "(batch, …, features)")
    check_config(call)
    check_input(call)
    features, units = known_size(call, -1), call["units"]
    axes = (("features", features), ("units", units))
    kernel = stored(call, Matrix("kernel", axes, grouped=0, packed=1))
    others = [make_weight(call, "bias", "units", (units,))] if call["use_bias"] else []
    others += lora(call, "kernel", axes)
    words = "units·(features + 1)" if call["use_bias"] else "units·features"
    formula = count_formula(words, units=units, features=features)
    rows = product(call.x.axes[:-1])
    shape = size_after_activation(call, (*call.x.axes[:-1], units))
    inferred = None if shape[-1] == units else (*shape[:-1], units)
    return LayerPlan(
        (call.output(shape, masked=call.x.masked, inferred=inferred),),
        weights=in_keras_order(call, kernel, others),
        formula=sum_of_weights([*kernel, *others]) if is_rewritten(call) else formula,
        macs=add(product((rows, features, units)), lora_macs(call, (features, units), rows)),
        mask="passes" if call.x.masked else None,
    )


def warn_of_no_ids(call: LayerCall) -> None:
    """Warns of floats in place of ids."""
    call.problem(
        "not-ids",
        f"{call.layer.label} reads ids, and {source(call.x)} {call.x.dtype} numbers: Keras cuts "
        "their fractions off, and fails on any that is not an id",
        "let it read an input of integers, as the first layer",
        severity="warning",
    )


def embedding(call: LayerCall) -> LayerPlan:
    """(batch, …) of ids below input_dim → (batch, …, output_dim)."""
    if not computes_in_floats(call):
        return unknown(call.layer)
    if call.x.is_float:
        warn_of_no_ids(call)
    width = call["output_dim"]
    makes = bool(call["mask_zero"])
    ids = call.x.axes
    check_selection(call, len(ids))
    _check_positions(call)
    weights, formula = _table(call)
    return LayerPlan(
        (call.output((*ids, width), masked=makes, mask_shape=ids, last_step_of=None),),
        weights=weights,
        formula=formula,
        macs=_embedding_macs(call),
        mask="makes" if makes else None,
    )


def _check_positions(call: LayerCall) -> None:
    """Reports positions along an axis that is longer than the table."""
    count, rows = call.x.below, call["input_dim"]
    if count is None or at_least(rows - count, 0):
        return
    fix: str | Fix = "give it a larger input_dim, or a shorter input"
    if not isinstance(count, Size):
        fix = call.fixes.set_on(call.layer, "input_dim", count, safe=False)
    call.problem(
        "too-long",
        f"{call.layer.label} has vectors for {rows} positions, and {source(call.x)} {count}",
        fix,
        argument="input_dim",
    )


def _table(call: LayerCall) -> tuple[tuple[Weight, ...], str]:
    """The table of vectors as Keras stores it, and the formula of its count."""
    rows, width = call["input_dim"], call["output_dim"]
    axes = (("input_dim", rows), ("output_dim", width))
    table = stored(call, Matrix("embeddings", axes, grouped=1, packed=1))
    others = lora(call, "embeddings", axes)
    formula = count_formula("input_dim·output_dim", input_dim=rows, output_dim=width)
    if is_rewritten(call):
        formula = sum_of_weights([*table, *others])
    return in_keras_order(call, table, others), formula


def _embedding_macs(call: LayerCall) -> Axis:
    """The products of LoRA: of whole tables, or with quantized ones of the rows looked up."""
    rank, width = lora_rank(call), call["output_dim"]
    if rank is not None and is_quantized_call(call):
        return product((*call.x.axes, rank, width))
    return lora_macs(call, (call["input_dim"], width), None)


def reversible_embedding(call: LayerCall) -> LayerPlan:
    """An Embedding whose table, or a second one, can turn vectors back into scores of ids."""
    if call["weights"] is not None:
        call.refuse(
            "wrong-value",
            f"Keras cannot make {call.layer.label} of given weights",
            "leave weights out",
            argument="weights",
        )
    check_config(call)
    facts = _scores_of_ids(call) if call.keywords.get("reverse") else embedding(call)
    if facts.mask == "makes" and is_quantized_call(call):
        facts = _without_mask(call, facts)
    if call["tie_weights"] or not facts.known:
        return facts
    rows, width = call["input_dim"], call["output_dim"]
    if lora_rank(call) is not None and not stores_integers(call):
        call.refuse(
            "wrong-value",
            f"Keras cannot make {call.layer.label} with lora_rank and a second table",
            call.fixes.left_out(call.layer, "lora_rank", "leave lora_rank out of it", safe=False),
            argument="lora_rank",
        )
    axes = (("output_dim", width), ("input_dim", rows))
    back = stored(call, Matrix("reverse_embeddings", axes, grouped=0, packed=0, is_second=True))
    weights = (*facts.weights, *back)
    formula = count_formula("2·input_dim·output_dim", input_dim=rows, output_dim=width)
    if is_rewritten(call):
        formula = sum_of_weights(weights)
    return replace(facts, weights=weights, formula=formula)


def _without_mask(call: LayerCall, facts: LayerPlan) -> LayerPlan:
    """The plan of a layer whose quantized call sets no mask, with a warning."""
    call.problem(
        "mask-lost",
        f"{call.layer.label} makes no mask of mask_zero: Keras makes none with quantized weights",
        "use an Embedding, which makes one",
        argument="mask_zero",
        severity="warning",
    )
    output = replace(facts.output, masked=False, mask_shape=None)
    return replace(facts, outputs=(output,), mask=None)


def _scores_of_ids(call: LayerCall) -> LayerPlan:
    """(batch, …, output_dim) → (batch, …, input_dim): a product with the table, transposed.

    Keras does not cast what it reads, and hands on no mask. A quantized call heeds neither
    reverse_dtype nor LoRA.
    """
    if not computes_in_floats(call):
        return unknown(call.layer)
    rows, width, x = call["input_dim"], call["output_dim"], call.x
    require_min_rank(call, 2, "(batch, …, output_dim)")
    if not alike((x.axes[-1], width)):
        call.refuse(
            "shape-mismatch",
            f"{call.layer.label} turns vectors of output_dim {width} back, and {source(x)} "
            f"{shown(x.shape)}",
            f"put Dense: {width} before it",
        )
    dtype, macs = promoted([x.dtype, call.compute]), product((*x.axes[:-1], rows, width))
    if not is_quantized_call(call):
        dtype = call["reverse_dtype"] or dtype
        macs = add(macs, lora_macs(call, (rows, width), None))
    weights, formula = _table(call)
    output = call.output((*x.axes[:-1], rows), dtype=dtype, masked=False, last_step_of=None)
    return LayerPlan((output,), weights=weights, formula=formula, macs=macs)


def masking(call: LayerCall) -> LayerPlan:
    """The same tensor; steps whose features all equal mask_value are masked."""
    require_batch(call)
    x = call.x
    check_selection(call, x.rank)
    # A product with the mask turns booleans into integers.
    dtype = "int32" if x.dtype == "bool" else promoted([x.dtype, x.dtype])
    output = call.output(x.shape, dtype=dtype, masked=True, mask_shape=x.axes[:-1])
    return LayerPlan((output,), mask="makes")


def activation(call: LayerCall) -> LayerPlan:
    """A function of every element; glu alone changes the shape."""
    facts = call.passthrough()
    _check_activation(call, call.x.rank)
    if not call.x.is_float:
        dtype = _activated_dtype(call)
        return replace(facts, outputs=(replace(facts.output, dtype=dtype),))
    shape = size_after_activation(call, call.x.axes)
    if shape == call.x.axes:
        return facts
    return replace(facts, outputs=(replace(facts.output, shape=shape, inferred=call.x.axes),))


def _activated_dtype(call: LayerCall) -> str:
    """The dtype of an activation of integers or booleans; refuses most activations of them."""
    dtype, word = call.x.dtype, call["activation"]
    keep, widen = {None, "linear"}, {"exponential", "tanh"}
    if dtype != "bool":
        keep, widen = keep | {"relu", "relu6"}, widen | {"leaky_relu"}
    if word not in keep | widen:
        call.refuse(
            "wrong-dtype",
            f"{call.layer.label} cannot compute {word} of {dtype} numbers",
            "give the input dtype: float32, or put Rescaling: 1 before it",
            argument="activation",
        )
    return dtype if word in keep else "float32"


# The maximum rank of TensorFlow's softmax on a CPU, where oneDNN computes it.
_SOFTMAX_RANK = 5
# The maximum rank of TensorFlow's SelectV2, and the activations that use it.
_SELECTION_RANK = 8
_SELECTING = ("hard_shrink", "soft_shrink", "sparse_plus", "sparse_sigmoid", "sparsemax")


def check_softmax(call: LayerCall, rank: int, dtype: str | None = None) -> None:
    """Refuses a softmax of a tensor of more axes than a CPU supports; its dtype is that of the
    layer, where none is given. In bfloat16 it depends on the CPU, and is a warning."""
    dtype = dtype or call.compute
    if rank <= _SOFTMAX_RANK or dtype not in ("float32", "bfloat16"):
        return
    message = (
        f"{call.layer.label} takes the softmax of {rank} axes, and TensorFlow takes it of at most "
        f"{_SOFTMAX_RANK} on a CPU in {dtype}"
    )
    fix = "put Reshape before it, so that fewer axes are left"
    if dtype == "float32":
        call.refuse("needs-gpu", message, fix)
    call.problem(
        "needs-gpu",
        f"{message}, where that has instructions for {dtype}",
        fix,
        severity="warning",
    )


def check_selection(call: LayerCall, rank: int) -> None:
    """Refuses tensors of more axes than TensorFlow's selection by a condition supports."""
    if rank > _SELECTION_RANK:
        call.refuse(
            "wrong-rank",
            f"{call.layer.label} chooses elements of {rank} axes, and TensorFlow does so of at "
            f"most {_SELECTION_RANK}",
            "put Reshape before it, so that fewer axes are left",
        )


def _check_activation(call: LayerCall, rank: int) -> None:
    if call["activation"] == "softmax":
        check_softmax(call, rank)
    elif call["activation"] in _SELECTING:
        check_selection(call, rank)


def size_after_activation(call: LayerCall, shape: Shape) -> Shape:
    """A shape after the layer's activation: glu multiplies one half of the last axis by the other.

    Keras infers that the shape stays the same; this is the shape of a run.
    """
    _check_activation(call, len(shape))
    size = shape[-1] if shape else None
    if call["activation"] != "glu" or size is None:
        return shape
    if size % 2:
        call.refuse(
            "wrong-value",
            f"activation glu of {call.layer.label} halves its input, and {size} is odd",
            "give it an even size",
            argument="activation",
        )
    return (*shape[:-1], size // 2)


RULES: Mapping[str, Rule] = {
    "Activation": activation,
    "Dense": dense,
    "Embedding": embedding,
    "Masking": masking,
    "ReversibleEmbedding": reversible_embedding,
}
