"""Edits hold in every style of YAML: what is read afterwards is what the change means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rnncli.config import edits
from rnncli.config.nodes import Node, parse_nodes
from rnncli.config.writing import flow
from rnncli.problems import Source

WORDS = st.sampled_from(("relu", "same", "l2", "ключ", "a b", "no", "it's", "#x", "[", "é: ü"))
SCALARS = st.one_of(st.integers(-9, 300), st.sampled_from((0.5, 1e-7, True, None)), WORDS)
LISTS = st.lists(st.integers(1, 9), max_size=3)
ARGUMENTS = st.dictionaries(
    st.sampled_from(("units", "activation", "dropout", "axis", "étape")),
    st.one_of(SCALARS, LISTS),
    max_size=3,
)
ENTRIES = st.fixed_dictionaries(
    {},
    optional={"name": st.sampled_from(("x", "ü", "a b")), "from": LISTS},
).flatmap(
    lambda beside: st.tuples(
        st.sampled_from(("LSTM", "Dense", "Flatten")),
        st.one_of(st.none(), st.integers(1, 9), LISTS, ARGUMENTS),
        st.booleans(),
    ).map(
        lambda found: {**beside, found[0]: found[1]} if found[2] else {found[0]: found[1], **beside}
    )
)
CONFIGS = st.lists(ENTRIES, min_size=1, max_size=4)


class Writer:
    """Writes a config as somebody might: each part in a style that is drawn."""

    def __init__(self, draw: Callable[..., Any]) -> None:
        self.draw = draw
        self.end = draw(st.sampled_from(("\n", "\r\n")))

    def config(self, layers: list[dict[str, Any]]) -> str:
        lines = ["input: [5, 8]" + self.comment()]
        if self.chance():
            lines.append("layers: [" + ", ".join(self.in_flow(each) for each in layers) + "]")
        else:
            lines.append("layers:" + self.comment())
            indent = self.draw(st.sampled_from(("", "  ", "     ")))
            for each in layers:
                lines += self.entry(each, indent)
        if self.chance():
            lines.append("batch: 3")
        return self.end.join(lines) + (self.end if self.chance() else "")

    def entry(self, entry: Mapping[str, Any], indent: str) -> list[str]:
        comments = ["# between"] if self.chance() else []
        if self.chance():
            return [*comments, f"{indent}- {self.in_flow(entry)}{self.comment()}"]
        dash = self.draw(st.sampled_from(("- ", "-   ")))
        inner = indent + " " * len(dash)
        lines: list[str] = []
        for key, value in entry.items():
            lines += self.pair(key, value, inner)
        lines[0] = indent + dash + lines[0].lstrip()
        return [*comments, *lines]

    def pair(self, key: str, value: Any, indent: str) -> list[str]:
        if isinstance(value, list) and value and self.chance():
            inner = self.draw(st.sampled_from((indent, indent + "  ")))
            return [f"{indent}{key}:", *(f"{inner}- {flow(each)}" for each in value)]
        if isinstance(value, dict) and value and self.chance():
            lines = [f"{indent}{key}:{self.comment()}"]
            for name, each in value.items():
                lines += self.pair(name, each, indent + "    ")
            return lines
        text = "" if value is None and self.chance() else " " + flow(value)
        if text and not isinstance(value, dict | list) and self.chance():
            text = " " + flow(value, as_json=True)
        return [f"{indent}{key}:{text}{self.comment()}"]

    def in_flow(self, entry: Mapping[str, Any]) -> str:
        text = flow(entry, as_json=self.chance())
        if self.chance():
            text = text.replace("}", ",}").replace("{,}", "{}")
        if self.chance():
            text = text.replace(", ", f" ,{self.end}        ")
        return text

    def comment(self) -> str:
        return self.draw(st.sampled_from(("", "", "  # said: {[\"'", " #")))

    def chance(self) -> bool:
        return self.draw(st.booleans())


def plain(node: Node) -> Any:
    if isinstance(node.value, Mapping):
        return {key: plain(pair.value) for key, pair in node.value.items()}
    return [plain(each) for each in node.value] if isinstance(node.value, tuple) else node.value


def read(text: str) -> Node:
    return parse_nodes(Source("a.yaml", text))


def entries(text: str) -> Any:
    return read(text).value["layers"].value.value


def class_of(entry: dict[str, Any]) -> str:
    return next(key for key in entry if key[0].isupper())


def with_argument(entry: dict[str, Any], name: str, value: Any) -> dict[str, Any]:
    cls = class_of(entry)
    held = entry[cls]
    if held is None:
        held = {}
    elif not isinstance(held, dict):
        held = {} if name == "units" else {"units": held}
    return {**entry, cls: {**held, name: value}}


class Drawn:
    """An entry of a config that was drawn, and where it stands."""

    def __init__(self, layers: list[dict[str, Any]], text: str, draw: Callable[..., Any]) -> None:
        self.draw = draw
        self.wanted = [dict(each) for each in layers]
        self.at = draw(st.integers(0, len(layers) - 1))
        self.entry, self.node = layers[self.at], entries(text)[self.at]
        self.cls = class_of(self.entry)
        self.place = self.node.value[self.cls].key

    def want(self, entry: dict[str, Any]) -> None:
        self.wanted[self.at] = entry


def argument(drawn: Drawn) -> Any:
    name = drawn.draw(st.sampled_from(("units", "activation", "go_backwards")))
    drawn.want(with_argument(drawn.entry, name, True))
    held = drawn.entry[drawn.cls]
    if name == "units" and not isinstance(held, dict) and held is not None:
        drawn.want({**drawn.entry, drawn.cls: True})
    return edits.set_arguments(drawn.place, {name: True}, "units")


def arguments(drawn: Drawn) -> Any:
    drawn.want(with_argument(drawn.entry, "activation", "a b"))
    drawn.want(with_argument(drawn.wanted[drawn.at], "go_backwards", True))
    given = {"activation": "a b", "go_backwards": True}
    return edits.set_arguments(drawn.place, given, "units")


def renamed(drawn: Drawn) -> Any:
    drawn.want({("GRU" if key == drawn.cls else key): drawn.entry[key] for key in drawn.entry})
    return edits.rename(drawn.place, drawn.cls, "GRU")


def removed(drawn: Drawn) -> Any:
    gone = drawn.draw(st.sampled_from(sorted(drawn.entry)))
    drawn.want({key: value for key, value in drawn.entry.items() if key != gone})
    if len(drawn.entry) == 1:
        del drawn.wanted[drawn.at]
    return edits.remove(drawn.node.value[gone].key)


def beside(drawn: Drawn) -> Any:
    drawn.want({**drawn.entry, "initial_state": "a.h"})
    return edits.add_beside(drawn.place, "initial_state", "a.h")


def another(drawn: Drawn) -> Any:
    drawn.want({"GRU": {"units": 3}, "name": "é"})
    return edits.replace_entry(drawn.place, drawn.wanted[drawn.at])


def more(drawn: Drawn) -> Any:
    after = drawn.draw(st.booleans())
    entries_ = ({"GRU": 3, "name": "y"}, "Flatten")
    drawn.wanted[drawn.at + after : drawn.at + after] = entries_
    return edits.insert_entry(drawn.node.place, *entries_, after=after)


def dropped(drawn: Drawn) -> Any:
    del drawn.wanted[drawn.at]
    return edits.remove_entry(drawn.place)


def value(drawn: Drawn) -> Any:
    keys = [key for key, held in drawn.entry.items() if held is not None]
    assume(keys)
    key = drawn.draw(st.sampled_from(sorted(keys)))
    drawn.want({**drawn.entry, key: [1, None, "x"]})
    return edits.replace_value(drawn.node.value[key].value.place, [1, None, "x"])


def key_before(drawn: Drawn) -> Any:
    drawn.want({"use": "b", **drawn.entry})
    return edits.insert_key(drawn.place, "use", "b")


def another_object(drawn: Drawn) -> Any:
    held = {"units": [1, 2]}
    drawn.want({("GRU" if k == drawn.cls else k): v for k, v in drawn.entry.items()})
    drawn.wanted[drawn.at]["GRU"] = held
    return edits.replace_object(drawn.place, {"GRU": held})


CHANGES = (
    argument, arguments, renamed, removed, beside, another, more, dropped, value, key_before, another_object,
)  # fmt: skip
# What may be refused: nothing would be left, a list is as deep as its key, [A: 3] has no braces.
MAY_REFUSE = (argument, arguments, removed, dropped, key_before)


@pytest.mark.slow
@settings(max_examples=800, deadline=None, derandomize=True)
@given(CONFIGS, st.sampled_from(CHANGES), st.data())
def test_what_is_read_afterwards_is_what_the_change_means(layers, change, data):
    text = Writer(data.draw).config(layers)
    assert [plain(each) for each in entries(text)] == layers, "the writer is right"
    drawn = Drawn(layers, text, data.draw)
    made = change(drawn)
    if not made:
        assert change in MAY_REFUSE
        return
    text = edits.applied(text, made)
    assert [plain(each) for each in entries(text) or ()] == drawn.wanted, text
    assert "\r\n" not in text or text.count("\r\n") == text.count("\n")


@pytest.mark.parametrize(
    ("written", "becomes"),
    [
        ("- LSTM: 128", "- LSTM: {units: 128, return_sequences: true}"),
        ("- LSTM: 128  # wide", "- LSTM: {units: 128, return_sequences: true}  # wide"),
        ("- LSTM", "- LSTM: {return_sequences: true}"),
        ("- LSTM:", "- LSTM: {return_sequences: true}"),
        ("- LSTM: {}", "- LSTM: {return_sequences: true}"),
        ("- LSTM: {units: 3,}", "- LSTM: {units: 3, return_sequences: true,}"),
        (
            "- LSTM: {units: 3, return_sequences: false}",
            "- LSTM: {units: 3, return_sequences: true}",
        ),
        ('- {"LSTM": 3}', '- {"LSTM": {"units": 3, "return_sequences": true}}'),
        ("- LSTM:\n      units: 3", "- LSTM:\n      units: 3\n      return_sequences: true"),
    ],
)
def test_an_argument_is_added_where_people_would_write_it(written, becomes):
    text = f"input: [5, 8]\nlayers:\n  {written}\n"
    entry = entries(text)[0]
    place = entry.value["LSTM"].key if isinstance(entry.value, Mapping) else entry.place
    made = edits.set_arguments(place, {"return_sequences": True}, "units")
    assert edits.applied(text, made) == f"input: [5, 8]\nlayers:\n  {becomes}\n"


@pytest.mark.parametrize(
    "text",
    [
        "layers: [&a {LSTM: 3}, *a]",
        "layers: [{&a LSTM: 3}, *a]",
        "layers: [{LSTM: &a 3}, {GRU: *a}]",
        "x: &a {units: 3}\nlayers: [{LSTM: *a}]",
        "layers:\n  - ? LSTM\n    : 3\n",
        "layers:\n  - LSTM: |\n      3\n",
    ],
)
def test_where_an_edit_would_be_wrong_there_is_none(text):
    entry = entries(text)[0]
    place = entry.value["LSTM"].key
    assert edits.set_arguments(place, {"return_sequences": True}, "units") == ()
    assert edits.replace_object(place, "GRU") == () or "? LSTM" in text


def test_changes_that_overlap_are_none():
    place = read("a: {b: 1}").value["a"].key
    first = edits.rename(place, "a", "c")
    assert edits.together(first, edits.replace_text(place, "d")) == ()
    assert edits.together(first, ()) == ()
    inner = read("a: {b: 1}").value["a"].value.value["b"].key
    assert len(edits.together(first, edits.rename(inner, "b", "x"))) == 2
