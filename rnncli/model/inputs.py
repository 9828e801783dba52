"""InputSpec → Input: the shape, dtype and bound of a tensor that the model reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rnncli.config.spec import InputSpec
from rnncli.keras_api.traits import traits
from rnncli.model.graph import Input, KerasObject, Node, TensorRef
from rnncli.model.tensor_names import is_model
from rnncli.problems import Fix, Problem, problem
from rnncli.report.layer import ITEM_BYTES
from rnncli.suggestions import near_words


def bind_inputs(
    specs: Iterable[InputSpec], nodes: Iterable[Node], problems: list[Problem]
) -> tuple[Input, ...]:
    """The inputs of a model, whose dtype depends on the layers that read them."""
    readers: dict[TensorRef, list[Node]] = {}
    masks: set[TensorRef] = set()
    for node in nodes:
        masks |= {ref for name, ref in node.keywords.items() if name.endswith("mask")}
        for ref in dict.fromkeys(node.inbound):
            readers.setdefault(ref, []).append(node)
    return tuple(
        [
            _bind_input(spec, readers.get(ref, []), ref in masks, problems)
            for spec in specs
            for ref in [TensorRef(spec.name)]
        ]
    )


def _bind_input(
    spec: InputSpec, readers: Sequence[Node], is_mask: bool, problems: list[Problem]
) -> Input:
    """The input; without a dtype it is int32 if it has a bound or a layer reads it as ids, and
    bool if it is a mask alone."""
    bounds = list(_id_bounds(TensorRef(spec.name), readers))
    usual = "bool" if is_mask and not readers else "float32"
    dtype = spec.dtype or ("int32" if bounds or spec.below else usual)
    known = (*ITEM_BYTES, "string")
    if dtype not in known:
        dtype_problem, dtype = _unknown_dtype(spec, dtype, known, bool(bounds))
        problems.append(dtype_problem)
    below = spec.below
    if below is None:
        below = min((bound for bound in bounds if bound is not None), default=None)
    return Input(spec.name, spec.shape, dtype, below, spec.place)


# Names of dtypes in Python, NumPy and elsewhere.
_CALLED = {"int": "int32", "integer": "int32", "float": "float32", "double": "float64",
           "long": "int64", "half": "float16", "str": "string", "text": "string",
           "boolean": "bool", "uint": "uint32"}  # fmt: skip


def _unknown_dtype(
    spec: InputSpec, dtype: str, known: Sequence[str], reads_ids: bool
) -> tuple[Problem, str]:
    """The problem with a dtype that does not exist, and the dtype that is meant."""
    from rnncli.config.edits import replace_value

    word = dtype.rpartition(".")[2].lower()
    near = [word] if word in known else near_words(word, known)
    near = [_CALLED[word]] if word in _CALLED else near
    meant = near[0] if near else ("int32" if reads_ids else "float32")
    words = f"did you mean {' or '.join(near)}?" if near else "such as float32 or int32"
    edits = replace_value(spec.dtype_place, meant) if spec.dtype_place else ()
    fix = Fix(words, edits, safe=len(near) == 1)
    place = spec.dtype_place or spec.place
    return problem("bad-input", f"there is no dtype {dtype}", fix, place=place), meant


def _id_bounds(ref: TensorRef, readers: Iterable[Node]) -> Iterator[int | None]:
    """What the ids must be below, for each layer that reads them as ids; None if not known."""
    for node in readers:
        model = _model_in(node.layer)
        if model is not None and not model.invalid:
            inner = model["model"].inputs
            for source, model_input in zip(node.inbound, inner, strict=False):
                if source == ref and ("int" in model_input.dtype):
                    yield model_input.below
        reader = None if node.layer.call.get("reverse") else _reads_ids(node.layer)
        if reader is not None:
            yield None if reader.invalid else reader[traits(reader.cls).ids_below]


def _model_in(layer: KerasObject) -> KerasObject | None:
    """The layer, or the layer that it wraps, if it is a model."""
    if is_model(layer):
        return layer
    inner = layer.arguments.get("layer")
    return _model_in(inner) if isinstance(inner, KerasObject) else None


def _reads_ids(layer: KerasObject) -> KerasObject | None:
    """The layer, or the layer that it wraps, if it reads ids."""
    if traits(layer.cls).ids_below:
        return layer
    inner = layer.arguments.get("layer")
    return _reads_ids(inner) if isinstance(inner, KerasObject) else None
