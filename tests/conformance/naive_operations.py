"""Operations as one would call them in Python: nothing of rnncli in it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

ON_A_LIST = ("concatenate", "hstack", "stack", "vstack")
SEVERAL = ("split", "unstack")


def is_operation(key: str) -> bool:
    """Whether the key of a config names an operation."""
    return key.startswith(("ops.", "random."))


def operated(function: str, given: Any, roles: Mapping[str, int], reads: Sequence[Any]) -> Any:
    """What an operation returns on tensors: all that ``roles`` names, or all in order."""
    bare = function.partition(".")[2].replace("getitem", "get_item")
    if bare == "einsum":
        return _keras("ops", bare)(given, *reads)
    operate = _OWN.get(bare) or _keras("ops", bare)
    parameters = list(inspect.signature(operate).parameters)
    tensors: dict[str, Any] = {role: reads[place] for role, place in roles.items()}
    written = given if isinstance(given, Mapping) else {}
    if bare in ON_A_LIST:
        tensors = {parameters[0]: list(reads)}
    elif not roles:
        free = [name for name in parameters if name not in written]
        tensors = dict(zip(free[: len(reads)], reads, strict=True))
    if given is not None and not isinstance(given, Mapping):
        written = {next(name for name in parameters if name not in tensors): given}
    if "key" in written:
        written = {"key": index(written["key"])}
    return operate(**tensors, **written)


def in_a_graph(operate: Callable[..., Any], values: Sequence[Any]) -> Any:
    """What a function returns on concrete tensors in a graph, as ``predict`` runs it."""
    import tensorflow as tf

    return tf.function(operate, autograph=False)(list(values))


def output_names(function: str, count: int) -> list[str]:
    """The names of the tensors that an operation returns."""
    bare = function.partition(".")[2]
    if bare == "top_k":
        return ["values", "indices"]
    return [f"output_{n}" for n in range(count)] if bare in SEVERAL else ["output"]


def index(text: str) -> tuple[Any, ...]:
    """The index that a text is, with its brackets or without."""
    parts = text.strip().removeprefix("[").removesuffix("]").split(",")
    return tuple(_entry(part.strip()) for part in parts if part.strip())


def _entry(text: str) -> Any:
    if text in ("...", "None"):
        return ... if text == "..." else None
    if ":" in text:
        return slice(*[int(end) if end.strip() else None for end in text.split(":")])
    return int(text)


def _keras(module: str, name: str) -> Callable[..., Any]:
    import keras

    operate: Callable[..., Any] = getattr(getattr(keras, module), name)
    return operate


def _arange(x: Any, axis: int) -> Any:
    """The positions along an axis, in the shape of ``x`` up to there."""
    from keras import ops

    rank = len(x.shape)
    if not -rank <= axis < rank:
        raise ValueError(f"there is no axis {axis}")
    for _ in range(rank - axis % rank - 1):
        x = x[..., 0]
    return ops.cumsum(ops.ones_like(x, dtype="int32"), axis=axis % rank) - 1


def _like(name: str) -> Callable[..., Any]:
    """Random numbers in the shape of a tensor."""

    def drawn(shape: Any, **given: Any) -> Any:
        import keras

        sizes = [size or 1 for size in shape.shape]
        numbers = _keras("random", name)(sizes, **given)
        if isinstance(shape, keras.KerasTensor):
            return keras.KerasTensor(shape.shape, dtype=numbers.dtype)
        return numbers

    return drawn


_OWN: Mapping[str, Callable[..., Any]] = {
    "arange": _arange,
    "normal": _like("normal"),
    "uniform": _like("uniform"),
}
