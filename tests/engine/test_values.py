"""``--values`` of every dtype: as numpy writes them, and as JSON."""

from __future__ import annotations

import json

import numpy as np
import pytest

from rnncli.config import parse
from rnncli.engine.running import run
from rnncli.problems import Source

pytestmark = pytest.mark.usefixtures("keras")

IDENTITY = "input: {shape: [3], dtype: %s}\nlayers: [Identity]"


def refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


@pytest.mark.parametrize(
    ("dtype", "shape"),
    [("string", [1, 3]), ("complex64", [1, 3, 2]), ("complex128", [1, 3, 2]), ("bool", [1, 3]),
     ("bfloat16", [1, 3]), ("float16", [1, 3]), ("uint8", [1, 3])],
)  # fmt: skip
def test_values_of_every_dtype(rnncli, dtype, shape):
    text = IDENTITY % dtype
    if dtype == "string":
        text = text.replace("Identity", "StringLookup: {vocabulary: [a, on]}")
    found = rnncli("build", "-", "--values", given=text)
    assert (found.code, found.err) == (0, "")
    assert "\ninput (1, 3)\n[[" in found.out
    document = json.loads(
        rnncli("build", "-", "--values", "--json", given=text).out, parse_constant=refuse
    )
    (tensor,) = document["inputs"]
    assert tensor["dtype"] == dtype
    assert list(np.asarray(tensor["values"], dtype=object).shape) == shape


def test_words_that_come_out(rnncli):
    text = (
        "input: {shape: [3], dtype: int64, below: 3}\n"
        "layers: [StringLookup: {vocabulary: [a, on], invert: true}]"
    )
    found = rnncli("build", "-", "--values", "--json", given=text)
    (tensor,) = json.loads(found.out)["layers"][0]["outputs"]
    assert tensor["dtype"] == "string"
    assert set(tensor["values"][0]) <= {"a", "on", "[UNK]"}
    assert "string_lookup.output (1, 3)\n[['" in rnncli("build", "-", "--values", given=text).out


def test_complex_numbers_are_their_two_parts(rnncli):
    found = rnncli("build", "-", "--values", "--json", given=IDENTITY % "complex64")
    (tensor,) = json.loads(found.out)["inputs"]
    report = run(parse(Source("a.yaml", IDENTITY % "complex64")), 1, 10, 0, with_values=True)
    parts = np.asarray(tensor["values"], dtype="float32")
    np.testing.assert_array_equal(parts, np.asarray(report.inputs[0].values, dtype="float32"))
    printed = rnncli("build", "-", "--values", given=IDENTITY % "complex64").out
    assert str(parts[..., 0] + 1j * parts[..., 1]) in printed


def test_what_is_no_number_is_null_in_json(rnncli):
    text = "input: [3]\nlayers: [Rescaling: 1.0e+30, Rescaling: 1.0e+30]"
    found = rnncli("build", "-", "--values", "--json", given=text)
    (tensor,) = json.loads(found.out, parse_constant=refuse)["layers"][1]["outputs"]
    assert tensor["values"] == [[None, None, None]]
    assert "inf" in rnncli("build", "-", "--values", given=text).out
