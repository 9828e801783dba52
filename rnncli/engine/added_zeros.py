"""The gradients of a loss at all states by a second method, to check the first.

Zeros are added to each state after each step, and one pass backward over the whole model gives the
gradients at the zeros. It takes float64 as it is, so that gradients underflow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rnncli.engine.inner_loops import InnerLoop, directions, loops_run_by, scanned, zeros_for
from rnncli.engine.passing import BuiltModel, Pass, through
from rnncli.engine.scaling import log10_norm
from rnncli.engine.taping import TapedPass
from rnncli.engine.tensors import dtype_of
from rnncli.model.graph import Model, TensorRef
from rnncli.report.gradients import GradientCheck

# Norms with smaller powers of ten are not compared: they underflow on the way.
_SMALLEST, _LARGEST = -280, 300
# The largest relative difference that counts as rounding.
_TOLERANCE = 1e-6


def by_zeros(
    model: Model,
    built: BuiltModel,
    entering: Mapping[str, Any],
    symbols: Pass,
    at_outputs: Mapping[TensorRef, Any],
) -> list[list[Any]]:
    """Returns for each loop, in the order in which they run, the gradients at each state,
    (time, batch, …); None at a state that is not connected."""
    import tensorflow as tf

    layers = {
        id(inner): inner for layer in built.flat_layers() for inner in directions(layer).values()
    }

    def gradients() -> list[list[Any]]:
        zeros: list[list[Any]] = []
        with tf.GradientTape() as tape:

            def run(loop: InnerLoop) -> tuple[Any, list[Any]]:
                zeros.append(zeros_for(loop))
                tape.watch(zeros[-1])
                return scanned(loop, zeros[-1])

            with loops_run_by(run, [*layers.values()]):
                passed = through(model, built, entering, symbols)
            loss = tf.add_n(
                [
                    tf.reduce_sum(tf.cast(passed[ref], "float64") * array)
                    for ref, array in at_outputs.items()
                ]
            )
        return tape.gradient(loss, zeros)  # type: ignore[no-any-return]

    return tf.function(gradients, autograph=False)()  # type: ignore[no-any-return]


def checked(taped: TapedPass, second: list[list[Any]], by_keras: Pass) -> GradientCheck:
    """Compares the gradients of both methods, and the pass of the loops with that of Keras."""
    import numpy as np

    compared, largest = 0, 0.0
    for row, power, other in _rows(taped, second):
        log = None if row is None else log10_norm(row, power)
        if log is None:
            # What is not connected in one method must be 0 in the other.
            largest = max(largest, float(np.any(other)))
        elif _SMALLEST < log < _LARGEST:
            compared += 1
            first = np.ldexp(row, power)
            scale = np.max(np.abs(first))
            difference = np.linalg.norm((first - other) / scale)
            largest = max(largest, float(difference / np.linalg.norm(first / scale)))
    replay = _difference(by_keras, taped.passed)
    return GradientCheck(
        compared=compared,
        largest_difference=largest,
        replay_difference=replay,
        agrees=largest <= _TOLERANCE and replay <= _TOLERANCE,
    )


def _rows(taped: TapedPass, second: list[list[Any]]) -> Iterator[tuple[Any, int, Any]]:
    """Yields for each step and state the gradient of the first method with its power of two, and
    that of the second."""
    places = {id(loop): number for number, loop in enumerate(taped.loops)}
    for loop, gradients in [call for layer in taped.layers for call in layer.calls]:
        for rows, others in zip(gradients.states, second[places[id(loop)]], strict=True):
            arrays = None if others is None else others.numpy()
            for step, row in enumerate(rows):
                yield row, gradients.powers[step], 0.0 if arrays is None else arrays[step]


def worst(checks: Sequence[GradientCheck]) -> GradientCheck:
    """Returns several comparisons as one."""
    return GradientCheck(
        compared=sum(check.compared for check in checks),
        largest_difference=max(check.largest_difference for check in checks),
        replay_difference=max(check.replay_difference for check in checks),
        agrees=all(check.agrees for check in checks),
    )


def _difference(one: Pass, other: Pass) -> float:
    """Returns the largest difference between the tensors of two passes, relative to the largest
    number of each if that is above 1."""
    import numpy as np

    largest = 0.0
    for first, second in zip(one.flat(), other.flat(), strict=True):
        if "float" in dtype_of(first):
            numbers = first.numpy()
            scale = max(1.0, float(np.max(np.abs(numbers), initial=0.0)))
            difference = float(np.max(np.abs(numbers - second.numpy()), initial=0.0))
            largest = max(largest, difference / scale)
    return largest
