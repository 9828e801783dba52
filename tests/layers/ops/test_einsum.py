"""Einsum, held against keras.Model; its MACs as TensorFlow multiplies two tensors at a time."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.keras
EQUATIONS = [
    ("abc,acd->abd", (4, 5), (5, 6)), ("abc,adc->abd", (None, 5), (None, 5)),
    ("abc,abd->acd", (None, 5), (None, 6)), ("abc,abc->", (4, 5), (4, 5)),
    ("...c,...d->...cd", (4, 5), (4, 6)), ("...c,ac->...", (4, 5), (5,)), ("abc->cb", (4, 5)),
    ("abb->ab", (4, 4)), ("abb->a", (4, 4)), ("abc,acd", (4, 5), (5, 6)), ("abC,aCd", (4, 5), (5, 6)),
    ("aBC->aCB", (4, 5)), ("...bc", (4, 5)), ("...bc,...cd->...bd", (2, 4, 5), (1, 5, 6)), ("...a->...", (None, 5)),
    ("abc,cd->abd", (4, 3), (6,)), ("ab,ac->abc", (4,), (5,)),
    ("abc,acd,ade->abe", (4, 5), (5, 6), (6, 7)),
    ("abc,acd,ade,aef->abf", (4, 5), (5, 6), (6, 7), (7, 2)),
    ("abc,abc,abd->acd", (4, 5), (4, 5), (4, 6)), ("abc,abc,abc->abc", (4, 5), (4, 5), (4, 5)),
    ("ab,ac,ad->abcd", (4,), (5,), (6,)), ("ab,ac,ad->a", (4,), (5,), (6,)),
    ("abcd,abde->abce", (1, 4, 5), (3, 5, 6)), ("abcd,abed->abce", (3, 4, 5), (1, 6, 5)),
    ("abcd,acbe->adbe", (1, 4, 5), (4, 3, 6)), ("abcd,adbe->acbe", (3, 4, 5), (5, 1, 6)),
    ("bthd,bshd->bhts", (4, 1, 5), (6, 3, 5)), ("bshd,bthd->bhts", (6, 3, 5), (4, 1, 5)),
    ("abc,acd,abd->ab", (None, 5), (5, 6), (None, 6)), ("abc,ab,ac->a", (4, 5), (4,), (5,)),
]  # fmt: skip


@pytest.mark.parametrize("equation", EQUATIONS, ids=lambda equation: equation[0])
def test_shapes_and_macs(agrees, multiplies, keras, equation):
    subscripts, *shapes = equation
    entry, tensors = f'ops.einsum: "{subscripts}"', [(shape, "float32") for shape in shapes]

    def operate(*operands):
        return keras.ops.einsum(subscripts, *operands)

    agrees(entry, operate, *tensors)
    multiplies(entry, operate, *tensors)


@pytest.mark.parametrize("equation", ["abc,acd->abd", "abc,abd->acd"])
@pytest.mark.parametrize(
    "dtypes",
    [("int8", "int8"), ("int8", "uint8"), ("uint64", "uint64"), ("bool", "int16"),
     ("bfloat16", "float16")],
)  # fmt: skip
def test_dtypes(agrees, keras, equation, dtypes):
    tensors = [((4, 4), dtype) for dtype in dtypes]
    agrees(f"ops.einsum: {equation}", lambda *xs: keras.ops.einsum(equation, *xs), *tensors)


@pytest.mark.parametrize("dtype", ["int8", "uint64", "float16"])
def test_the_dtype_of_one_tensor(agrees, keras, dtype):
    agrees("ops.einsum: abc->ab", lambda x: keras.ops.einsum("abc->ab", x), ((4, 5), dtype))


def test_a_letter_order_that_keras_infers_wrongly(keras):
    from rnncli.config import parse
    from rnncli.planning.plan import plan
    from rnncli.problems import Source

    config = "input: [4, 5]\nlayers: [ops.einsum: cba]"
    output = plan(parse(Source("test.yaml", config)), 3).layers[0].outputs[0]
    assert keras.ops.einsum("cba", keras.Input((4, 5), batch_size=3)).shape == (5, 4, 3)
    assert output.shape == keras.ops.einsum("cba", keras.ops.ones((3, 4, 5))).shape == (3, 4, 5)


@pytest.mark.parametrize(
    ("equation", "code", "dtype"),
    [
        (" abc, abd -> acd", "wrong-value", "float32"),
        ("abc,abd->acz", "wrong-value", "float32"),
        ("ab,abd->ad", "wrong-value", "float32"),
        ("abc,abd->aacd", "wrong-value", "float32"),
        ("abc,abd,abe->acde", "wrong-value", "float32"),
        ("abc->acb", "wrong-value", "float32"),
        ("abc,abd->acd->a", "wrong-value", "float32"),
        ("abc;abd->acd", "wrong-value", "float32"),
        ("...,...->...", "wrong-value", "float32"),
        ("...bc,...bd", "wrong-value", "float32"),
        ("abC,abD->aCD", "wrong-value", "float32"),
        ("abc,abd->acd", "wrong-dtype", "bool"),
    ],
)
def test_refusals(refuses, keras, equation, code, dtype):
    tensors = ((4, 5), dtype), ((4, 6), dtype)
    refuses(
        f'ops.einsum: "{equation}"', code, lambda *xs: keras.ops.einsum(equation, *xs), *tensors
    )


def test_two_sizes_of_one_letter(refuses, keras):
    equation = "abc,abd->acd"
    tensors = ((4, 5), "float32"), ((None, 6), "float32")
    refuses(f"ops.einsum: {equation}", "bad-length", lambda *xs: keras.ops.einsum(equation, *xs),
            *tensors)  # fmt: skip
