"""Layers that read one tensor: what suits them, and arguments that do (mostly)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.judge.case import Make
from tests.judge.drawing.chance import ACTIVATIONS, Chance

Shape = tuple[int | None, ...]


@dataclass(frozen=True)
class Recipe:
    """How one layer is drawn: the ranks (without the batch) and dtypes that suit it."""

    weight: float
    make: Callable[[Chance, Shape], Make]
    ranks: tuple[int, ...]
    kinds: str = "f"  # f: float, i: int, b: bool, s: string


RECIPES: list[Recipe] = []
ANY = (1, 2, 3, 4)


def recipe(
    weight: float, ranks: tuple[int, ...], kinds: str = "f"
) -> Callable[[Callable[[Chance, Shape], Make]], Callable[[Chance, Shape], Make]]:
    def keep(make: Callable[[Chance, Shape], Make]) -> Callable[[Chance, Shape], Make]:
        RECIPES.append(Recipe(weight, make, ranks, kinds))
        return make

    return keep


def axis_of(chance: Chance, shape: Shape) -> int:
    """An axis, mostly the last; sometimes counted from the front."""
    if chance.happens(0.6):
        return -1
    axis = chance.between(1, len(shape))
    return axis if chance.happens(0.5) else axis - len(shape) - 1


def axes_of(chance: Chance, shape: Shape) -> Any:
    if len(shape) > 1 and chance.happens(0.25):
        return tuple(sorted(chance.random.sample(range(1, len(shape) + 1), 2)))
    return axis_of(chance, shape)


@recipe(6, ANY)
def dense(chance: Chance, shape: Shape) -> Make:
    args: dict[str, Any] = {"units": chance.between(1, 5)}
    args |= chance.maybe(0.4, activation=chance.pick(ACTIVATIONS))
    args |= chance.maybe(0.2, use_bias=False)
    args |= chance.maybe(0.1, kernel_regularizer=Make("L2", {"l2": 0.01}))
    args |= chance.maybe(0.05, kernel_constraint=Make("MaxNorm", {"max_value": 2}))
    return chance.make("Dense", **args)


@recipe(2, (2, 3))
def einsum(chance: Chance, shape: Shape) -> Make:
    letters = "bcd"[: len(shape)]
    last = letters[-1]
    kind = chance.between(0, 3)
    equation, output = {
        0: (f"a{letters},{last}y->a{letters[:-1]}y", (*shape[:-1], 3)),
        1: (f"a{letters},{last}yz->a{letters[:-1]}yz", (*shape[:-1], 2, 3)),
        2: (f"...{last},{last}y->...y", 4),
        3: (f"a{letters},{letters}y->ay", 2),
    }[kind]
    bias = chance.maybe(0.5, bias_axes="y")
    return chance.make("EinsumDense", equation=equation, output_shape=output, **bias)


@recipe(3, ANY, "fi")
def activation(chance: Chance, shape: Shape) -> Make:
    return chance.make("Activation", activation=chance.pick(ACTIVATIONS))


@recipe(5, ANY, "fib")
def pointwise(chance: Chance, shape: Shape) -> Make:
    cls, args = chance.pick(
        [
            ("Dropout", {"rate": 0.5}),
            ("GaussianDropout", {"rate": 0.5}),
            ("GaussianNoise", {"stddev": 0.5}),
            ("AlphaDropout", {"rate": 0.5}),
            ("ActivityRegularization", {"l2": 0.1}),
            ("Identity", {}),
            ("ReLU", {}),
            ("ReLU", {"max_value": 2.0}),
            ("ReLU", {"negative_slope": 0.1, "threshold": 0.2}),
            ("ELU", {"alpha": 0.5}),
            ("LeakyReLU", {"negative_slope": 0.2}),
            ("Rescaling", {"scale": 0.5}),
            ("Rescaling", {"scale": 2.0, "offset": 1.0}),
            ("Rescaling", {"scale": 2, "offset": 1}),
        ]
    )
    return chance.make(cls, **args)


@recipe(2, ANY, "fi")
def softmax(chance: Chance, shape: Shape) -> Make:
    return chance.make("Softmax", **chance.maybe(0.5, axis=axes_of(chance, shape)))


@recipe(1.5, ANY)
def prelu(chance: Chance, shape: Shape) -> Make:
    shared = tuple(i + 1 for i, size in enumerate(shape) if size is None or chance.happens(0.3))
    return chance.make("PReLU", **({"shared_axes": shared} if shared else {}))


@recipe(5, ANY, "fi")
def normalisation(chance: Chance, shape: Shape) -> Make:
    cls = chance.pick(
        ["LayerNormalization", "LayerNormalization", "BatchNormalization", "BatchNormalization",
         "RMSNormalization", "UnitNormalization", "GroupNormalization", "Normalization"]
    )  # fmt: skip
    args: dict[str, Any] = {}
    if cls == "GroupNormalization":
        width = shape[-1] or 1
        args["groups"] = chance.pick([1, width, -1, 2, 3])
        args |= chance.maybe(0.3, axis=axis_of(chance, shape))
    elif cls == "Normalization":
        width = shape[-1] or 2
        args |= chance.pick(
            [{"mean": 0.5, "variance": 2.0}, {"axis": None, "mean": 0.0, "variance": 1.0},
             {"mean": [0.1] * width, "variance": [1.0] * width}]
        )  # fmt: skip
        args |= chance.flag(0.2, "invert")
    elif cls == "BatchNormalization":
        args |= chance.maybe(0.3, axis=axis_of(chance, shape)) | chance.flag(0.1, "renorm")
    else:
        args |= chance.maybe(0.4, axis=axes_of(chance, shape))
    if cls in ("LayerNormalization", "BatchNormalization", "GroupNormalization"):
        args |= chance.maybe(0.15, scale=False) | chance.maybe(0.15, center=False)
    return chance.make(cls, **args)


@recipe(2.5, ANY, "fib")
def flatten(chance: Chance, shape: Shape) -> Make:
    return chance.make("Flatten", **chance.maybe(0.1, data_format="channels_first"))


@recipe(2.5, ANY, "fib")
def reshape(chance: Chance, shape: Shape) -> Make:
    known = [size for size in shape if size is not None]
    if len(known) < len(shape):
        target = chance.pick([(-1, *known), (*known, -1), (-1,)])
        if known and chance.happens(0.3):
            target = (-1, known[-1])
        return chance.make("Reshape", target_shape=target)
    count = 1
    for size in known:
        count *= size
    divisors = [n for n in range(1, count + 1) if count % n == 0]
    # An empty tensor has none.
    first = chance.pick(divisors or [1])
    rest = count // first
    options: list[tuple[int, ...]] = [(first, rest), (-1, first), (count,), (1, count), (rest, -1)]
    if rest % 2 == 0:
        options += [(first, 2, rest // 2), (first, -1, 2)]
    return chance.make("Reshape", target_shape=chance.pick(options))


@recipe(2, (2, 3, 4), "fib")
def permute(chance: Chance, shape: Shape) -> Make:
    order = list(range(1, len(shape) + 1))
    chance.random.shuffle(order)
    return chance.make("Permute", dims=tuple(order))


@recipe(2, (1,), "fib")
def repeat_vector(chance: Chance, shape: Shape) -> Make:
    return chance.make("RepeatVector", n=chance.between(1, 4))


@recipe(4, (2, 2, 3), "fi")
def masking(chance: Chance, shape: Shape) -> Make:
    return chance.make("Masking", **chance.maybe(0.3, mask_value=chance.pick([0.0, 1.0, 0])))


@recipe(12, (1, 1, 2), "i")
def embedding(chance: Chance, shape: Shape) -> Make:
    cls = chance.pick(["Embedding", "Embedding", "Embedding", "ReversibleEmbedding"])
    args = {"input_dim": chance.between(8, 9), "output_dim": chance.between(1, 4)}
    return chance.make(cls, **args, **chance.flag(0.7, "mask_zero"))


@recipe(1.5, ANY, "ib")
def categories(chance: Chance, shape: Shape) -> Make:
    mode = chance.pick(["one_hot", "multi_hot", "count", "int"])
    cls = chance.pick(["CategoryEncoding", "Hashing", "IntegerLookup"])
    if cls == "CategoryEncoding":
        return chance.make(
            cls, num_tokens=9, output_mode=chance.pick(["one_hot", "multi_hot", "count"])
        )
    if cls == "Hashing":
        return chance.make(cls, num_bins=chance.between(2, 5), output_mode=mode)
    return chance.make(
        cls, vocabulary=[1, 2, 3, 4], output_mode=mode, **chance.maybe(0.3, num_oov_indices=2)
    )


@recipe(0.7, ANY, "fi")
def discretization(chance: Chance, shape: Shape) -> Make:
    mode = chance.pick(["one_hot", "multi_hot", "count", "int"])
    return chance.make("Discretization", bin_boundaries=[-0.5, 0.0, 0.5], output_mode=mode)


@recipe(4, ANY, "s")
def words(chance: Chance, shape: Shape) -> Make:
    cls = chance.pick(["StringLookup", "Hashing", "TextVectorization"])
    if cls == "Hashing":
        return chance.make(
            cls, num_bins=3, output_mode=chance.pick(["int", "one_hot", "multi_hot"])
        )
    if cls == "StringLookup":
        mode = chance.pick(["int", "int", "one_hot", "multi_hot", "count"])
        return chance.make(cls, vocabulary=["a", "b"], output_mode=mode)
    args: dict[str, Any] = {"vocabulary": ["a", "b", "c"]}
    mode = chance.pick(["int", "int", "multi_hot", "count"])
    args |= chance.maybe(0.4, output_sequence_length=4) if mode == "int" else {"output_mode": mode}
    return chance.make(cls, **args)
