from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncli.config.nodes import LARGEST, NODE_LIMIT, Node, parse_nodes
from rnncli.problems import ConfigError, Source


def plain(node: Node) -> Any:
    if isinstance(node.value, tuple):
        return [plain(each) for each in node.value]
    if isinstance(node.value, Mapping):
        return {key: plain(pair.value) for key, pair in node.value.items()}
    return node.value


def read(text: str) -> Any:
    return plain(parse_nodes(Source("a.yaml", text)))


def problem_of(text: str) -> Any:
    with pytest.raises(ConfigError) as caught:
        read(text)
    return caught.value.problems[0]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"), ("on", "on"), ("no", "no"), ("true", True), ("False", False),
        ("1e-3", 0.001), ("1_000", "1_000"), ("010", 10), ("0o10", 8), ("0x1F", 31),
        ("1:30", "1:30"), ("-7", -7), ("+.5", 0.5), ("~", None), ("None", "None"),
        (".inf", math.inf), ("-.INF", -math.inf), ("'5'", "5"), ('"true"', "true"),
        ("2001-01-01", "2001-01-01"), ("5.", 5.0), ("null", None), ("", None),
    ],
)  # fmt: skip
def test_scalars_are_read_as_yaml_1_2(text, value):
    found = read(f"a: {text}")["a"]
    assert found == value
    assert type(found) is type(value)


def test_not_a_number():
    assert math.isnan(read("a: .nan")["a"])


def test_anchors_aliases_and_merge_keys():
    text = "base: &b {units: 3, a: 1}\none: *b\ntwo: {<<: *b, a: 2}\nthree: {<<: [*b, {c: 3}]}"
    assert read(text) == {
        "base": {"units": 3, "a": 1},
        "one": {"units": 3, "a": 1},
        "two": {"units": 3, "a": 2},
        "three": {"units": 3, "a": 1, "c": 3},
    }


def test_a_duplicate_key_names_both_places():
    found = problem_of("input: [5]\nlayers: []\ninput: [6]")
    assert found.code == "duplicate-key"
    assert "line 1" in found.message
    assert (found.line, found.column) == (3, 1)


def test_places_count_from_one_and_underline_the_value():
    node = parse_nodes(Source("a.yaml", "input: [5]\nlayers:\n  - LSTM: 30\n"))
    entry = node.value["layers"].value.value[0]
    place = entry.value["LSTM"].value.place
    assert (place.line, place.column, place.end) == (3, 11, 13)


@pytest.mark.parametrize(
    "tag", ["!!python/object:os.system", "!!python/name:os.system", "!x", "!!int"]
)
def test_no_tag_constructs_anything(tag):
    assert problem_of(f"a: {tag} x").code == "yaml-tag"


def test_aliases_that_multiply_are_stopped():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    found = problem_of("\n".join(lines))
    assert found.code == "yaml-limit"
    assert f"{NODE_LIMIT:,}" in found.message


@pytest.mark.parametrize("depth", [100, 10_000], ids=["ours", "the parser's"])
@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
def test_depth_is_limited(depth, opening):
    found = problem_of(opening * depth)
    assert found.code == "yaml-limit"
    assert "60 deep" in found.message
    assert found.line == 1


def test_a_number_of_endless_digits_is_stopped():
    for number in ("9" * 5000, "9" * 19, "0x" + "f" * 16, f"-{2**63}"):
        assert problem_of(f"a: {number}").code == "yaml-limit"


@pytest.mark.parametrize(
    "text",
    ["a: [1", "a: *b", "a: b: c", "\t- a", "? [a]\n: b", "--- a\n--- b", "<<: 3", "a: '", "\x00"],
)
def test_what_is_no_yaml_is_told_with_its_place(text):
    found = problem_of(text)
    assert found.code == "not-yaml"
    assert found.line is not None


@pytest.mark.parametrize("text", ["", "# nothing", "---", "null"])
def test_an_empty_config_says_what_to_write(text):
    found = problem_of(text)
    assert found.code == "file-empty"
    assert "LSTM" in found.fix


_scalars = (
    st.none()
    | st.booleans()
    | st.integers(-LARGEST, LARGEST)
    | st.floats(allow_nan=False)
    | st.text()
)
_values = st.recursive(
    _scalars,
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.text(st.characters(codec="ascii", categories=["L"]), min_size=1), inner
        )
    ),
    max_leaves=20,
)


@pytest.mark.slow
@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["a", "b", "c"]), _values, min_size=1))
def test_what_yaml_writes_is_read_back(value):
    # The library writes by YAML 1.1, which quotes what either version could misread.
    text = yaml.safe_dump(value, allow_unicode=False)
    assert read(text) == value


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x85", "\u2028", "\u2029"])
def test_a_place_is_that_of_its_text_whatever_ends_lines(problems_of, end):
    found = problems_of(f"name: 'a{end}b'\ninput: [8]\nlayers:\n  - Dence: 3\n")[-1]
    assert found.code == "unknown-layer"
    assert found.excerpt.text == "  - Dence: 3"
    assert found.excerpt.line == found.line
