"""``random.normal`` and ``random.uniform`` as layers that keep a seed.

The functions of ``keras.random`` take a shape, which a symbolic tensor does not have, and would
draw the same numbers in every call. No layer of Keras does the same, so that a Keras file of such a
model needs this class to be loaded.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from rnncli.model.graph import KerasObject


def is_random(operation: KerasObject) -> bool:
    """Whether an operation draws random numbers."""
    return operation.cls.startswith("random.")


def random_layer(operation: KerasObject) -> Any:
    """Returns a layer that draws random numbers in the shape of what it reads."""
    import keras

    draw = getattr(keras.random, operation.cls.partition(".")[2])
    arguments = {name: value for name, value in operation.arguments.items() if name != "seed"}
    return _random_like()(draw, arguments, operation["seed"], name=operation.name)


@cache
def _random_like() -> Any:
    import keras

    class RandomLike(keras.layers.Layer):  # type: ignore[misc]
        """Draws random numbers in the shape of its input, others in each call."""

        def __init__(self, draw: Any, arguments: dict[str, Any], seed: Any, name: str) -> None:
            super().__init__(name=name, autocast=False)
            self.draw = draw
            self.arguments = arguments
            self.seed_generator = keras.random.SeedGenerator(seed)

        def call(self, x: Any) -> Any:
            """Draws the numbers."""
            return self.draw(keras.ops.shape(x), seed=self.seed_generator, **self.arguments)

        def compute_output_spec(self, x: Any) -> Any:
            """Returns the shape of the input, which may have unknown axes."""
            return keras.KerasTensor(x.shape, self.arguments.get("dtype") or "float32")

    return RandomLike
