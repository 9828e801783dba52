"""Layers called with masks and other arguments: planned and run as keras.Model runs them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from rnncli.config import parse
from rnncli.engine.passing import BuiltModel, through
from rnncli.engine.random_inputs import symbols
from rnncli.engine.running import run
from rnncli.engine.tracing import predicted
from rnncli.model.binding import bind
from rnncli.planning.plan import plan
from rnncli.problems import Source, errors
from tests.conformance.judge import verdict
from tests.judge.macs import counting

BATCH, LENGTH = 3, 5
# The steps that each sequence of the batch has; what follows in it is padding.
STEPS = (5, 2, 4)

Shape = Sequence[int | None]


@dataclass(frozen=True)
class Case:
    """One call of a layer: the tensors that it reads by role, those that are arguments of its call,
    and its plain arguments. Masks are booleans unless ``dtype`` says otherwise."""

    entry: Mapping[str, Any]
    reads: Mapping[str, Shape]
    tensors: Mapping[str, Shape] = field(default_factory=dict)
    call: Mapping[str, bool] = field(default_factory=dict)
    states: Sequence[Shape] = ()
    dtype: str = "bool"
    read_dtype: str = "float32"
    masked: Sequence[str] = ()

    @property
    def inputs(self) -> dict[str, tuple[Shape, str]]:
        """Each input's shape without the batch, and its dtype."""
        states = {f"state_{number}": shape for number, shape in enumerate(self.states)}
        return {
            **{name: (shape, self.read_dtype) for name, shape in self.reads.items()},
            **{name: (shape, self.dtype) for name, shape in self.tensors.items()},
            **{name: (shape, "float32") for name, shape in states.items()},
        }

    @property
    def text(self) -> str:
        """The config; JSON is YAML."""
        inputs = {
            name: {"shape": shape, "dtype": dtype} for name, (shape, dtype) in self.inputs.items()
        }
        if self.read_dtype == "int32":
            inputs[next(iter(self.reads))]["below"] = 6
        entry: dict[str, Any] = {**self.entry, "name": "out"}
        wires = {name: f"{name}_masked" if name in self.masked else name for name in self.reads}
        entry["from"] = {**wires, **{name: name for name in self.tensors}}
        entry |= {"call": self.call} if self.call else {}
        if self.states:
            entry["initial_state"] = [name for name in self.inputs if name.startswith("state")]
        masking = [{"Masking": {}, "from": name, "name": wires[name]} for name in self.masked]
        returned = ["out"]
        if self.call.get("return_attention_scores"):
            returned += ["out.scores"]
        whole = {"inputs": inputs, "length": LENGTH, "layers": [*masking, entry]}
        return json.dumps({**whole, "outputs": returned})

    def called(self, keras: Any, layer: Any) -> Any:
        """A ``keras.Model`` that calls the layer in this way."""
        tensors = {
            name: keras.Input(shape, dtype=dtype, name=name)
            for name, (shape, dtype) in self.inputs.items()
        }
        reads = [
            keras.layers.Masking()(tensors[name]) if name in self.masked else tensors[name]
            for name in self.reads
        ]
        keywords = {name: tensors[name] for name in self.tensors}
        if "Attention" in layer.__class__.__name__[:17] and len(reads) > 1 and takes_list(layer):
            reads = [reads]
            if keywords:
                masks = [keywords.pop(f"{role}_mask", None) for role in ("query", "value")]
                keywords["mask"] = masks
        if self.states:
            keywords["initial_state"] = [
                tensor for name, tensor in tensors.items() if name.startswith("state")
            ]
        output = layer(*reads, **keywords, **self.call)
        return keras.Model(tensors, keras.tree.flatten(output))

    def arrays(self) -> dict[str, Any]:
        """Random inputs, in which the masks and what is masked are padded at their ends."""
        generator = np.random.default_rng(1)
        arrays = {}
        for name, (shape, dtype) in self.inputs.items():
            size = (BATCH, *(LENGTH if axis is None else axis for axis in shape))
            array = generator.uniform(1, 5, size).astype(dtype)
            if (name in self.tensors or name in self.masked) and len(size) > 1:
                for row, steps in enumerate(STEPS):
                    array[row, ..., steps:] = 0 if name in self.tensors else array[row, ..., steps:]
                    if name in self.masked:
                        array[row, steps:] = 0
            arrays[name] = array
        return arrays


def takes_list(layer: Any) -> bool:
    """Whether it is attention on a list of tensors."""
    return type(layer).__name__ in ("Attention", "AdditiveAttention")


def cases(*entries: Any, **changes: Any) -> Iterator[tuple[str, Case]]:
    """The same call of several layers, each with an id."""
    for entry in entries:
        written = {entry: {}} if isinstance(entry, str) else entry
        case = Case(written, **changes)
        more = [*changes.get("tensors", ()), *changes.get("call", ()), *changes.get("masked", ())]
        kinds = [case.dtype] * (case.dtype != "bool") + ["states"] * bool(case.states)
        shapes = ",".join(str([*shape]) for shape in changes["reads"].values())
        words = [json.dumps(written)[1:-1].replace('"', ""), *more, *kinds, shapes]
        yield " ".join(words), case


X, MASK = {"sequences": [None, 4]}, {"mask": [None]}
ONE = {"inputs": [None, 4]}
PAIR = {"query": [None, 4], "value": [None, 4]}
CROSS = {"query": [4, 4], "value": [6, 4]}
GRIDS = {"query": [2, 3, 4], "value": [2, 3, 4]}
HEADS = {"MultiHeadAttention": {"num_heads": 2, "key_dim": 3}}
GROUPS = {"GroupQueryAttention": {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2}}
DROPPED = {"MultiHeadAttention": {"num_heads": 2, "key_dim": 3, "dropout": 0.5}}
ROWS = {"MultiHeadAttention": {"num_heads": 2, "key_dim": 3, "attention_axes": [2]}}
WHOLE = {"MultiHeadAttention": {"num_heads": 2, "key_dim": 3, "attention_axes": [1, 2]}}
PROJECTED, LISTED = (HEADS, GROUPS), ("Attention", "AdditiveAttention")
RECURRENT = (
    {"LSTM": {"units": 3, "return_sequences": True, "return_state": True}},
    {"GRU": 3},
    {"SimpleRNN": {"units": 3, "unroll": True}},
    {"RNN": [{"GRUCell": 2}, {"LSTMCell": 3}]},
    {"Bidirectional": {"LSTM": {"units": 3, "return_sequences": True, "return_state": True}}},
    {"Bidirectional": {"layer": {"GRU": 3}, "merge_mode": "sum"}},
)
SCORED, CAUSAL = {"return_attention_scores": True}, {"use_causal_mask": True}
BOTH = ("query", "value")
EMBED = {"ReversibleEmbedding": {"input_dim": 7, "output_dim": 4}}

RUNS = dict(
    pair
    for pairs in [
        cases(*RECURRENT, reads={"sequences": [5, 4]}, tensors={"mask": [5]}),
        cases(*RECURRENT[:2], *RECURRENT[4:], reads=X, tensors=MASK),
        cases({"LSTM": 3}, reads=X, tensors=MASK, dtype="int32"),
        cases({"LSTM": 3}, reads=X, tensors=MASK, dtype="float32"),
        cases({"LSTM": 3}, reads=X, tensors={"mask": [None, 3]}),
        cases({"LSTM": 3}, reads=X, tensors=MASK, states=[[3], [3]]),
        cases({"Bidirectional": {"GRU": 3}}, reads=X, tensors=MASK, states=[[3], [3]]),
        cases({"LSTM": 3}, reads=X, tensors=MASK, masked=["sequences"]),
        cases({"LSTM": 3}, reads=X, call={"training": True}),
        cases(
            {"ConvLSTM1D": {"filters": 2, "kernel_size": 2, "return_sequences": True}},
            reads={"sequences": [None, 6, 2]},
            tensors=MASK,
        ),
        cases(
            {"TimeDistributed": {"Dense": 3}}, "GlobalAveragePooling1D", "BatchNormalization",
            reads=ONE, tensors=MASK,
        ),
        cases("GlobalAveragePooling1D", reads={"inputs": [5, 4]}, tensors={"mask": [1]}),
        cases("BatchNormalization", reads={"inputs": [5, 4]}, tensors={"mask": [3]}),
        cases(
            "Softmax", {"TimeDistributed": {"Softmax": {}}}, reads=ONE, tensors={"mask": [None, 4]}
        ),
        cases(
            {"CategoryEncoding": {"num_tokens": 6, "output_mode": "count"}},
            reads={"inputs": [5]}, tensors={"count_weights": [5]}, dtype="float32",
            read_dtype="int32",
        ),
        cases({"Dropout": 0.5}, reads=ONE, call={"training": True}),
        cases("BatchNormalization", reads=ONE, call={"training": False}),
        cases(*PROJECTED, *LISTED, reads=PAIR, call=SCORED),
        cases(*PROJECTED, *LISTED, reads=CROSS, call={**SCORED, **CAUSAL}),
        cases(*PROJECTED, DROPPED, WHOLE, *LISTED, reads=CROSS, call=CAUSAL),
        cases(*PROJECTED, *LISTED, reads=PAIR, call={**SCORED, **CAUSAL}, masked=BOTH),
        *[
            cases(*PROJECTED, reads=CROSS, tensors=tensors, call=call, masked=masked)
            for tensors, call, masked in (
                ({"value_mask": [6]}, {}, ()),
                ({"query_mask": [4], "value_mask": [6]}, CAUSAL, BOTH),
                ({"query_mask": [4]}, {}, ()),
                ({"attention_mask": [4, 6]}, {}, BOTH),
                ({"attention_mask": [4, 6]}, SCORED, ()),
                ({"attention_mask": [1, 6], "key_mask": [6]}, {**SCORED, **CAUSAL}, ()),
            )
        ],
        cases(DROPPED, reads=CROSS, tensors={"attention_mask": [4, 6]}, call=CAUSAL),
        cases(HEADS, reads=CROSS, tensors={"attention_mask": [2, 4, 6]}, call=SCORED),
        *[
            cases(*LISTED, reads=CROSS, tensors=tensors, call=call, masked=masked)
            for tensors, call, masked in (
                ({"value_mask": [6]}, {}, BOTH),
                ({"value_mask": [6]}, {**SCORED, **CAUSAL}, ()),
                ({"query_mask": [4]}, SCORED, BOTH),
                ({"query_mask": [4], "value_mask": [6]}, {}, ()),
                ({"value_mask": [1]}, {}, ()),
            )
        ],
        cases(*LISTED, reads=CROSS, tensors={"value_mask": [4, 6]}, call=SCORED),
        cases(*LISTED, reads=GRIDS, tensors={"value_mask": [2, 3]}, call={**SCORED, **CAUSAL}),
        cases(HEADS, ROWS, reads=GRIDS, call=SCORED),
        cases(HEADS, reads=GRIDS, tensors={"attention_mask": [2, 3, 2, 3]}, call=SCORED),
        cases(ROWS, reads={"query": [3, 3, 4], "value": [3, 3, 4]}, call=CAUSAL),
        cases(EMBED, reads={"inputs": [None, 4]}, call={"reverse": True}),
        cases(EMBED, reads={"inputs": [4]}, call={"reverse": True}),
        cases(EMBED, reads={"inputs": [5, 4]}, call={"reverse": True}, read_dtype="float64"),
        cases(
            *(
                {"ReversibleEmbedding": {"input_dim": 7, "output_dim": 4, **more}}
                for more in (
                    {"tie_weights": False}, {"reverse_dtype": "float16", "logit_soft_cap": 3.0},
                    {"dtype": "mixed_bfloat16"}, {"mask_zero": True},
                )
            ),
            reads={"inputs": [None, 4]}, call={"reverse": True},
        ),
    ]
    for pair in pairs
)  # fmt: skip

REFUSED = dict(
    pair
    for pairs in [
        cases({"LSTM": 3}, {"GRU": {"units": 3, "unroll": True}}, {"Bidirectional": {"LSTM": 3}},
              {"TimeDistributed": {"Dense": 3}}, "GlobalAveragePooling1D",
              reads={"x": [5, 4]}, tensors={"mask": [4]}),
        cases({"TimeDistributed": {"Dense": 3}}, reads={"x": [3, 4]}, tensors={"mask": [5]}),
        cases({"LSTM": 3}, reads={"x": [5, 4]}, tensors={"mask": [5, 4]}),
        cases("Softmax", reads={"x": [5, 4]}, tensors={"mask": [4]}),
        cases("BatchNormalization", reads={"x": [5, 4]}, tensors={"mask": [5, 4]}),
        cases({"LSTM": 3}, reads={"x": [5, 4]}, tensors={"mask": [5]}, dtype="string"),
        cases({"CategoryEncoding": {"num_tokens": 6, "output_mode": "count"}},
              reads={"x": [5]}, tensors={"count_weights": [4]}, read_dtype="int32"),
        cases({"CategoryEncoding": {"num_tokens": 6, "output_mode": "one_hot"}},
              reads={"x": [5]}, tensors={"count_weights": [5]}, read_dtype="int32"),
        cases(*PROJECTED, reads=CROSS, tensors={"attention_mask": [4, 5]}),
        cases(*PROJECTED, reads=CROSS, tensors={"attention_mask": [6]}, call=SCORED),
        cases(*PROJECTED, *LISTED, reads=CROSS, tensors={"value_mask": [4]}),
        cases(GROUPS, *LISTED, reads=CROSS, tensors={"query_mask": [6]}),
        cases(*LISTED, reads=GRIDS, tensors={"value_mask": [2, 3]}),
        cases(*LISTED, reads=CROSS, tensors={"value_mask": [4, 6]}, call=CAUSAL),
        cases(HEADS, ROWS, reads=GRIDS, call=CAUSAL),
        cases(WHOLE, reads=CROSS, tensors={"attention_mask": [4, 6]}, call=CAUSAL),
        cases(EMBED, reads={"x": [5, 3]}, call={"reverse": True}),
        cases(EMBED, reads={"x": []}, call={"reverse": True}),
    ]
    for pair in pairs
)  # fmt: skip


@pytest.mark.parametrize("case", RUNS.values(), ids=RUNS)
def test_a_call_is_planned_and_run_as_a_model_runs_it(case, keras):
    """Shapes, dtypes, every number, and MACs, of the layer that rnncli built, in a keras.Model.

    The sums of AdditiveAttention are no operation of their own.
    """
    spec = parse(Source("case.yaml", case.text))
    planned = plan(spec, BATCH)
    assert not errors(planned.problems), planned.problems
    model, built = bind(spec), BuiltModel()
    arrays = case.arrays()
    inferred = through(model, built, symbols(model, BATCH))
    entering = {name: keras.ops.convert_to_tensor(array) for name, array in arrays.items()}
    passed = predicted(model, built, entering, inferred)
    truth = case.called(keras, built.layers["out"])
    expected = keras.tree.flatten(truth.predict_on_batch(arrays))
    tensors = passed.tensors["out"].values()
    layer = planned.layers[-1]
    # rnncli has Keras return all states.
    facts = [*layer.outputs, *layer.states]
    assert [(fact.actual, fact.dtype) for fact in facts] == [
        (array.shape, array.dtype.name) for array in expected
    ]
    for tensor, array in zip(tensors, expected, strict=True):
        np.testing.assert_allclose(
            np.asarray(tensor, "float32"),
            np.asarray(array, "float32"),
            atol=1e-2 if array.dtype == "float16" else 1e-5,
        )
    with counting() as tally:
        truth(arrays, training=False)
    if "AdditiveAttention" not in case.entry:
        assert planned.totals.macs == tally.macs
    assert verdict(planned, run(spec, BATCH, LENGTH, seed=0, with_values=False)) is None


def test_a_mask_of_more_steps_is_cut_off_by_predict_alone(keras):
    case = Case({"LSTM": 3}, {"sequences": [3, 4]}, {"mask": [5]})
    truth, arrays = case.called(keras, keras.layers.LSTM(3)), case.arrays()
    planned = plan(parse(Source("case.yaml", case.text)), BATCH)
    assert planned.layers[-1].outputs[0].shape == truth.predict_on_batch(arrays).shape
    with pytest.raises(ValueError, match="Cannot unstack 5 tensors"):
        truth(arrays)
    (warning,) = planned.problems
    assert (warning.code, warning.severity) == ("mask-misfit", "warning")
    assert "predict ignores" in warning.message


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_a_call_that_keras_cannot_run_is_refused(case, keras):
    from rnncli.engine.objects import instantiate

    reads = dict(case.reads)
    if "x" in reads:
        from rnncli.keras_api.call_arguments import read_names

        (name,) = read_names(next(iter(case.entry)))
        changed = {name: reads["x"]}
        case = Case(case.entry, changed, case.tensors, case.call, (), case.dtype, case.read_dtype)
    spec = parse(Source("case.yaml", case.text))
    assert errors(plan(spec, BATCH).problems)
    (node,) = bind(spec).nodes
    with pytest.raises(Exception):  # noqa: B017, PT011 - whatever Keras raises, it refuses
        case.called(keras, instantiate(node.layer)).predict(
            case.arrays(), verbose=0, batch_size=BATCH
        )


# What reads the scores of attention, which carry a mask in a run; and whether Keras can run it.
READ_SCORES = {
    "Softmax": True,
    "Flatten": True,
    "BatchNormalization": False,
    "TimeDistributed: {Dense: 3}": False,
}


@pytest.mark.parametrize("entry", READ_SCORES)
def test_scores_carry_the_mask_that_was_applied_to_them(entry, keras, planned):
    k, query = keras.layers, keras.Input([4, 8])
    _, scores = k.MultiHeadAttention(2, 3)(
        query, query, return_attention_scores=True, use_causal_mask=True
    )
    layer = k.TimeDistributed(k.Dense(3)) if ":" in entry else getattr(k, entry)()
    model = keras.Model(query, layer(scores))
    written = entry if ":" in entry else f"{entry}:"
    text = (
        "inputs: {q: [4, 8]}\nlayers:\n  - MultiHeadAttention: {num_heads: 2, key_dim: 3}\n"
        "    name: attention\n    from: [q, q]\n"
        "    call: {return_attention_scores: true, use_causal_mask: true}\n"
        f"  - {written}\n    from: attention.scores\n    name: out\noutputs: [attention, out]\n"
    )
    report, array = planned(text, batch=BATCH), np.ones((BATCH, 4, 8))
    if READ_SCORES[entry]:
        shape = model.predict_on_batch(array).shape
        assert report.problems == ()
        assert report.layers[-1].outputs[0].shape == shape
        built = run(parse(Source("case.yaml", text)), BATCH, LENGTH, seed=0, with_values=False)
        assert verdict(report, built) is None
    else:
        with pytest.raises(ValueError, match="mask"):
            model.predict_on_batch(array)
        assert [problem.code for problem in report.problems] == ["mask-misfit"]


@pytest.mark.parametrize("unroll", [False, True])
def test_a_list_of_one_cell_takes_a_mask_and_a_state(unroll, keras):
    case = Case(
        {"RNN": {"cell": [{"GRUCell": 4}], "unroll": unroll}},
        {"sequences": [5, 4]},
        {"mask": [5]},
        states=[[4]],
    )
    layer = keras.layers.RNN([keras.layers.GRUCell(4)], unroll=unroll)
    shape = case.called(keras, layer).predict_on_batch(case.arrays()).shape
    report = plan(parse(Source("case.yaml", case.text)), BATCH)
    assert (report.problems, report.layers[-1].outputs[0].shape) == ((), shape)
