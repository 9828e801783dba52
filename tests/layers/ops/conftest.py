"""Operations as a config writes them, and as keras.Model runs them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from rnncli.config import parse
from rnncli.planning.plan import plan
from rnncli.problems import Source, errors

# An input of a test: its shape without the batch, and its dtype.
Tensor = tuple[Sequence[int | None], str]


@pytest.fixture
def agrees(keras: Any) -> Callable[..., None]:
    """Holds the plan of one entry against a ``keras.Model`` of the same operation.

    ``operate`` makes the operation of Keras from symbolic tensors. The model is asked for the
    shapes that Keras infers and for what ``predict`` returns, with ``length`` in place of unknown
    sizes and a batch of ``batch``.
    """
    import numpy as np

    def check(
        entry: str,
        operate: Callable[..., Any],
        *inputs: Tensor,
        batch: int = 3,
        length: int = 7,
    ) -> None:
        names = [f"x{number}" for number in range(len(inputs))]
        lines = [
            f"  {name}: {{shape: {[*map(_written, shape)]}, dtype: {dtype}}}".replace("'", "")
            for name, (shape, dtype) in zip(names, inputs, strict=True)
        ]
        key = entry if ":" in entry else f"{entry}:"
        config = "\n".join(
            ["inputs:", *lines, "layers:", f"  - {key}", f"    from: [{', '.join(names)}]"]
        )
        report = plan(parse(Source("test.yaml", config)), batch, length)
        assert not errors(report.problems), config
        # Keras counts operations of one name from here on.
        keras.utils.clear_session()
        symbols = [
            keras.Input(tuple(shape), batch_size=batch, dtype=dtype) for shape, dtype in inputs
        ]
        model = keras.Model(symbols, keras.tree.flatten(operate(*symbols)))
        generator = np.random.default_rng(1)
        arrays = [
            generator.uniform(1, 3, (batch, *[length if n is None else n for n in shape])).astype(
                dtype
            )
            for shape, dtype in inputs
        ]
        returned = keras.tree.flatten(model.predict(arrays, verbose=0, batch_size=batch))
        planned = report.layers[-1].outputs
        assert [(tensor.actual, tensor.dtype) for tensor in planned] == [
            (array.shape, str(array.dtype)) for array in returned
        ]
        assert [tensor.shape for tensor in planned] == [output.shape for output in model.outputs]
        assert report.layers[-1].name == model.operations[-1].name

    return check


def _written(size: int | None) -> str:
    return "null" if size is None else str(size)
