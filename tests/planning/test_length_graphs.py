"""Random graphs over unknown lengths: what is written of an axis at one length holds at others."""

from __future__ import annotations

import json
import random
import re

import pytest

from rnncli.config import parse
from rnncli.planning.plan import plan
from rnncli.problems import Source, errors

NAMES = ("source", "target", "words")


def one(draw):
    """A layer of one tensor, which changes its length or leaves it."""
    kernel, strides = draw.randint(1, 5), draw.randint(1, 3)
    padding = draw.choice(["valid", "same"])
    return draw.choice(
        [
            {"Conv1D": {"filters": 4, "kernel_size": kernel, "strides": strides, "padding": padding}},
            {"Conv1D": {"filters": 4, "kernel_size": kernel, "dilation_rate": strides,
                        "padding": draw.choice(["valid", "causal"])}},
            {"Conv1DTranspose": {"filters": 4, "kernel_size": kernel, "strides": strides,
                                 "padding": padding}},
            {"MaxPooling1D": {"pool_size": kernel, "strides": strides, "padding": padding}},
            {"Cropping1D": [draw.randint(0, 2), draw.randint(0, 2)]},
            {"ZeroPadding1D": [draw.randint(0, 2), draw.randint(0, 2)]},
            {"UpSampling1D": strides},
            {"Dense": 4},
            {"LSTM": {"units": 4, "return_sequences": True}},
            {"Permute": [1, 2]},
        ]
    )  # fmt: skip


SEVERAL = [{"Add": {}}, {"Concatenate": {"axis": 1}}, {"Maximum": {}}, {"Attention": {}}]


def drawn(seed):
    draw = random.Random(seed)
    inputs = {name: [None, 4] for name in NAMES[: draw.randint(1, 3)]}
    there, layers = [*inputs], []
    for number in range(draw.randint(1, 7)):
        merges = draw.random() < 0.3 and len(there) > 1
        layer = dict(draw.choice(SEVERAL)) if merges else one(draw)
        sources = (
            draw.sample(there, draw.randint(2, min(3, len(there))))
            if merges
            else draw.choice(there)
        )
        sources = sources[:2] if "Attention" in layer else sources
        name = f"layer_{number}"
        layers.append({**layer, "name": name, "from": sources})
        there.append(name)
    return parse(Source("drawn.yaml", json.dumps({"inputs": inputs, "layers": layers})))


def at(letter, sizes):
    """What an axis comes to at these lengths."""
    form = letter.replace("−", "-").replace("·", "*")
    rounded = re.compile(r"([⌈⌊])([^⌈⌉⌊⌋]+)/(\d+)[⌉⌋]")
    while found := rounded.search(form):
        sign = "-" if found[1] == "⌈" else ""
        form = form.replace(found[0], f"({sign}(({sign}({found[2]}))//{found[3]}))")
    return eval(form, dict(sizes))


def letters_of(tensor):
    count = (tensor.shape or ()).count(None)
    return dict(
        zip(
            [axis for axis, size in enumerate(tensor.shape or ()) if size is None],
            tensor.letters or ("T",) * count,
            strict=True,
        )
    )


def has_axis_of_1(report):
    return any(1 in each.actual[1:] for layer in report.layers for each in layer.outputs)


def judged(seed):
    """Whether a drawn model was planned at several lengths, all of which agree with its letters."""
    spec, draw = drawn(seed), random.Random(seed)
    report = plan(spec)
    if errors(report.problems) or has_axis_of_1(report):
        # An axis of 1 stretches to any other, which tells nothing of lengths.
        return False
    for _ in range(3):
        sizes = {each.letter: each.size + draw.randint(0, 24) for each in report.lengths}
        given = {each.inputs[0]: sizes[each.letter] for each in report.lengths}
        again = plan(spec, length=given)
        if errors(again.problems):
            # A condition that is none of one length alone, such as a multiple of 2.
            continue
        if len(again.lengths) != len(report.lengths):
            assert has_axis_of_1(again), seed
            continue
        assert [each.size for each in again.lengths] == [*sizes.values()], seed
        tensors = [each for layer in report.layers for each in layer.outputs]
        others = [each for layer in again.layers for each in layer.outputs]
        for tensor, other in zip([*report.inputs, *tensors], [*again.inputs, *others], strict=True):
            for axis, letter in letters_of(tensor).items():
                if "f" not in letter:
                    assert at(letter, sizes) == other.actual[axis], (seed, tensor, other)
    return True


@pytest.mark.parametrize("seed", [9928, 13925])
def test_lengths_that_settle_one_another_are_no_lengths_left(seed):
    assert not judged(seed)


@pytest.mark.slow
@pytest.mark.parametrize("start", range(0, 400, 100))
def test_what_is_written_of_an_axis_holds_at_other_lengths(start):
    assert sum(judged(seed) for seed in range(start, start + 100)) > 40
