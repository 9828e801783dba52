"""Files of data: what is read from each kind, and what does not fit the inputs of a model."""

from __future__ import annotations

import numpy as np
import pytest

from rnncli.config import parse
from rnncli.library import plan, with_data
from rnncli.problems import ConfigError, Source

SEQUENCES = "input: [null, 2]\nlayers: [LSTM: 3]\n"
IDS = "input: [4]\nlayers:\n  - Embedding: {input_dim: 9, output_dim: 2}\n    name: table\n"
TEXT = "input: {shape: [1], dtype: string}\nlayers: [TextVectorization: {vocabulary: [a]}]\n"
TWO = """
inputs: {left: [3], right: [null, 2]}
layers:
  - Dense: 2
    from: left
  - LSTM: 2
    from: right
outputs: [dense, lstm]
"""


def read(config, data):
    """The arrays that a run of the config reads from the data."""
    return with_data(parse(Source("model.yaml", config)), data).data.arrays


def problems(config, data):
    """What is said of data that does not fit: code, message and fix."""
    with pytest.raises(ConfigError) as error:
        read(config, data)
    return [(each.code, each.message, each.fix) for each in error.value.problems]


def only(config, data):
    [(code, message, fix)] = problems(config, data)
    return code, message, fix


@pytest.fixture
def saved(tmp_path):
    """Writes a file of data, and returns its path."""

    def save(name, content):
        path = tmp_path / name
        if name.endswith(".npy"):
            np.save(path, content, allow_pickle=True)
        elif name.endswith(".npz"):
            np.savez(path, **content)
        elif isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content, encoding="utf-8")
        return str(path)

    return save


# What is read


def test_npy(saved):
    array = np.arange(12.0).reshape(3, 2, 2)
    arrays = read(SEQUENCES, saved("x.npy", array))
    assert arrays["input"].dtype == "float32"
    np.testing.assert_array_equal(arrays["input"], array)


def test_the_content_tells_the_kind(saved, tmp_path):
    path = saved("x.npy", np.zeros((3, 2, 2)))
    (tmp_path / "x.csv").write_bytes((tmp_path / "x.npy").read_bytes())
    assert read(SEQUENCES, path.replace(".npy", ".csv"))["input"].shape == (3, 2, 2)


def test_npz_by_the_names_of_inputs(saved):
    arrays = {"right": np.ones((2, 5, 2)), "left": np.zeros((2, 3)), "labels": np.array([0, 1])}
    read_arrays = read(TWO, saved("x.npz", arrays))
    assert {name: array.shape for name, array in read_arrays.items()} == {
        "left": (2, 3),
        "right": (2, 5, 2),
    }


def test_arrays_in_python():
    arrays = read(TWO, {"left": [[1, 2, 3]], "right": np.ones((1, 5, 2))})
    np.testing.assert_array_equal(arrays["left"], [[1.0, 2.0, 3.0]])


@pytest.mark.parametrize(
    ("config", "text", "expected"),
    [
        # A row of ids is a sequence.
        (IDS, "1,2,3,0\n4,5,0,0\n", [[1, 2, 3, 0], [4, 5, 0, 0]]),
        # A row that has as many cells as a step is one, under the names of the columns.
        (SEQUENCES, "a,b\n1,2\n3,4\n5,6\n", [[[1, 2], [3, 4], [5, 6]]]),
        (SEQUENCES.replace("null", "2"), "1,2\n3,4\n5,6\n7,8\n", [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]),
        # A longer row is a sequence, step after step.
        (SEQUENCES, "1,2,3,4\n5,6,7,8\n", [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]),
        (SEQUENCES, "\ufeff1e3,-.5\r\n\r\n1,2\r\n", [[[1000, -0.5], [1, 2]]]),
        ("input: []\nlayers: [ops.negative]\n", "1\n2\n", [1, 2]),
    ],
)  # fmt: skip
def test_csv(saved, config, text, expected):
    np.testing.assert_array_equal(read(config, saved("x.csv", text))["input"], expected)


def test_csv_of_strings(saved):
    config = TEXT.replace("[1]", "[2]").replace("TextVectorization", "StringLookup")
    array = read(config, saved("x.csv", 'a,"b, c"\nd,e\n'))["input"]
    assert array.tolist() == [["a", "b, c"], ["d", "e"]]


def test_lines_of_text(saved):
    array = read(TEXT, saved("x.txt", "the cat\r\n\nsat: ü\n"))["input"]
    assert array.tolist() == [["the cat"], [""], ["sat: ü"]]


def test_bytes_are_text(saved):
    assert read(TEXT, saved("x.npy", np.array([["ü".encode()]])))["input"].tolist() == [["ü"]]


@pytest.mark.parametrize("dtype", ["int8", "uint16", ">i8", "uint64"])
def test_integers_of_any_width(saved, dtype):
    array = np.array([[1, 2, 3, 0]], dtype=dtype)
    assert read(IDS, saved("x.npy", array))["input"].dtype == "int32"


def test_the_plan_has_the_batch_and_the_lengths_of_the_data(saved):
    """Both axes of an image, and whatever the config says."""
    config = "input: [null, null, 3]\nbatch: 8\nlength: 5\nlayers: [Conv2D: {filters: 4, kernel_size: 2}]\n"
    spec = with_data(parse(Source("m", config)), saved("x.npy", np.ones((2, 6, 7, 3))))
    report = plan(spec)
    assert (report.batch, report.inputs[0].actual) == (2, (2, 6, 7, 3))
    assert report.layers[0].outputs[0].actual == (2, 5, 6, 4)
    assert report.data.endswith("x.npy")
    assert plan(spec, batch=2).batch == 2


def test_lengths_that_the_model_does_not_take(saved):
    config = "input: [null, 2]\nlayers: [Conv1D: {filters: 4, kernel_size: 5}]\n"
    report = plan(with_data(parse(Source("m", config)), saved("x.npy", np.ones((2, 3, 2)))))
    [problem] = report.problems
    assert (problem.file, problem.code) == ("--data", "too-short")
    assert "data with sequences of 5 fits" in problem.fix


# What does not fit


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"batch": 3}, "--batch is 3, and the data has a batch of 2"),
        ({"length": 9}, "--length of input is 9, and the data has 5 steps there"),
        ({"length": {"input": 9}}, "--length of input is 9"),
    ],
)
def test_options_that_contradict(saved, option, message):
    spec = with_data(parse(Source("m", SEQUENCES)), saved("x.npy", np.ones((2, 5, 2))))
    with pytest.raises(ConfigError, match=message):
        plan(spec, **option)
    assert plan(spec, length=5).length == 5


@pytest.mark.parametrize(
    ("config", "array", "message", "fix"),
    [
        (SEQUENCES, np.ones((3, 5, 4)), "the data has shape (3, 5, 4), and the input takes "
         "(batch, any, 2)", '--set "input=[null,4]"'),
        (SEQUENCES, np.ones((5, 2)), "has shape (5, 2)", "add the batch axis: array[None]"),
        (SEQUENCES.replace("2]", "1]"), np.ones((3, 5)), "has shape (3, 5)",
         "add the last axis: array[..., None]"),
        (SEQUENCES, np.ones((0, 5, 2)), "has shape (0, 5, 2)", "no axis may be empty"),
        (SEQUENCES, np.ones((3, 0, 2)), "has shape (3, 0, 2)", "no axis may be empty"),
        (SEQUENCES, np.float32(1), "has shape ()", "bring the data into 3 axes, the batch first"),
        (IDS, np.ones((1, 4)), "the data is float64, and the input takes int32",
         'array.astype("int32")'),
        (IDS, np.array([["a"] * 4]), "the data is text, and the input takes int32", "astype"),
        (IDS, np.array([[2**40] * 4]), f"{2**40} is no int32", "int32 is from -2147483648"),
        (IDS, np.array([[1, 2, 9, 12]]), "the id 9 at [0, 2], and 1 more like it: table "
         "(Embedding) has input_dim: 9", '--set "table.input_dim=13"'),
        (IDS, np.array([[1, -2, 3, 0]]), "the id -2 at [0, 1]: table", "ids are from 0 to 8"),
        (SEQUENCES, np.ones((3, 5, 2), complex), "the data is complex128", "astype"),
        (SEQUENCES, np.full((1, 5, 2), 1e300), "1e+300 is beyond float32", "scale the data"),
        (SEQUENCES, np.zeros((1, 5, 2), "datetime64[s]"), "the data is datetime64[s]", "astype"),
        (TEXT, np.array([[b"\xff"]]), "the data is text, and not UTF-8", "save it as UTF-8"),
        (TEXT, np.ones((2, 1)), "the data is float64, and the input takes string", "give text"),
    ],
)  # fmt: skip
def test_misfits(saved, config, array, message, fix):
    code, said, mends = only(config, saved("x.npy", array))
    assert code == "data-does-not-fit"
    assert f"input: {message}" in said or message in said
    assert fix in mends


def test_the_changes_that_fixes_name_work(saved):
    from rnncli.config import override

    wide = saved("wide.npy", np.ones((3, 5, 4)))
    ids = saved("ids.npy", np.array([[1, 2, 9, 12]]))
    for config, data in ((SEQUENCES, wide), (IDS, ids)):
        _, _, fix = only(config, data)
        setting = fix.split('--set "')[1].rstrip('"')
        spec = override(parse(Source("model.yaml", config)), [setting])
        assert with_data(spec, data).data is not None


def test_all_inputs_are_checked_at_once(saved):
    said = problems(TWO, saved("x.npz", {"left": np.ones((2, 4)), "rihgt": np.ones((2, 5, 2))}))
    assert [code for code, _, _ in said] == ["data-does-not-fit"] * 2
    assert "left: the data has shape (2, 4)" in said[0][1]
    assert '--set "inputs.left=[4]"' in said[0][2]
    assert "there is no array for the input right: it has left, rihgt" in said[1][1]
    assert "did you mean rihgt?" in said[1][2]


def test_inputs_of_different_batches(saved):
    _, message, _ = only(
        TWO, saved("x.npz", {"left": np.ones((2, 3)), "right": np.ones((4, 5, 2))})
    )
    assert "different numbers of sequences: left 2, right 4" in message


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.npy", np.array([{}, None]), "holds Python objects, which are pickled and never read"),
        ("x.npy", b"\x93NUMPY\x01\x00", "is broken"),
        ("x.npz", b"PK\x03\x04", "is broken"),
        ("x.csv", "1,2\n3\n", "row 2 of {} has 1 cells, and row 1 has 2"),
        ("x.csv", "1,2\n3,\n", "row 2, column 2 of {} is '', and input takes float32"),
        ("x.csv", "1,2\n3,1_0\n", "row 2, column 2 of {} is '1_0'"),
        ("x.csv", "1;2\n3;4\n", "row 2, column 1 of {} is '3;4'"),
        ("x.csv", "", "{} has no rows"),
        ("x.csv", b"\xff\xfe1", "{} is not UTF-8: byte 0 is 0xff"),
        ("x.txt", "a\n", "{} has lines of text, and input takes float32 of shape [null, 2]"),
        ("x.pkl", b"\x80\x04N.", "{} is no .npy, .npz, .csv or .txt file"),
    ],
)
def test_no_data(tmp_path, name, content, message):
    path = tmp_path / name
    if isinstance(content, np.ndarray):
        np.save(path, content, allow_pickle=True)
    else:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    code, said, fix = only(SEQUENCES, str(path))
    assert code == "no-data"
    assert message.format(path) in said
    assert fix


def test_pickles_in_an_archive(tmp_path):
    """Nothing of it is unpickled, whatever its name."""

    class Bomb:
        def __reduce__(self):
            return (print, ("unpickled",))

    np.savez(tmp_path / "x.npz", input=np.array([Bomb()], dtype=object))
    code, said, _ = only(SEQUENCES, str(tmp_path / "x.npz"))
    assert (code, "pickled and never read" in said) == ("no-data", True)


def test_a_file_that_is_cut_off(saved, tmp_path):
    for name in ("x.npy", "x.npz"):
        array = np.ones((30, 5, 2))
        whole = saved(name, array if name == "x.npy" else {"input": array})
        content = (tmp_path / name).read_bytes()
        for end in (8, 60, 200, len(content) - 30):
            (tmp_path / name).write_bytes(content[:end])
            assert only(SEQUENCES, whole)[0] == "no-data"


def test_missing_and_folders(tmp_path):
    assert "cannot be read: No such file" in only(SEQUENCES, str(tmp_path / "x.npy"))[1]
    assert "cannot be read" in only(SEQUENCES, str(tmp_path))[1]


def test_one_array_for_two_inputs(saved):
    code, message, fix = only(TWO, saved("x.npy", np.ones((2, 3))))
    assert code == "no-data"
    assert "holds one array, and the model has 2 inputs" in message
    assert "numpy.savez(file, left=…, right=…)" in fix


def test_a_model_with_errors_keeps_them(saved):
    spec = with_data(parse(Source("m", "input: [3]\nlayers: [LSTMM: 2]\n")), saved("x.npy", 1))
    assert [problem.code for problem in plan(spec).problems] == ["unknown-layer"]
