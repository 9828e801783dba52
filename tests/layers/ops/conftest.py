"""Operations as a config writes them, and as keras.Model runs them."""

from __future__ import annotations

import re
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

    def check(
        entry: str,
        operate: Callable[..., Any],
        *inputs: Tensor,
        batch: int = 3,
        length: int = 7,
    ) -> None:
        config = _config(entry, inputs)
        report = plan(parse(Source("test.yaml", config)), batch, length)
        assert not errors(report.problems), config
        symbols = [
            keras.Input(tuple(shape), batch_size=batch, dtype=dtype) for shape, dtype in inputs
        ]
        model = keras.Model(symbols, keras.tree.flatten(operate(*symbols)))
        arrays = _arrays(inputs, batch, length)
        returned = keras.tree.flatten(model.predict_on_batch(arrays))
        planned = report.layers[-1].outputs
        assert [(tensor.actual, tensor.dtype) for tensor in planned] == [
            (array.shape, str(array.dtype)) for array in returned
        ]
        assert [tensor.shape for tensor in planned] == [output.shape for output in model.outputs]
        # Keras counts the operations of a name in one process, and a plan those of one model.
        assert report.layers[-1].name == re.sub(r"_\d+$", "", model.operations[-1].name)

    return check


@pytest.fixture
def refuses(keras: Any) -> Callable[..., None]:
    """Asserts that an entry has a problem of this code, and that Keras refuses the same operation,
    on symbolic tensors or in ``predict``."""

    def check(
        entry: str, code: str, operate: Callable[..., Any], *inputs: Tensor, length: int = 7
    ) -> None:
        report = plan(parse(Source("test.yaml", _config(entry, inputs))), 3, length)
        assert [problem.code for problem in errors(report.problems)] == [code]
        with pytest.raises(Exception):  # noqa: B017, PT011
            symbols = [
                keras.Input(tuple(shape), batch_size=3, dtype=dtype) for shape, dtype in inputs
            ]
            model = keras.Model(symbols, keras.tree.flatten(operate(*symbols)))
            model.predict_on_batch(_arrays(inputs, 3, length))

    return check


@pytest.fixture
def multiplies(keras: Any) -> Callable[..., int]:
    """Holds the MACs of a planned entry against those of the operations that TensorFlow runs."""
    from tests.judge.macs import counting

    def check(entry: str, operate: Callable[..., Any], *inputs: Tensor) -> int:
        report = plan(parse(Source("test.yaml", _config(entry, inputs))), 3, 7)
        assert not errors(report.problems)
        arrays = map(keras.ops.convert_to_tensor, _arrays(inputs, 3, 7))
        with counting() as tally:
            operate(*arrays)
        assert report.layers[-1].macs == tally.macs
        return tally.macs

    return check


def _config(entry: str, inputs: Sequence[Tensor]) -> str:
    """A config of one operation that reads all inputs."""
    names = [f"x{number}" for number in range(len(inputs))]
    lines = [
        f"  {name}: {{shape: {[*map(_written, shape)]}, dtype: {dtype}}}".replace("'", "")
        for name, (shape, dtype) in zip(names, inputs, strict=True)
    ]
    key = entry if ":" in entry else f"{entry}:"
    return "\n".join(
        ["inputs:", *lines, "layers:", f"  - {key}", f"    from: [{', '.join(names)}]"]
    )


def _arrays(inputs: Sequence[Tensor], batch: int, length: int) -> list[Any]:
    """Random numbers for all inputs, with ``length`` in place of unknown sizes."""
    import numpy as np

    generator = np.random.default_rng(1)
    return [
        generator.uniform(1, 3, (batch, *[length if n is None else n for n in shape])).astype(dtype)
        for shape, dtype in inputs
    ]


def _written(size: int | None) -> str:
    return "null" if size is None else str(size)
