"""The headers of HDF5 files, held against h5py."""

from __future__ import annotations

import io
from typing import Any

import h5py
import numpy as np
import pytest

from rnncli.readers.hdf5.blocks import DamagedFile
from rnncli.readers.hdf5.file import Object, open_file, walk

DTYPES = ["float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint32",
          "uint64", "bool", ">f4", ">i8"]  # fmt: skip


def written(write: Any, **options: Any) -> io.BytesIO:
    """The bytes of a file of h5py."""
    stream = io.BytesIO()
    with h5py.File(stream, "w", **options) as file:
        write(file)
    return stream


def arrays(root: Object) -> dict[str, Any]:
    return {path: place.array for path, place in walk(root, 60)}


def by_h5py(stream: io.BytesIO) -> dict[str, Any]:
    seen: dict[str, Any] = {}

    def visit(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset):
            seen[name] = (item.shape, item.dtype.name)

    with h5py.File(stream, "r") as file:
        file.visititems(visit)
    return seen


@pytest.mark.parametrize("libver", ["earliest", "latest", "v108"])
def test_shapes_and_dtypes(libver):
    def write(file: h5py.File) -> None:
        for number, dtype in enumerate(DTYPES):
            shape = tuple(range(1, number % 4 + 1))
            # HDF5's newest format indexes more than eight links in a way that Keras never uses.
            file.create_dataset(f"{number % 5}/{number}", data=np.zeros(shape, dtype))
        file.create_dataset("a/chunked", data=np.zeros((100, 8)), chunks=True, compression="gzip")
        file.create_dataset("a/growing", data=np.zeros((4, 8)), maxshape=(None, 8))

    stream = written(write, libver=libver)
    assert arrays(open_file(stream)) == by_h5py(stream)
    assert len(by_h5py(stream)) == len(DTYPES) + 2


@pytest.mark.slow
def test_many_links_and_deep_groups():
    def write(file: h5py.File) -> None:
        for number in range(3000):
            file.create_dataset(f"layers/dense_{number}/vars/0", (number + 1,), "f4")
        file.create_dataset("/".join("abcdefgh" * 5), (3,), "f8")

    stream = written(write)
    ours = arrays(open_file(stream))
    assert ours == by_h5py(stream)
    assert len(ours) == 3001


def test_numbers_come_in_their_order():
    def write(file: h5py.File) -> None:
        for number in range(12):
            file.create_dataset(f"vars/{number}", (number,), "f4")

    assert [*arrays(open_file(written(write)))] == [f"vars/{number}" for number in range(12)]


@pytest.mark.parametrize("libver", ["earliest", "latest"])
def test_attributes_of_text(libver):
    texts = {
        "str": "é数",
        "bytes": b"abc",
        "fixed": np.bytes_("abc"),
        "long": "x" * 200_000,
        "names": ["a", "bb", "é"],
        "fixed names": np.array([b"a", b"bb"]),
        "empty": "",
    }

    def write(file: h5py.File) -> None:
        group = file.create_group("g")
        for name, value in texts.items():
            group.attrs[name] = value
        group.attrs["number"] = 3

    ours = open_file(written(write, libver=libver)).at("g").attributes
    assert ours.keys() == {*texts, "number"}
    assert ours["number"].texts() is None
    for name, value in texts.items():
        whole = value if isinstance(value, list | np.ndarray) else [value]
        assert ours[name].texts() == [
            text.decode() if isinstance(text, bytes) else text for text in whole
        ]


def test_an_empty_list_of_names():
    def write(file: h5py.File) -> None:
        file.attrs["weight_names"] = []

    assert open_file(written(write)).attributes["weight_names"].texts() == []


def test_links_that_lead_elsewhere_are_not_followed(tmp_path):
    other = tmp_path / "other.h5"
    with h5py.File(other, "w") as file:
        file.create_dataset("secret", (3,), "f4")

    def write(file: h5py.File) -> None:
        file.create_dataset("a", (2,), "f4")
        file["soft"] = h5py.SoftLink("/a")
        file["external"] = h5py.ExternalLink(str(other), "secret")
        layout = h5py.VirtualLayout((3,), "f4")
        layout[:] = h5py.VirtualSource(str(other), "secret", (3,))
        file.create_virtual_dataset("virtual", layout)
        file.create_dataset("outside", (3,), "f4", external=[(str(other), 0, 12)])

    root = open_file(written(write))
    assert {path for path, array in arrays(root).items() if array} == {"a"}
    assert root.at("soft") is root.at("external/secret") is root.at("nothing/at/all") is None


def test_groups_that_lead_back_are_walked_once():
    def write(file: h5py.File) -> None:
        group = file.create_group("a/b")
        group["again"] = file["a"]
        group["root"] = file["/"]
        group.create_dataset("w", (2,), "f4")

    assert [*arrays(open_file(written(write)))] == ["a/b/w"]


def test_what_keras_never_writes_is_refused():
    def write(file: h5py.File) -> None:
        for number in range(20):
            file.create_dataset(f"{number}", (1,), "f4")

    with pytest.raises(DamagedFile, match="libver"):
        open_file(written(write, libver="latest"))


def test_a_file_that_ends_early_is_damaged():
    data = written(lambda file: file.create_dataset("a", data=np.ones(1000))).getvalue()
    with pytest.raises(DamagedFile, match=f"ends after 2,000 of {len(data):,} bytes"):
        open_file(io.BytesIO(data[:2000]))


def test_the_numbers_are_not_read():
    stream = written(lambda file: file.create_dataset("a", data=np.zeros(4_000_000)))
    counting = Counting(stream)
    assert arrays(open_file(counting)) == {"a": ((4_000_000,), "float64")}
    assert counting.bytes < 10_000


class Counting(io.BytesIO):
    """Counts the bytes that are read."""

    def __init__(self, stream: io.BytesIO) -> None:
        super().__init__(stream.getvalue())
        self.bytes = 0

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        self.bytes += len(data)
        return data
