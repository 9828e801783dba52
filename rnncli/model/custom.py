"""CustomSpec → a layer that is described by its shapes, with its dtypes checked."""

from __future__ import annotations

from rnncli.config.spec import CustomSpec, TensorSpec
from rnncli.keras_api.signatures import Signature
from rnncli.model.graph import CUSTOM, DeclaredTensor, KerasObject
from rnncli.model.naming import Namer
from rnncli.problems import Fix, Problem, problem
from rnncli.report.layer import ITEM_BYTES
from rnncli.suggestions import near_words

_NO_ARGUMENTS = Signature("", {})


def bind_custom(spec: CustomSpec, namer: Namer, problems: list[Problem]) -> KerasObject:
    """The custom layer of an entry; without a name, it has one of its class without the package."""
    arguments = {
        "class": spec.cls,
        "outputs": tuple([_declared(tensor, problems, "string") for tensor in spec.outputs]),
        "weights": tuple([_declared(tensor, problems) for tensor in spec.weights]),
    }
    return KerasObject(
        CUSTOM,
        CUSTOM,
        _NO_ARGUMENTS,
        spec.place,
        spec.name or namer.name(spec.cls.rpartition(">")[2].rpartition(".")[2] or CUSTOM),
        arguments,
        reads=tuple([reference.role for reference in spec.inbound or () if reference.role]),
    )


def _declared(tensor: TensorSpec, problems: list[Problem], *more: str) -> DeclaredTensor:
    """The tensor, of float32 where no dtype is given or the dtype does not exist."""
    known = (*ITEM_BYTES, *more)
    dtype = tensor.dtype or "float32"
    if dtype not in known:
        from rnncli.config.edits import replace_value

        place = tensor.dtype_place or tensor.place
        near = near_words(dtype, known)
        words = f"did you mean {' or '.join(near)}?" if near else "such as float32 or int32"
        edits = replace_value(place, near[0]) if near else ()
        fix = Fix(words, edits, safe=len(near) == 1)
        problems.append(problem("bad-custom", f"there is no dtype {dtype}", fix, place=place))
        dtype = "float32"
    return DeclaredTensor(tensor.name, tensor.shape, dtype, tensor.trainable)
