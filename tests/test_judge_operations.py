"""The second judge on operations, arguments of calls, and models inside models."""

from __future__ import annotations

import copy

import pytest


@pytest.fixture(scope="module")
def cases():
    from tests.judge.drawing.draw import case_of

    return [case_of(21, number) for number in range(120)]


def _nodes(case):
    from tests.judge.case import models_in

    return [*case.nodes, *(node for inner in models_in(case) for node in inner.nodes)]


def test_about_half_of_the_cases_have_operations_or_arguments_of_calls(cases):
    from tests.judge.case import models_in

    def has(test):
        return sum(any(test(node) for node in _nodes(case)) for case, _ in cases) / len(cases)

    assert 0.3 < has(lambda node: node.op is not None) < 0.8
    assert has(lambda node: node.op is not None and not isinstance(node.sources, str)) > 0.1
    assert has(lambda node: node.op is not None and node.op.spelled) > 0.1
    assert has(lambda node: node.call) > 0.05
    assert has(lambda node: node.op is None and "mask" in str(node.sources)) > 0.02
    files = [inner.file for case, _ in cases for inner in models_in(case)]
    assert None in files
    assert any(files)
    assert has(lambda node: node.make is not None and "Case(" in str(node.make)) > 0.02


def test_the_python_of_a_case_makes_the_model_that_is_judged(cases):
    from tests.judge import as_python

    for case, builder in cases[:60]:
        if builder is None or not case.nodes:
            continue
        names: dict[str, object] = {}
        exec(as_python.text(case), names)
        model = names["model"]
        wanted = [tuple(builder.tensors[name].shape) for name in case.outputs]
        assert [tuple(tensor.shape) for tensor in model.outputs] == wanted, as_python.text(case)
        assert model.count_params() == builder.model(case.outputs).count_params()


@pytest.fixture(scope="module")
def judged():
    """A plan of a few operations after a mask, and what Keras says of them."""
    from tests.judge.case import Case, In, Make, Node, Op
    from tests.judge.judging import planned
    from tests.judge.truth import truth

    inner = Case(
        (In("p0", (4,)),),
        (Node("inside", "p0", Make("Dense", {"units": 2})),),
        ("inside",),
        file="included.yaml",
    )
    case = Case(
        (In("ids", (None,), "int32", below=6, padded=True),),
        (
            Node("embed", "ids", Make("Embedding", {"input_dim": 8, "output_dim": 4,
                                                    "mask_zero": True})),
            Node("scaled", "embed", op=Op("multiply", {"x2": 2.0}, spelled=True)),
            Node("rest", "embed", op=Op("subtract", {"x1": 1})),
            Node("both", {"x1": "scaled", "x2": "rest"}, op=Op("add", spelled=True)),
            Node("pooled", "both", op=Op("mean", {"axis": 1})),
            Node("included", "pooled", model=inner),
        ),
        ("included",),
    )  # fmt: skip
    return case, planned, truth(case)


def test_operations_have_tensors_masks_and_bytes(judged):
    _, _, real = judged
    layers = {layer.name: layer for layer in real.layers}
    assert layers["scaled"].cls == "ops.multiply"
    assert (layers["scaled"].mask_in, layers["scaled"].mask_out) == (True, False)
    assert (layers["both"].mask_in, layers["both"].mask_out) == (False, False)
    assert layers["both"].tensors["output"].settled == (2, None, 4)
    assert layers["pooled"].tensors["output"].eager == (2, 4)
    assert real.macs == 2 * 4 * 2


def _only(function, sources, shape, dtype="float32", **args):
    from tests.judge.case import Case, In, Node, Op
    from tests.judge.truth import truth

    case = Case((In("x", shape, dtype),), (Node("y", sources, op=Op(function, args)),), ("y",))
    return truth(case)


def test_the_axis_of_the_batch_is_told_from_an_unknown_length():
    tensor = _only("transpose", "x", (None, 4), axes=(1, 0, 2)).layers[0].tensors["output"]
    assert tensor.symbolic == (None, None, 4)
    assert tensor.settled == (None, 2, 4)
    assert tensor.eager == (5, 2, 4)


def test_positions_are_those_of_the_axis():
    tensor = _only("arange", "x", (None, 4), axis=1).layers[0].tensors["output"]
    assert (tensor.symbolic, tensor.eager, tensor.eager_dtype) == ((None, None), (2, 5), "int32")


def test_products_of_operations_are_counted():
    assert _only("einsum", ("x", "x"), (3, 4), subscripts="btd,bsd->bts").macs == 2 * 3 * 3 * 4
    assert _only("multiply", ("x", "x"), (3, 4)).macs == 0


def test_an_operation_that_keras_refuses_does_not_run():
    assert "out of bounds" in (_only("mean", "x", (3,), axis=4).build_error or "")


def test_parts_have_names_of_their_own():
    from tests.judge.case import Op, outputs_of_op

    assert outputs_of_op(Op("split", {"indices_or_sections": [1, 3]})) == [
        "output_0",
        "output_1",
        "output_2",
    ]
    assert outputs_of_op(Op("top_k", {"k": 2})) == ["values", "indices"]


@pytest.mark.parametrize(
    ("index", "text"),
    [
        ((slice(None), -1), ":, -1"),
        ((..., None, slice(1, None, 2)), "..., None, 1::2"),
        ((0,), "0"),
    ],
)
def test_an_index_is_written_as_python_writes_it(index, text):
    from tests.judge.operations import index_text

    assert index_text(index) == text


@pytest.mark.parametrize(
    ("function", "args", "bare", "entry"),
    [
        ("subtract", {"x2": 1.0}, True, {"ops.subtract": 1.0}),
        ("subtract", {"x1": 1.0}, True, {"ops.subtract": {"x1": 1.0}}),
        ("mean", {"axis": (1, 2)}, False, {"ops.mean": {"axis": [1, 2]}}),
        ("mean", {"axis": 1, "keepdims": True}, True,
         {"ops.mean": {"axis": 1, "keepdims": True}}),
        ("relu", {}, False, {"ops.relu": None}),
        ("get_item", {"key": (slice(None), 0)}, True, {"ops.get_item": "[:, 0]"}),
    ],
)  # fmt: skip
def test_an_operation_is_written_as_the_manual_has_it(function, args, bare, entry):
    from tests.judge import as_yaml, operations
    from tests.judge.case import Node, Op

    node = Node("y", "x", op=Op(function, args, bare=bare))
    assert operations.entry(node, as_yaml.value_of) == entry


def test_scores_and_masks_of_a_call():
    from tests.judge.case import Case, In, Make, Node, Op
    from tests.judge.truth import truth

    heads = Make("MultiHeadAttention", {"num_heads": 2, "key_dim": 3})
    case = Case(
        (In("x", (5, 4)), In("ids", (5,), "int32", below=4)),
        (
            Node("kept", "ids", op=Op("not_equal", {"x2": 0})),
            Node("plain", {"query": "x", "value": "x"}, heads),
            Node("look", {"query": "x", "value": "x", "value_mask": "kept"}, heads,
                 call={"return_attention_scores": True}),
            Node("rnn", {"sequences": "x", "mask": "kept"}, Make("LSTM", {"units": 2})),
        ),
        ("plain", "look", "rnn"),
    )  # fmt: skip
    real = truth(case)
    layers = {layer.name: layer for layer in real.layers}
    assert real.runs
    assert layers["look"].tensors["scores"].eager == (2, 2, 5, 5)
    assert [layers[name].mask_in for name in ("plain", "look", "rnn")] == [False, True, True]


def test_logits_of_a_tied_embedding():
    from tests.judge.case import Case, In, Make, Node
    from tests.judge.truth import truth

    table = Make("ReversibleEmbedding", {"input_dim": 7, "output_dim": 3})
    case = Case(
        (In("ids", (5,), "int32", below=6),),
        (Node("embed", "ids", table),
         Node("logits", "embed", use="embed", call={"reverse": True})),
        ("logits",),
    )  # fmt: skip
    real = truth(case)
    assert real.layers[1].tensors["output"].eager == (2, 5, 7)
    assert real.params == 21
    assert real.macs == 2 * 5 * 3 * 7


def _layer(plan, name):
    return next(layer for layer in plan["layers"] if layer["name"] == name)


def _mask_passed(plan):
    _layer(plan, "scaled")["mask"] = "passes"


def _wrong_dtype(plan):
    _layer(plan, "rest")["outputs"][0]["dtype"] = "int32"


def _known_length(plan):
    _layer(plan, "both")["outputs"][0]["shape"] = [2, 5, 4]


def _wrong_axis(plan):
    _layer(plan, "pooled")["outputs"][0]["shape"] = [2, 5]


@pytest.mark.parametrize(
    ("change", "kind"),
    [(_mask_passed, "mask"), (_wrong_dtype, "dtype"), (_known_length, "unknown"),
     (_wrong_axis, "shape")],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)  # fmt: skip
def test_a_wrong_plan_of_an_operation_is_noticed(judged, change, kind):
    from tests.judge.verdict import verdict

    case, planned, real = judged
    plan = planned(case)
    assert verdict(plan, real) == []
    plan = copy.deepcopy(plan)
    change(plan)
    assert kind in {one.kind for one in verdict(plan, real)}
