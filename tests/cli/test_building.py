"""What Keras does that nobody foresaw."""

from __future__ import annotations

import json

import pytest

GOOD = "configs/many_to_one.yaml"


@pytest.fixture
def broken(monkeypatch, keras):
    """A Keras whose Dense fails when it is called, in colour and with a bell."""

    def call(self, inputs: object) -> None:
        raise RuntimeError("\x1b[1mout of \x07luck\x1b[0m [red]x[/red]\n\nArguments received by …")

    monkeypatch.setattr(keras.layers.Dense, "call", call)
    monkeypatch.setattr(keras.layers.Dense, "compute_output_spec", call)


@pytest.mark.usefixtures("broken")
def test_the_layer_the_message_and_the_way_on_are_told(rnncli):
    found = rnncli("build", GOOD)
    assert found.code == 3
    assert "184 parameters" in found.out
    assert (
        "error[keras-failed]: Keras fails on dense (Dense): out of \\x07luck [red]x[/red]"
        in found.err
    )
    assert "--verbose" in found.err
    assert "\x1b" not in found.err
    assert "Traceback" not in found.err
    assert "Arguments received" not in found.err


@pytest.mark.usefixtures("broken")
def test_in_json_it_is_in_the_document_and_other_configs_go_on(rnncli):
    found = rnncli("build", "--json", GOOD)
    document = json.loads(found.out)
    assert found.code == 3
    assert [each["code"] for each in document["problems"]] == ["keras-failed"]
    assert document["stage"] == "plan"
    assert rnncli("build", GOOD, GOOD).err.count("keras-failed") == 2


@pytest.mark.usefixtures("broken")
def test_verbose_shows_where(rnncli):
    found = rnncli("build", "--verbose", GOOD)
    assert found.code == 3
    assert "Traceback" in found.err


def exhausted(kind: str) -> Exception:
    if kind == "python":
        return MemoryError()
    if kind == "tensorflow":
        import tensorflow as tf

        return tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")
    return RuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 4000 bytes.")


@pytest.mark.parametrize("kind", ["python", "tensorflow", "jax"])
@pytest.mark.parametrize(
    "place", ["keras.layers.Dense.__call__", "rnncli.engine.input_tensors.random_tensors"]
)
def test_memory_that_runs_out_is_3(rnncli, monkeypatch, keras, kind, place):
    def run_out(*_: object, **__: object) -> None:
        raise exhausted(kind)

    monkeypatch.setattr(place, run_out)
    found = rnncli("build", "--json", GOOD)
    (problem,) = json.loads(found.out)["problems"]
    assert (found.code, problem["code"]) == (3, "out-of-memory")
    assert ("dense" in problem["message"]) == ("Dense" in place)
    # Of what no rule plans, Keras may say that it is an error; this is none of the model's.
    monkeypatch.setattr("rnncli.planning.steps.RULES", {})
    found = rnncli("build", GOOD)
    assert found.code == 3
    assert "memory ran out" in found.err


def test_a_failure_of_rnncli_itself_is_3(rnncli, monkeypatch, capsys):
    from rnncli.cli import main

    def fail(*_: object) -> None:
        raise ZeroDivisionError("\x1b[1mnobody\x1b[0m")

    ended: list[int] = []
    monkeypatch.setattr(main, "_end", ended.append)
    monkeypatch.setattr(main, "app", fail)
    for arguments in (["rnncli"], ["rnncli", "--verbose"]):
        monkeypatch.setattr("sys.argv", arguments)
        main.main()
        err = capsys.readouterr().err
        assert "unexpected way: ZeroDivisionError: \\x1b[1mnobody" in err
        assert ("Traceback" in err) == (len(arguments) == 2)
    assert ended == [3, 3]


@pytest.mark.keras
def test_a_failure_in_predict_that_the_plan_foresaw_is_the_models(rnncli):
    config = "input: [4, 3]\nlayers:\n  - AdaptiveAveragePooling1D: 1\n"
    found = rnncli("build", "-", given=config)
    assert found.code == 1
    assert "warning[fails-in-predict]" in found.err
    assert "fails in model.predict: " in found.err.partition("error[keras-failed]")[2]
