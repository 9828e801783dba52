"""The lowest versions that CI tries are those that pyproject allows."""

from __future__ import annotations

import re
from importlib.metadata import version

import pytest

from tests import lowest


def test_every_dependency_has_a_lowest_version():
    pins = dict(pin.split("==") for pin in lowest.lowest())
    text = lowest.PYPROJECT.read_text(encoding="utf-8")
    assert {"msgspec", "keras", "tensorflow", "typer", "pytest"} <= set(pins)
    for name, number in pins.items():
        assert f'"{name}>={number}' in text
        installed = re.findall(r"\d+", version(name))
        assert list(map(int, installed)) >= list(map(int, number.split(".")))


def test_a_dependency_without_a_bound_is_told(tmp_path, monkeypatch):
    path = tmp_path / "pyproject.toml"
    path.write_text('[project]\ndependencies = ["msgspec"]\noptional-dependencies = {test = []}\n')
    monkeypatch.setattr(lowest, "PYPROJECT", path)
    with pytest.raises(ValueError, match="msgspec"):
        list(lowest.lowest())
