"""Configs made to hurt: drawn from the grammar, mutated from good ones, or of raw bytes."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from random import Random
from typing import Any

from rnncli.keras_api.call_arguments import all_plain_arguments
from rnncli.keras_api.calls import calls
from rnncli.keras_api.operations import ALIASES, OPERATIONS, Operation
from rnncli.keras_api.signatures import FAMILIES, signatures
from rnncli.layers.catalogue import RULES
from rnncli.reference.examples import example
from rnncli.reference.problem_codes import explanations
from tests.conftest import ROOT
from tests.fuzz.victim import SETTING

# Scalars as a config may write them: sizes, words, what Python or other YAMLs call them, escapes.
SCALARS = (
    "0", "1", "2", "3", "8", "-1", "-0", "1.5", "1e3", "1e999", ".nan", "-.inf", "9223372036854775807",
    "9223372036854775808", "99999999999999999999999999", "0x7f", "0o17", "017", "1_000", "null", "~",
    "true", "no", "None", '""', '" "', "'[red]x[/red]'", '"\\e[31m"', '"\\0"', '"\\u202e"', '"\\uFEFF"',
    "é", "数", "😀", "a\u0301", '"a/b"', "a.b", "lstm", "lstm.h", "input", "input.output", "states", "LSTM",
    "Dense", "Lambda", "relu", "softmax", "same", "causal", "channels_first", "float16", "string", "int32",
    "'int8'", "mixed_float16", "2001-01-01", "1:30", "&a 3", "*a", "!!python/name:os.system ''", "!t 1",
    "<<", "=", "?", "-", "|", ">", "''''", "5000000000", "[]", "{}", "[null]", "[[]]", "[3, 3]", "[5, null, 8]",
    "[1, 2, 3, 4, 5, 6]", "{LSTM: 3}", "{Dense: 8}", "{LSTMCell: 4}", "{L2: 0.1}", "[{LSTMCell: 3}, {GRUCell: 2}]",
    '"[:, -1]"', "[:, -1]", "':, None, ::-2'", "'[..., 99999999999999999999]'", "int8_from_float32",
    "int4/4_from_mixed_bfloat16", "int4/-1_from_float32", "float8_from_bfloat16", "ops.add", "random.normal",
    "{model: {input: [8], layers: [{Dense: 2}]}}", "{ops.relu: {}}", "{sequences: input, mask: a}", "{x2: a}",
    "{custom: {class: 'a>B', output: [null, 3], weights: {W: [3, 3]}}}", "btc,bsc->bts", "[0, 2, 1]",
    "{a: 1}", "{params: 2M, macs: 50k}", "{weight_bytes: 8 MiB}", "8MB", "1_0.5G", "{query: lstm, value: input}", "start", "encoder.yaml", "/dev/zero", "../x.yaml", "-",
)  # fmt: skip
KEYS = (
    "version", "name", "input", "inputs", "layers", "outputs", "from", "use", "repeat", "include",
    "initial_state", "decode", "batch", "shape", "dtype", "below", "units", "filters", "kernel_size", "axis",
    "call", "model", "custom", "class", "output", "weights", "mask", "query_mask", "training", "reverse",
    "return_attention_scores", "lora_rank", "length", "budget", "ops.add", "ops.getitem", "ops.split", "random.uniform",
    "x1", "x2", "condition", "dtype", "keepdims", "newshape", "activation", "merge_mode", "return_sequences", "return_state", "layer", "cell", "cells", "<<", "LSTM", "[b]",
)  # fmt: skip
# What options of the command line set, and what tensors can be to a layer or an operation.
_PATHS = ("input", "inputs.a", "inputs.b.dtype", "{}.units", "{}.layer.units", "{}.input", "length", "batch",
          "{}", "inputs.{}", "length.{}", "{}.axis", "{}.model", "name", "{}.key")  # fmt: skip
_ROLES = ("mask", "query", "value", "query_mask", "attention_mask", "x", "x1", "x2", "condition", "sequences",
          "inputs", "indices", "initial_state", "nothing")  # fmt: skip
_ONE = Operation()
_SHAPES = (
    "[5, 8]",
    "[null, 8]",
    "[8]",
    "[8, 8, 3]",
    "[null, null, 3]",
    "[4, 8, 8, 3]",
    "[]",
    "[5]",
)


def make(draw: Random) -> bytes:
    """One config."""
    way = draw.random()
    if way < 0.45:
        return _mutated(draw, draw.choice(_seeds()))
    if way < 0.9:
        text = _grown(draw).encode("utf-8", "surrogatepass")
        return _mutated(draw, text) if draw.random() < 0.3 else text
    return draw.randbytes(draw.randrange(200))


@cache
def _seeds() -> tuple[bytes, ...]:
    """Configs that are good, or nearly so."""
    texts = [path.read_text() for path in sorted((ROOT / "configs").rglob("*.yaml"))]
    texts += [text for page in ("config", "graphs") for text in _blocks(page)]
    for each in explanations().values():
        texts += [text for text in (each.broken, each.mended) if text]
    texts += [found.config for found in map(example, RULES) if found]
    return tuple(text.encode() for text in texts)


def _blocks(page: str) -> list[str]:
    """The configs in a page of the manual."""
    text = (ROOT / "rnncli" / "reference" / "docs" / f"{page}.md").read_text()
    return [block.partition("```")[0] for block in text.split("```yaml\n")[1:]]


def _grown(draw: Random) -> str:
    """A config from the grammar: any layers with any arguments, and all that may stand beside."""
    lines = [f"input: {draw.choice(_SHAPES)}"]
    if draw.random() < 0.2:
        dtype = draw.choice(("int32", "string", "float64", "bool"))
        lines = [f"inputs: {{a: {draw.choice(_SHAPES)}, b: {{shape: [5], dtype: {dtype}}}}}"]
    lines.append("layers:")
    names = ["input", "a", "b", "start"]
    for _ in range(draw.randrange(1, 7)):
        lines += _entry(draw, names, 1)
    if draw.random() < 0.3:
        lines.append(f"outputs: [{draw.choice(names)}, {draw.choice(names)}.h]")
    if draw.random() < 0.1:
        lines.append(f"{draw.choice(KEYS)}: {draw.choice(SCALARS)}")
    while draw.random() < 0.1:
        path = draw.choice(_PATHS).format(draw.choice(names))
        lines.append(f"{SETTING}{path}={draw.choice((*SCALARS, *_SHAPES))}")
    return "\n".join(lines) + "\n"


def _entry(draw: Random, names: list[str], depth: int) -> list[str]:
    indent = "  " * depth
    if draw.random() < 0.08 and depth < 5:
        count = draw.choice(("0", "1", "2", "3", "100", "1000000", "null"))
        inner = [line for _ in range(draw.randrange(3)) for line in _entry(draw, names, depth + 2)]
        return [f"{indent}- repeat: {count}", f"{indent}  layers:", *inner]
    if draw.random() < 0.08:
        key = draw.choice(("use", "include", "decode"))
        lines = [f"{indent}- {key}: {draw.choice((*names, *SCALARS))}"]
    elif draw.random() < 0.25:
        lines = [f"{indent}- {_operation(draw)}"]
    elif draw.random() < 0.08 and depth < 5:
        inner = [line for _ in range(draw.randrange(3)) for line in _entry(draw, names, depth + 3)]
        shape = f"{indent}      input: {draw.choice(_SHAPES)}"
        lines = [f"{indent}- model:", shape, f"{indent}      layers:", *inner]
        if draw.random() < 0.3:
            lines[:2] = [f"{indent}- TimeDistributed:", f"{indent}    model:", shape]
    else:
        lines = [f"{indent}- {_object(draw, 'layers', 0)}"]
    if draw.random() < 0.3:
        names.append(draw.choice(("x", "y", "lstm", "dense", "a b", "é")))
        lines.append(f"{indent}  name: {names[-1]}")
    if draw.random() < 0.25:
        state = draw.choice(("", "", ".h", ".c", ".states", ".output", ".forward", ".?"))
        sources = [draw.choice(names) + state for _ in range(draw.randrange(1, 4))]
        lines.append(f"{indent}  from: [{', '.join(sources)}]")
    elif draw.random() < 0.15:
        roles = ", ".join(f"{draw.choice(_ROLES)}: {draw.choice(names)}" for _ in "12")
        lines.append(f"{indent}  from: {{{roles}}}")
    if draw.random() < 0.1:
        name = draw.choice(all_plain_arguments())
        lines.append(f"{indent}  call: {{{name}: {draw.choice(('true', 'false', *SCALARS))}}}")
    if draw.random() < 0.1:
        key = draw.choice(KEYS)
        lines.append(f"{indent}  {key}: {draw.choice((*names, *SCALARS))}")
    return lines


def _operation(draw: Random) -> str:
    """An operation with any of its parameters."""
    function = draw.choice([*OPERATIONS, *ALIASES])
    known = calls().functions[ALIASES.get(function, function)].arguments
    given = [name for name in known if name not in OPERATIONS.get(function, _ONE).tensors]
    likely = ("0", "1", "-1", "2", "[1, 2]", "true", "0.5", "float32", '"[:, -1]"', "bij,bjk->bik")
    if draw.random() < 0.3:
        return f"{function}: {draw.choice((*likely, *SCALARS))}"
    written = [name for name in given if draw.random() < 0.6]
    values = [draw.choice(likely if draw.random() < 0.7 else SCALARS) for _ in written]
    arguments = ", ".join(map("{}: {}".format, written, values))
    return f"{function}: {{{arguments}}}"


def _object(draw: Random, family: str, depth: int) -> str:
    classes = signatures().family(family)
    cls = draw.choice(list(classes))
    known = classes[cls].arguments
    given = [name for name, each in known.items() if each.required or draw.random() < 0.15]
    if draw.random() < 0.05:
        given.append(draw.choice(KEYS))
    arguments = ", ".join(f"{name}: {_value(draw, name, depth)}" for name in given)
    return f"{cls}: {{{arguments}}}"


def _value(draw: Random, name: str, depth: int) -> str:
    if draw.random() < 0.5:
        if depth < 4 and name in ("layer", "cell", "forward_layer", "backward_layer"):
            return f"{{{_object(draw, 'layers', depth + 1)}}}"
        family = next((each for each in FAMILIES if name.endswith(each.removesuffix("s"))), None)
        if depth < 4 and family and family != "layers":
            return f"{{{_object(draw, family, depth + 1)}}}"
        likely: Any = draw.choice((1, 2, 3, 4, 8, True, False, [2, 2], [1, 1, 1], 0.5))
        return json.dumps(likely)
    return draw.choice(SCALARS)


# Mutations


def _mutated(draw: Random, data: bytes) -> bytes:
    for _ in range(draw.choice((1, 1, 1, 2, 3, 8))):
        data = draw.choice(_MUTATIONS)(draw, data)
    return data[:100_000]


def _token(draw: Random, data: bytes) -> bytes:
    """A word or a number becomes another one."""
    text = data.decode("utf-8", "replace")
    starts = [n for n, each in enumerate(text) if each.isalnum() and not text[n - 1 : n].isalnum()]
    if not starts:
        return data
    start = end = draw.choice(starts)
    while end < len(text) and (text[end].isalnum() or text[end] == "_"):
        end += 1
    other = draw.choice((*SCALARS, *KEYS))
    return f"{text[:start]}{other}{text[end:]}".encode("utf-8", "replace")


def _line(draw: Random, data: bytes) -> bytes:
    """A line goes, comes twice, moves, or is indented."""
    lines = data.split(b"\n")
    at, to = draw.randrange(len(lines)), draw.randrange(len(lines))
    way = draw.randrange(4)
    if way == 0:
        del lines[at]
    elif way == 1:
        lines.insert(to, lines[at])
    elif way == 2:
        lines[at], lines[to] = lines[to], lines[at]
    else:
        lines[at] = draw.choice((b" ", b"  ", b"\t", b"- ", b"# ")) + lines[at]
    return b"\n".join(lines)


def _bytes(draw: Random, data: bytes) -> bytes:
    """Bytes go, change, or come."""
    at = draw.randrange(len(data) + 1)
    gone = draw.choice((0, 0, 1, 5))
    odd = (b":", b"{", b"}", b"[", b"]", b'"', b"'", b"\r\n", b"\r", b"\x00", b"\x1b", b"\xff", b"\xe2\x80\xa8",
           b"\xef\xbb\xbf", b"&x ", b"*x", b"<<: *x", b"\t", b"---\n", b"...\n", b"%", b"!")  # fmt: skip
    return data[:at] + draw.choice((*odd, draw.randbytes(1))) + data[at + gone :]


def _spliced(draw: Random, data: bytes) -> bytes:
    """The end of another config."""
    other = draw.choice(_seeds())
    return data[: draw.randrange(len(data) + 1)] + other[draw.randrange(len(other)) :]


def _grown_again(draw: Random, data: bytes) -> bytes:
    """A stretch comes many times."""
    at = draw.randrange(len(data) + 1)
    stretch = data[at : at + draw.choice((1, 4, 30))]
    return data[:at] + stretch * draw.choice((2, 10, 100, 1000)) + data[at:]


_MUTATIONS: tuple[Callable[[Random, bytes], bytes], ...] = (
    _token, _token, _token, _token, _line, _line, _bytes, _spliced, _grown_again,
)  # fmt: skip
