"""Rules are found by class, and their modules are imported only then."""

from __future__ import annotations

import subprocess
import sys

import pytest

from rnncli.layers.catalogue import FAMILIES, RULES
from tests.conftest import ROOT


def test_every_class_is_in_one_family():
    assert sorted(cls for classes in FAMILIES.values() for cls in classes) == sorted(RULES)


def test_a_class_that_keras_does_not_have_has_no_rule():
    assert RULES.get("Lstm") is None
    assert "Lstm" not in RULES
    with pytest.raises(KeyError):
        RULES["Lstm"]


def test_a_plan_imports_the_modules_of_its_layers_alone():
    code = (
        "import rnncli, sys\n"
        "rnncli.plan(rnncli.load('configs/many_to_one.yaml'))\n"
        "print(*(name for name in sys.modules if name.startswith('rnncli.layers.')))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(ran.stdout.split())
    assert "rnncli.layers.rnn.recurrent" in loaded
    assert not loaded & {"rnncli.layers.convolutional", "rnncli.layers.preprocessing.images"}
