"""Python's indexing as data, and what is wrong with a text that is no index."""

from __future__ import annotations

import pytest

from rnncli.config import parse
from rnncli.config.edits import applied
from rnncli.layers.ops.indexing import _sliced
from rnncli.model.indexing import ELLIPSIS, NotAnIndex, Slice, parse_index
from rnncli.planning.plan import plan
from rnncli.problems import ConfigError, Source

ALL = Slice(None, None, None)


@pytest.mark.parametrize(
    ("index", "entries"),
    [
        ("[:, -1]", (ALL, -1)),
        (":, -1", (ALL, -1)),
        (" [ : , + 1 ]".replace("+ 1", "+1"), (ALL, 1)),
        ("[...,None , newaxis]", (ELLIPSIS, None, None)),
        ("1:2:3", (Slice(1, 2, 3),)),
        ("::-1", (Slice(None, None, -1),)),
        ("[0,]", (0,)),
        (3, (3,)),
        (["...", -1], (ELLIPSIS, -1)),
    ],
)
def test_an_index(index, entries):
    assert parse_index(index) == entries


@pytest.mark.parametrize(
    ("text", "part", "position"),
    [
        ("", "", 0),
        ("[:, x]", "x", 4),
        ("[1, 2:3:4:5]", "2:3:4:5", 4),
        ("[0:a]", "0:a", 1),
        ("[..., 0, ...]", "...", 9),
        ("[::0]", "::0", 1),
        ("[:,, 1]", "", 3),
        ("[:, [0, 1]]", ":, [0, 1]", 1),
        ("__import__('os')", "__import__('os')", 0),
    ],
)
def test_no_index(text, part, position):
    with pytest.raises(NotAnIndex) as raised:
        parse_index(text)
    assert (raised.value.part, raised.value.position) == (part, position)


BOUNDS = [None, -9, -4, -3, -1, 0, 1, 3, 4, 9]


@pytest.mark.parametrize("step", [None, 1, 2, 3, -1, -2, -3])
@pytest.mark.parametrize("size", [0, 1, 4])
def test_the_size_of_a_slice_is_that_of_python(size, step):
    for start in BOUNDS:
        for stop in BOUNDS:
            expected = len(range(size)[start:stop:step])
            assert _sliced(size, Slice(start, stop, step)) == expected


def test_a_slice_of_an_unknown_length_is_written_in_letters():
    config = 'input: [null, 8]\nlayers: [{ops.getitem: "[:, 1:-1]"}, {ops.getitem: "[:, ::2]"}]'
    first, second = plan(parse(Source("test.yaml", config))).layers
    assert first.outputs[0].letters == ("T−2",)
    assert second.outputs[0].letters == ("⌈T/2⌉−1",)
    short = plan(parse(Source("test.yaml", config)), length=1)
    assert [layer.outputs[0].actual for layer in short.layers] == [(1, 0, 8), (1, 0, 8)]


def test_the_place_of_what_is_no_index():
    config = 'input: [5, 8]\nlayers:\n  - ops.getitem: "[:, last]"'
    (problem,) = plan(parse(Source("test.yaml", config))).problems
    place = problem.line, problem.column
    assert place == (3, config.splitlines()[2].index("last") + 1)


@pytest.mark.parametrize(
    "entry",
    ["[:, -1]", "[1:, 0]", "[::2]", "{key: [:, -1]}", "[:, 0]  # the first", "1:", "[..., 0, :2]"],
)
def test_an_index_that_needs_quotes(entry):
    config = f"input: [5, 8]\nlayers:\n  - ops.getitem: {entry}\n"
    with pytest.raises(ConfigError) as raised:
        parse(Source("test.yaml", config))
    (problem,) = raised.value.problems
    assert problem.code == "not-yaml"
    assert "quotes" in problem.fix
    mended = applied(config, problem.edits)
    assert not plan(parse(Source("test.yaml", mended))).problems
