"""What a plan refuses, and what Keras refuses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from rnncli.config import parse
from rnncli.planning.plan import plan
from rnncli.problems import Problem, Source, errors

# An input of a test: its shape without the batch, and its dtype.
Tensor = tuple[Sequence[int | None], str]


def the_problem(entry: str, *inputs: Tensor) -> Problem:
    """The only error of a config of one operation, which reads all inputs."""
    names = [f"x{number}" for number in range(len(inputs))]
    tensors = ", ".join(
        f"{name}: {{shape: {[*shape]}, dtype: {dtype}}}"
        for name, (shape, dtype) in zip(names, inputs, strict=True)
    ).replace("'", "")
    key = entry if ":" in entry else f"{entry}:"
    config = f"inputs: {{{tensors}}}\nlayers:\n  - {key}\n    from: [{', '.join(names)}]\n"
    (problem,) = errors(plan(parse(Source("test.yaml", config)), 2, None).problems)
    return problem


def keras_refuses(keras: Any, operate: Callable[..., Any], *inputs: Tensor) -> bool:
    """Whether ``keras.Model`` cannot be built or cannot predict with an operation."""
    import numpy as np

    try:
        symbols = [keras.Input(tuple(shape), batch_size=2, dtype=dtype) for shape, dtype in inputs]
        model = keras.Model(symbols, operate(*symbols))
        arrays = [np.ones((2, *shape)).astype(dtype) for shape, dtype in inputs]
        model.predict_on_batch(arrays)
    except Exception:  # noqa: BLE001 - whatever Keras raises
        return True
    return False
