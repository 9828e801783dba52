"""Several operations in a row, as people write them between layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.judge.case import Make, Node
from tests.judge.drawing import calls
from tests.judge.drawing.operations import node, written

if TYPE_CHECKING:
    from tests.judge.drawing.draw import Drawing

Idiom = Callable[["Drawing"], Any]
IDIOMS: list[Idiom] = []


def idiom(function: Idiom) -> Idiom:
    IDIOMS.append(function)
    return function


def draw(drawing: Drawing) -> Node | None:
    """The last of its calls, for the drawing to add, or None where all that came of it is there."""
    made = drawing.chance.pick(IDIOMS)(drawing)
    return made if isinstance(made, Node) else None


def op(drawing: Drawing, function: str, sources: Any, **args: Any) -> str | None:
    """What an operation gives; None where it reads nothing, or Keras refuses."""
    read = [sources] if isinstance(sources, str) or sources is None else (
        list(sources.values()) if isinstance(sources, dict) else list(sources))  # fmt: skip
    if any(one is None for one in read):
        return None
    return drawing.emit(written(drawing.chance, node(function, sources, **args)))


def layer(drawing: Drawing, source: str | None, make: Make) -> str | None:
    return None if source is None else drawing.emit(Node("", source, make))


def sequence(drawing: Drawing) -> str | None:
    names = [n for n in drawing.all() if len(drawing.shape(n)) == 2 and drawing.kind(n) == "f"]
    return drawing.chance.pick(names) if names else None


def width(drawing: Drawing, name: str) -> int:
    return drawing.shape(name)[-1] or 1


@idiom
def mean_of_steps(drawing: Drawing) -> None:
    """The mean over the steps that a mask keeps."""
    x = sequence(drawing)
    if x is None:
        return
    mask = calls.mask_of(drawing, x)
    dtype = str(drawing.builder.tensors[x].dtype)
    kept = op(drawing, "expand_dims", op(drawing, "cast", mask, dtype=dtype), axis=-1)
    total = op(drawing, "sum", op(drawing, "multiply", (x, kept)), axis=1)
    count = op(drawing, "maximum", op(drawing, "sum", kept, axis=1), x2=1.0)
    op(drawing, "divide", (total, count))


@idiom
def position_embedding(drawing: Drawing) -> None:
    x = sequence(drawing)
    if x is None:
        return
    places = op(drawing, "arange", x, axis=1)
    embedding = Make("Embedding", {"input_dim": 9, "output_dim": width(drawing, x)})
    vectors = layer(drawing, places, embedding)
    if vectors is not None:
        op(drawing, "add", (x, vectors))


@idiom
def attention_by_hand(drawing: Drawing) -> None:
    query, value = sequence(drawing), sequence(drawing)
    if query is None or value is None:
        return
    chance = drawing.chance
    if width(drawing, query) != width(drawing, value):
        value = query
    if chance.happens(0.5):
        scores = op(drawing, "einsum", (query, value), subscripts="btd,bsd->bts")
    else:
        turned = op(drawing, "transpose", value, axes=(0, 2, 1))
        scores = op(drawing, "matmul", (query, turned))
    scores = op(drawing, "divide", scores, x2=1.5)
    if chance.happens(0.5):
        mask = op(drawing, "expand_dims", calls.mask_of(drawing, value), axis=1)
        scores = op(drawing, "where", (mask, scores), x2=-1e9)
    weights = op(drawing, "softmax", scores, axis=-1)
    if chance.happens(0.5):
        op(drawing, "einsum", (weights, value), subscripts="bts,bsd->btd")
    else:
        op(drawing, "matmul", (weights, value))


@idiom
def gate(drawing: Drawing) -> None:
    """Part of one tensor, and the rest of another."""
    x = drawing.one()
    if drawing.kind(x) != "f" or not drawing.shape(x):
        return
    units = width(drawing, x)
    share = layer(drawing, x, Make("Dense", {"units": units, "activation": "sigmoid"}))
    other = layer(drawing, x, Make("Dense", {"units": units, "activation": "tanh"}))
    left = op(drawing, "multiply", (share, x))
    rest = op(drawing, "subtract", share, x1=1.0)
    op(drawing, "add", (left, op(drawing, "multiply", (rest, other))))


@idiom
def standardized(drawing: Drawing) -> None:
    x = drawing.one()
    if drawing.kind(x) != "f" or not drawing.shape(x):
        return
    mean = op(drawing, "mean", x, axis=-1, keepdims=True)
    spread = op(drawing, "add", op(drawing, "std", x, axis=-1, keepdims=True), x2=1e-6)
    op(drawing, "divide", (op(drawing, "subtract", (x, mean)), spread))


@idiom
def heads_apart(drawing: Drawing) -> None:
    """An axis of heads, before that of time, and back."""
    x = sequence(drawing)
    if x is None or width(drawing, x) % 2:
        return
    steps, size = drawing.shape(x)
    apart = op(drawing, "reshape", x, newshape=(-1, steps or 5, 2, (size or 2) // 2))
    turned = op(drawing, "transpose", apart, axes=(0, 2, 1, 3))
    scores = op(drawing, "einsum", (turned, turned), subscripts="bhtd,bhsd->bhts")
    mixed = op(drawing, "matmul", (op(drawing, "softmax", scores), turned))
    back = op(drawing, "transpose", mixed, axes=(0, 2, 1, 3))
    op(drawing, "reshape", back, newshape=(-1, steps or 5, size))


@idiom
def shifted(drawing: Drawing) -> None:
    x = sequence(drawing)
    later = op(drawing, "pad", x, pad_width=[(0, 0), (1, 0), (0, 0)])
    op(drawing, "get_item", later, key=(slice(None), slice(None, -1)))


@idiom
def gated_halves(drawing: Drawing) -> None:
    x = sequence(drawing)
    if x is None or width(drawing, x) % 2:
        return
    first = op(drawing, "split", x, indices_or_sections=2, axis=-1)
    if first is not None:
        second = first.replace("output_0", "output_1")
        op(drawing, "multiply", (first, op(drawing, "sigmoid", second)))


@idiom
def last_step(drawing: Drawing) -> None:
    """The step before padding begins, chosen by its place."""
    x = sequence(drawing)
    if x is None:
        return
    steps = drawing.shape(x)[0]
    mask = calls.mask_of(drawing, x)
    length = op(drawing, "sum", op(drawing, "cast", mask, dtype="int32"), axis=1)
    place = op(drawing, "subtract", length, x2=1)
    if steps is None:
        at = op(drawing, "get_item", place, key=(slice(None), None, None))
        op(drawing, "take_along_axis", (x, at), axis=1)
        return
    dtype = str(drawing.builder.tensors[x].dtype)
    chosen = op(drawing, "one_hot", place, num_classes=steps, dtype=dtype)
    op(drawing, "einsum", (chosen, x), subscripts="bt,btd->bd")


@idiom
def both_pools(drawing: Drawing) -> None:
    x = sequence(drawing)
    pools = (op(drawing, "max", x, axis=1), op(drawing, "mean", x, axis=1))
    op(drawing, "concatenate", pools, axis=-1)


@idiom
def chosen_again(drawing: Drawing) -> None:
    """The most likely token, as an embedding."""
    x = drawing.one()
    if drawing.kind(x) != "f" or not drawing.shape(x):
        return
    token = op(drawing, "argmax", op(drawing, "softmax", x, axis=-1), axis=-1)
    layer(drawing, token, Make("Embedding", {"input_dim": 8, "output_dim": 3}))


@idiom
def experts(drawing: Drawing) -> None:
    """The best few of several choices, weighted."""
    x = drawing.one()
    if drawing.kind(x) != "f" or not drawing.shape(x):
        return
    logits = layer(drawing, x, Make("Dense", {"units": 4}))
    values = op(drawing, "top_k", op(drawing, "softmax", logits), k=2)
    if values is None:
        return
    chosen = op(drawing, "one_hot", values.replace("values", "indices"), num_classes=4)
    weighted = op(drawing, "multiply", (chosen, op(drawing, "expand_dims", values, axis=-1)))
    op(drawing, "sum", weighted, axis=-2)


@idiom
def tied_embedding(drawing: Drawing) -> Node | None:
    """Logits from the very table that embeds the tokens."""
    chance = drawing.chance
    ids = [n for n in drawing.all() if drawing.kind(n) == "i" and len(drawing.shape(n)) == 1]
    tables = [n for n in drawing.nodes if n.make and n.make.cls == "ReversibleEmbedding"]
    if not tables:
        if not ids:
            return None
        args: dict[str, Any] = {"input_dim": 9, "output_dim": chance.between(2, 4)}
        args |= chance.flag(0.5, "mask_zero") | chance.maybe(0.3, tie_weights=False)
        args |= chance.maybe(0.3, logit_soft_cap=3.0) | chance.maybe(0.2, reverse_dtype="float32")
        table = chance.make("ReversibleEmbedding", **args)
        if drawing.emit(Node("", chance.pick(ids), table)) is None:
            return None
        tables = [drawing.nodes[-1]]
    table_node = chance.pick(tables)
    assert table_node.make is not None
    size = table_node.make.args["output_dim"]
    inside = [
        n for n in drawing.all() if drawing.kind(n) == "f" and drawing.shape(n)[-1:] == (size,)
    ]
    if not inside:
        return None
    return Node("", chance.pick(inside), use=table_node.name, call={"reverse": True})
