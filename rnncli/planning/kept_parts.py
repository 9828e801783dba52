"""What backprop keeps of one layer beside its inputs and outputs, as products with their words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from rnncli.keras_api.traits import traits
from rnncli.report.layer import ITEM_BYTES, Layer, Tensor


class Part(msgspec.Struct, frozen=True):
    """So many numbers of so many bytes: ``steps·batch·(7·units + features)``, and in numbers."""

    count: int | None
    item: int
    words: str
    numbers: str

    def times(self, steps: int) -> Part:
        """The part in each of so many steps."""
        count = None if self.count is None else self.count * steps
        return Part(count, self.item, f"steps·{self.words}", f"{steps}·{self.numbers}")


def formula(parts: Sequence[Part]) -> str:
    """``4·(steps·batch·(7·units + features) + output) = 4·(5·1·(7·3 + 8) + 1·3)``."""
    texts: list[tuple[str, str]] = []
    for item in dict.fromkeys(part.item for part in parts):
        same = [part for part in parts if part.item == item]
        texts.append((
            _product(item, [part.words for part in same]),
            _product(item, [part.numbers for part in same]),
        ))  # fmt: skip
    words, numbers = (" + ".join(column) for column in zip(*texts, strict=True))
    return f"{words} = {numbers}"


def _product(item: int, terms: Sequence[str]) -> str:
    return f"{item}·{terms[0]}" if len(terms) == 1 else f"{item}·({' + '.join(terms)})"


def heads_of(layer: Layer) -> Iterator[Part]:
    """Yields query, key and value of all heads, and what the heads attend to."""
    assert layer.transient
    batch, heads, queries, keys = layer.transient.shape
    item = ITEM_BYTES[layer.outputs[0].dtype or "float32"]
    for weight in layer.weights or ():
        name, _, kernel = weight.name.partition("/")
        if kernel != "kernel":
            continue
        width = weight.shape[-2] if name == "attention_output" else weight.shape[-1]
        steps = queries if name in ("query", "attention_output") else keys
        count = batch * steps * heads * width
        yield Part(count, item, name, f"{batch}·{steps}·{heads}·{width}")


def steps(
    layer: Layer, cell: Layer, *, is_reached: bool, reads_state: bool = False
) -> Iterator[Part]:
    """Yields what a cell keeps of the steps of the layer that runs it: gates, states, its input.

    ``is_reached`` says that a gradient goes on to what the layer reads, and ``reads_state`` that
    the cell reads the state of another one, which is kept already.
    """
    length, batch = axis(layer.inputs[0], 1), axis(layer.inputs[0], 0)
    over = traits(cell.cls).recurrent_over
    state = (cell.states[0] if cell.states else cell.outputs[0]).actual or (None,)
    units = size_of(state[1:] if over == "frames" else state[-1:])
    features = size_of((cell.inputs[0].actual or (None,))[2 if over else 1 :])
    item = ITEM_BYTES[cell.outputs[0].dtype or "float32"]
    if length is None or batch is None or not units or features is None:
        yield Part(None, item, "", "")
        return
    kernels = [weight for weight in cell.weights or () if weight.name.endswith("kernel")]
    gates = kernels[0].shape[-1] // (state[-1] or 1) if kernels else 1
    arguments = cell.arguments or {}
    is_dropped = bool(arguments.get("recurrent_dropout"))
    # Each gate reads a state of its own, from which other units are dropped.
    kept = traits(cell.cls).keeps_per_step + (gates if is_dropped else 0)
    reads = 0 if reads_state else 2 if arguments.get("dropout") and is_reached else 1
    names = ("state", "frame") if over == "frames" else ("units", "features")
    step, numbers = (_scaled(kept, size) for size in (names[0], units))
    if reads:
        step = f"({step} + {_scaled(reads, names[1])})"
        numbers = f"({numbers} + {_scaled(reads, features)})"
    count = length * batch * (kept * units + reads * features)
    yield Part(count, item, f"steps·batch·{step}", f"{length}·{batch}·{numbers}")
    is_split = gates > 1 and (over == "frames" or is_dropped)
    if is_split or any(weight.dtype != cell.outputs[0].dtype for weight in kernels):
        # Weights that are cast or split in the loop are kept at each step.
        size = sum(weight.count for weight in kernels)
        yield Part(length * size, item, "steps·kernels", f"{length}·{size}")


def padded_input(layer: Layer) -> Part | None:
    """The padded input of a convolution along time with holes or with causal padding."""
    arguments = layer.arguments or {}
    holes, size = (_one(arguments.get(name)) for name in ("dilation_rate", "kernel_size"))
    if not layer.inputs or (holes == 1 and arguments.get("padding") != "causal"):
        return None
    tensor = layer.inputs[0]
    batch, steps, *rest = tensor.actual or (None,)
    if batch is None or steps is None or None in rest or not tensor.dtype:
        return Part(None, 0, "", "")
    if arguments.get("padding") in ("causal", "same"):
        steps += (size - 1) * holes
    steps = -(-steps // holes) * holes
    shape = (batch, steps, *rest)
    return tensor_part(Tensor(name="", shape=shape, dtype=tensor.dtype), "padded input")


def _one(size: Any) -> int:
    """The first of several sizes, or the only one; 1 where the argument has its default."""
    return int(size[0] if isinstance(size, list | tuple) else size or 1)


def _scaled(factor: int, name: object) -> str:
    return f"{factor}·{name}" if factor > 1 else f"{name}"


def axis(tensor: Tensor, number: int) -> int | None:
    """The size of an axis of a tensor; None if it is unknown, or there is none."""
    shape = tensor.actual
    return shape[number] if shape is not None and len(shape) > number else None


def size_of(shape: Sequence[int | None]) -> int | None:
    """How many numbers a tensor of this shape has."""
    return None if None in shape else math.prod(size or 0 for size in shape)


def tensor_part(tensor: Tensor, word: str) -> Part:
    """All numbers of a tensor; ``word`` is what the formula calls it."""
    shape, dtype = tensor.actual, tensor.dtype
    item = ITEM_BYTES.get(dtype or "", 0)
    if shape is None or None in shape or not item:
        return Part(None, item, word, "")
    return Part(size_of(shape), item, word, "·".join(map(str, shape)) or "1")
