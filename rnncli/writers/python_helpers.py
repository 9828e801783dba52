"""What Keras has no function for, in Python: positions along an axis, and random numbers."""

from __future__ import annotations

from collections.abc import Iterator

POSITIONS = '''\
def positions(x, axis):
    """Returns 0, 1, 2, … along an axis of a tensor, for each sample of its batch."""
    axis %= len(x.shape)
    ones = ops.ones_like(x, dtype="int32")
    behind = list(range(axis + 1, len(x.shape)))
    if behind:
        # A product of ones is one, over no elements as well.
        ones = ops.prod(ones, axis=behind)
    return ops.cumsum(ones, axis=axis) - 1
'''

_RANDOM = '''\
class {cls}(layers.Layer):
    """Draws random numbers in the shape of its input, others in each call."""

    def __init__(self, seed=None, name=None, **arguments):
        super().__init__(name=name, autocast=False)
        self.arguments = arguments
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, x):
        return keras.{function}(ops.shape(x), seed=self.seed_generator, **self.arguments)

    def compute_output_spec(self, x):
        return keras.KerasTensor(x.shape, self.arguments.get("dtype", "float32"))
'''


def random_class(cls: str, function: str) -> Iterator[str]:
    """The lines of a layer that draws with a function of ``keras.random``."""
    yield from _RANDOM.format(cls=cls, function=function).splitlines()
