"""The second judge: it agrees with rnncli on a few hundred graphs, and it notices what is wrong."""

from __future__ import annotations

import copy
import subprocess
import sys
from dataclasses import replace

import pytest

from tests.conftest import ROOT


def test_two_hundred_random_graphs_agree_with_keras():
    ran = subprocess.run(
        [sys.executable, "-m", "tests.judge", "--count", "200", "--seed", "11", "--jobs", "2"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_same_seed_draws_the_same_cases():
    from tests.judge import as_yaml
    from tests.judge.drawing.draw import case_of

    texts = [as_yaml.files(case_of(3, number)[0]) for number in range(12)]
    assert texts == [as_yaml.files(case_of(3, number)[0]) for number in range(12)]
    assert len({str(text) for text in texts}) == 12


@pytest.fixture(scope="module")
def judged():
    """A model of everything that is compared: its plan, and what Keras says of it."""
    from tests.judge.case import Case, In, Make, Node
    from tests.judge.judging import planned
    from tests.judge.truth import truth

    case = Case(
        (In("ids", (5,), "int32", below=6, padded=True), In("x", (5, 4))),
        (
            Node("embed", "ids", Make("Embedding", {"input_dim": 8, "output_dim": 4,
                                                    "mask_zero": True})),
            Node("masked", "embed", Make("LSTM", {"units": 3, "return_sequences": True})),
            Node("plain", "x", Make("GRU", {"units": 3, "return_sequences": True})),
            Node("both", "x", Make("Bidirectional", {"layer": Make("LSTM", {"units": 2})})),
            Node("frozen", "both", Make("Dense", {"units": 2, "trainable": False})),
        ),
        ("masked", "plain", "frozen"),
    )  # fmt: skip
    return planned(case), truth(case)


def _kinds(plan, real):
    from tests.judge.verdict import verdict

    return {one.kind for one in verdict(plan, real)}


def _layer(plan, name):
    return next(layer for layer in plan["layers"] if layer["name"] == name)


def test_a_right_plan_has_no_disagreement(judged):
    assert _kinds(*judged) == set()


def _wrong_shape(plan):
    _layer(plan, "frozen")["outputs"][0]["shape"][1] = 7


def _wrong_length(plan):
    _layer(plan, "plain")["outputs"][0]["shape"][1] = None


def _wrong_dtype(plan):
    _layer(plan, "plain")["outputs"][0]["dtype"] = "float16"


def _missing_layer(plan):
    plan["layers"].pop()


def _missing_tensor(plan):
    _layer(plan, "plain")["outputs"][0]["name"] = "other"


def _no_mask(plan):
    _layer(plan, "embed")["mask"] = None


def _mask_too_many(plan):
    _layer(plan, "plain")["mask"] = "uses"


def _mask_dropped(plan):
    _layer(plan, "masked")["mask"] = "drops"


def _wrong_weight(plan):
    _layer(plan, "plain")["weights"][0]["shape"] = [4, 8]


def _wrong_weight_dtype(plan):
    _layer(plan, "plain")["weights"][0]["dtype"] = "float16"


def _wrong_trainable(plan):
    for weight in _layer(plan, "frozen")["weights"]:
        weight["trainable"] = True


def _wrong_params(plan):
    _layer(plan, "plain")["params"]["total"] += 1


def _wrong_trainable_params(plan):
    _layer(plan, "frozen")["params"]["trainable"] += 10


def _wrong_equals(plan):
    _layer(plan, "plain")["states"][0]["equals"] = "output[:, 0, :]"


def _no_such_equals(plan):
    _layer(plan, "plain")["states"][0]["equals"] = "outputs"


def _equals_under_a_mask(plan):
    _layer(plan, "masked")["states"][1]["equals"] = "output[:, -1, :]"


def _no_equals(plan):
    _layer(plan, "both")["states"][0]["equals"] = None


def _wrong_cudnn(plan):
    _layer(plan, "plain")["cudnn"]["eligible"] = False


def _wrong_cudnn_within(plan):
    _layer(plan, "both")["layers"][1]["cudnn"]["eligible"] = False


def _refused(plan):
    plan["problems"].append({"code": "wrong-rank", "severity": "error", "message": "no"})


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (_wrong_shape, "shape"),
        (_wrong_length, "unknown"),
        (_wrong_dtype, "dtype"),
        (_missing_layer, "missing"),
        (_missing_tensor, "tensor"),
        (_no_mask, "mask"),
        (_mask_too_many, "mask"),
        (_mask_dropped, "mask"),
        (_wrong_weight, "weights"),
        (_wrong_weight_dtype, "weights"),
        (_wrong_trainable, "trainable"),
        (_wrong_params, "params"),
        (_wrong_trainable_params, "params"),
        (_wrong_equals, "equals"),
        (_no_such_equals, "equals"),
        (_equals_under_a_mask, "equals"),
        (_no_equals, "equals-none"),
        (_wrong_cudnn, "cudnn"),
        (_wrong_cudnn_within, "cudnn"),
        (_refused, "refused"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_a_wrong_plan_is_noticed(judged, change, kind):
    plan, real = judged
    plan = copy.deepcopy(plan)
    change(plan)
    assert kind in _kinds(plan, real)


@pytest.mark.parametrize(
    "name",
    ["params", "trainable", "non_trainable", "weight_bytes", "activation_bytes", "macs"],
)
def test_a_wrong_total_is_noticed(judged, name):
    plan, real = judged
    plan = copy.deepcopy(plan)
    plan["totals"][name] += 1
    assert _kinds(plan, real) == {f"total {name}"}


@pytest.mark.parametrize("mode", ["build_error", "eager_error", "graph_error"])
def test_what_keras_cannot_run_must_be_refused(judged, mode):
    plan, real = judged
    real = replace(real, **{mode: "ValueError: no"})
    assert _kinds(plan, real) == {"accepted"}
    error = {"code": "wrong-rank", "severity": "error", "message": "no"}
    assert _kinds(plan | {"problems": [error]}, real) == set()


def test_a_warning_is_enough_where_one_mode_alone_fails(judged):
    plan, real = judged
    warning = {"code": "fails-in-predict", "severity": "warning", "message": "it fails in predict"}
    plan = plan | {"problems": [warning]}
    assert _kinds(plan, replace(real, graph_error="TypeError: no")) == set()
    assert _kinds(plan, replace(real, build_error="TypeError: no")) == {"accepted"}
    both = replace(real, graph_error="TypeError: no", eager_error="TypeError: no")
    assert _kinds(plan, both) == {"accepted"}


def test_a_case_is_made_smaller_while_it_shows_the_same():
    from tests.judge.case import any_make
    from tests.judge.drawing.draw import case_of
    from tests.judge.shrink import shrunk

    def dense(case):
        return any(n.make and any_make(n.make, lambda m: m.cls == "Dense") for n in case.nodes)

    case = next(c for c, _ in (case_of(5, n) for n in range(50)) if dense(c) and len(c.nodes) > 4)
    assert len(shrunk(case, dense).nodes) == 1


def test_a_process_that_ends_does_not_end_the_run(monkeypatch):
    from tests.judge import workers

    monkeypatch.setattr(workers, "work", _dies_at_two)
    ended = {one.number: one for one in workers.outcomes(1, [1, 2, 3], jobs=1)}
    assert sorted(ended) == [1, 2, 3]
    assert [d.kind for d in ended[2].disagreements] == ["accepted"]
    assert ended[1].disagreements == ended[3].disagreements == []


def _dies_at_two(seed, numbers, pipe):
    import os

    from tests.judge.case import Case
    from tests.judge.outcome import Outcome

    for number in numbers:
        pipe.send(("begins", number))
        pipe.send(("planned", Case(()), {"problems": []}))
        if number == 2:
            os.abort()
        pipe.send(("ends", Outcome(number, Case(()), True, False, [])))
    pipe.send(("done",))
