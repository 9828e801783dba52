"""Files of Keras 2 brought to Keras 3, held against live Keras 2."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from rnncli.config import parse
from rnncli.engine.random_inputs import random_tensors
from rnncli.engine.tensors import numbers_of
from rnncli.model.binding import bind
from rnncli.model.lengths import lengths_of
from rnncli.planning.plan import plan
from rnncli.problems import Source
from rnncli.readers.reading import read_spec
from rnncli.report.model_file import ModelFile
from rnncli.writers import keras_file
from rnncli.writers.writer import CannotWrite, Convertible
from tests.writers.keras2 import keras2_model
from tests.writers.keras2_configs import CHANGED, REFUSED, ROUNDED, SAME

pytestmark = pytest.mark.usefixtures("keras")


@pytest.fixture(scope="session")
def tf_keras(keras):
    return pytest.importorskip("tf_keras", reason="tf-keras is not installed")


def migrated(keras, old, spec, folder):
    """The largest difference of a file that was brought to Keras 3, and the notes on it."""
    report = plan(spec)
    model = bind(spec)
    written = keras_file.write(Convertible(spec, model, report))
    path = folder / "new.keras"
    path.write_bytes(written.files[".keras"])
    new = keras.models.load_model(path)
    batch = model.batch or 3
    entering = [*random_tensors(model, batch, lengths_of(report), 5).values()]
    numbers = [numbers_of(tensor) for tensor in entering]
    numbers = numbers if len(numbers) > 1 else numbers[0]
    expected = old.predict(numbers, batch_size=batch, verbose=0)
    returned = new.predict(numbers, batch_size=batch, verbose=0)
    assert [layer.name for layer in new.layers if layer.name in {each.name for each in old.layers}]
    differences = [
        np.abs(np.subtract(*pair)).max()
        for pair in zip(keras.tree.flatten(expected), keras.tree.flatten(returned), strict=True)
    ]
    return max(differences), written.notes


@pytest.mark.parametrize("name", SAME)
def test_same_numbers(keras, tf_keras, tmp_path, name):
    old = keras2_model(tf_keras, SAME[name])
    old.save(tmp_path / "old.h5")
    difference, _ = migrated(keras, old, read_spec(str(tmp_path / "old.h5")), tmp_path)
    assert difference <= (3e-7 if name in ROUNDED else 0.0)


@pytest.mark.parametrize("name", CHANGED)
def test_hard_sigmoid(keras, tf_keras, tmp_path, name):
    old = keras2_model(tf_keras, CHANGED[name])
    old.save(tmp_path / "old.h5")
    difference, notes = migrated(keras, old, read_spec(str(tmp_path / "old.h5")), tmp_path)
    assert difference <= 5e-6
    assert any("1.2" in note for note in notes)


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_scaling_makes_exact(name):
    spec = parse(Source("model.yaml", REFUSED[name]))
    old = replace(spec, file=ModelFile(path="old.h5", format="keras-h5", keras="2.2.4"))
    with pytest.raises(CannotWrite) as refused:
        keras_file.write(Convertible(old, bind(old), plan(old)))
    assert [problem.code for problem in refused.value.problems] == ["hard-sigmoid-not-exact"]
