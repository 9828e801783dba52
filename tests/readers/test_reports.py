"""Saved reports are read again; what is none, or damaged, is told."""

from __future__ import annotations

import json

import pytest

import rnncli
from rnncli.problems import ConfigError
from rnncli.readers.reports import report_of_bytes
from rnncli.report.report import Report
from tests.conftest import ROOT


@pytest.mark.parametrize(
    "name", ["stacked", "seq2seq", "gallery/transformer_translator", "custom_layer"]
)
def test_a_report_is_what_was_saved(rnncli, name):
    out = rnncli("plan", "--json", f"configs/{name}.yaml").out
    report = report_of_bytes("a.json", out.encode())
    assert isinstance(report, Report)
    assert json.loads(__import__("msgspec").json.encode(report)) == json.loads(out)


def test_fields_of_a_later_version_are_left_out():
    saved = json.loads(_saved())
    saved["later"] = 1
    saved["layers"][0]["later"] = {}
    assert report_of_bytes("a.json", json.dumps(saved).encode()) is not None


@pytest.mark.parametrize("text", ["{}", "[]", '{"input": [5], "layers": []}', "input: [5]", ""])
def test_what_is_no_report(text):
    assert report_of_bytes("a.json", text.encode()) is None


def test_what_is_damaged():
    saved = _saved()
    for data, message in (
        (saved[:-20], "cut off"),
        (saved + saved, "several"),
        (saved.replace(b'"batch":1', b'"batch":"1"'), "damaged"),
    ):
        with pytest.raises(ConfigError, match=message):
            report_of_bytes("a.json", data)


def _saved():
    import msgspec

    return msgspec.json.encode(rnncli.plan(rnncli.load(ROOT / "configs/stacked.yaml")))
