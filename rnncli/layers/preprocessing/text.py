"""Layers that look words and integers up in a vocabulary; its size is that of their encodings.

Before the vocabulary come the mask, in output_mode int, and num_oov_indices indices for unknown
tokens.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from msgspec.structs import replace

from rnncli.layers.preprocessing.categories import (
    check_sparse,
    encoded,
    encoded_output,
    output_mode,
)
from rnncli.report.layer import Shape
from rnncli.report.shapes import Axis, shown
from rnncli.rules.requirements import require_batch
from rnncli.rules.rule import LayerCall, LayerPlan, Rule, source, unknown
from rnncli.rules.sizes import Size


def text_vectorization(call: LayerCall) -> LayerPlan:
    """Sentences (batch,) or (batch, 1) → the numbers of their words (batch, words).

    The number of words is not known before a run, unless output_sequence_length sets it.
    """
    require_batch(call)
    mode = output_mode(call)
    length, x = call["output_sequence_length"], call.x.axes
    _check_int_alone(call, mode)
    _check_words(call, "string")
    check_sparse(call, mode)
    depth = _vocabulary_size(call, mode, mask="", unknown_word="[UNK]", spare=1)
    split = call["split"] is not None
    sentences = x[:-1] if split and len(x) > 1 else x
    _check_sentences(call, mode, sentences)
    dtype = "float32" if mode == "tf_idf" else "int64"
    if split and (call["ragged"] or mode == "one_hot" or _encodes_rows(call, mode, sentences)):
        return _ragged(call, mode, sentences, depth, dtype)
    if mode == "int":
        words = (length,) if split or length is not None else (_ngram_count(call, x[-1]),)
        real = (*(sentences if split else x[:-1]), *words)
        return encoded_output(call, (x[0], length), real, dtype)
    if split:
        return encoded_output(call, (*x, depth), (*sentences, depth), dtype)
    inferred = x if len(x) == 1 else x[:-1]
    return encoded_output(call, (*inferred, depth), encoded(x, depth, mode), dtype)


def _check_int_alone(call: LayerCall, mode: str) -> None:
    """Refuses arguments that have a meaning in output_mode int only."""
    length = call["output_sequence_length"]
    if mode != "int" and (length is not None or call["ragged"]):
        argument = "ragged" if length is None else "output_sequence_length"
        call.refuse(
            "wrong-value",
            f"{argument} of {call.layer.label} means something in output_mode int only",
            "leave it out",
            argument=argument,
        )


def _check_sentences(call: LayerCall, mode: str, sentences: Shape) -> None:
    """Refuses sentences in more axes than can be split."""
    x = call.x.axes
    if call["split"] is not None and len(x) > 1 and x[-1] not in (1, None):
        call.refuse(
            "wrong-rank",
            f"{call.layer.label} splits sentences (batch, 1), but {source(call.x)} "
            f"{shown(call.x.shape)}",
            "give the input the shape [1], or set split: null where words are split already",
        )
    if call["sparse"] and _encodes_rows(call, mode, sentences):
        call.refuse(
            "wrong-rank",
            f"{call.layer.label} makes a sparse tensor of one sentence a row, but "
            f"{source(call.x)} {shown(call.x.shape)}",
            "give the input the shape [1], or leave sparse out",
            argument="sparse",
        )


def _encodes_rows(call: LayerCall, mode: str, sentences: Shape) -> bool:
    """Whether rows of several sentences are split, and encoded together."""
    return call["split"] is not None and mode != "int" and len(sentences) > 1


def _ragged(call: LayerCall, mode: str, sentences: Shape, depth: int, dtype: str) -> LayerPlan:
    """The plan of a ragged tensor, whose rows differ in length: it has no shape to report."""
    x = call.x.axes
    inferred: Shape = (*x, *((None,) if mode == "one_hot" else ()), depth)
    ragged: Shape = (x[0], *[None] * (len(sentences) - 1), depth)
    if mode == "int":
        inferred, ragged = (x[0], call["output_sequence_length"]), (*sentences, None)
    elif mode == "one_hot":
        ragged = (*sentences, None, depth)
    output = call.output(None, dtype=dtype, last_step_of=None, inferred=inferred, ragged=ragged)
    return replace(unknown(call.layer), outputs=(output,))


def _ngram_count(call: LayerCall, words: Axis) -> Axis:
    """The number of words that are split already and, with ngrams, of the groups of them."""
    if call["ngrams"] is None or words is None:
        return words
    if isinstance(words, Size):
        # It is no expression of the length that could be written.
        return None
    return sum(max(words - size + 1, 0) for size in range(1, call["ngrams"] + 1))


def lookup(integers: bool) -> Rule:
    """Words or integers → their indices in a vocabulary; with invert, the other way round."""

    def rule(call: LayerCall) -> LayerPlan:
        mode = output_mode(call)
        check_sparse(call, mode)
        _check_lookup(call, mode, integers)
        _check_words(call, "numbers" if integers or call["invert"] else "string")
        depth = _vocabulary_size(
            call, mode, call["mask_token"], call["oov_token"], call["num_oov_indices"]
        )
        x = call.x.axes
        if mode == "int":
            dtype = "string" if call["invert"] and not integers else "int64"
            return encoded_output(call, x, x, dtype)
        inferred = encoded(x, depth, mode) if mode == "one_hot" else (*x[:-1], depth)
        dtype = "float32" if mode == "tf_idf" else "int64"
        return encoded_output(call, inferred, encoded(x, depth, mode), dtype)

    return rule


def _check_lookup(call: LayerCall, mode: str, integers: bool) -> None:
    """Refuses arguments of a lookup that contradict each other."""
    if call["invert"] and mode != "int":
        call.refuse(
            "wrong-value",
            f"{call.layer.label} turns numbers back in output_mode int only",
            "leave output_mode out",
            argument="output_mode",
        )
    if integers and call["salt"] is not None and call["oov_method"] != "farmhash":
        call.refuse(
            "wrong-value",
            f"salt of {call.layer.label} goes with oov_method: farmhash",
            "set it, or leave salt out",
            argument="salt",
        )


def _check_words(call: LayerCall, kind: str) -> None:
    """Refuses numbers where words are read, and words where numbers are."""
    if (call.x.dtype == "string") != (kind == "string"):
        call.refuse(
            "wrong-dtype",
            f"{call.layer.label} reads {'words' if kind == 'string' else 'numbers'}, but "
            f"{source(call.x)} {call.x.dtype}",
            f"give the input dtype: {'string' if kind == 'string' else 'int32'}",
        )


def _vocabulary_size(call: LayerCall, mode: str, mask: Any, unknown_word: Any, spare: int) -> int:
    """The number of indices: of the vocabulary, of unknown tokens, and of the mask."""
    most: int | None = call["max_tokens"]
    weights = call["idf_weights"]
    if (most is not None and most < 2) or (most is None and call["pad_to_max_tokens"]):
        _wrong(call, "max_tokens", "is at least 2, and given where pad_to_max_tokens is true")
    if weights is not None and mode != "tf_idf":
        _wrong(call, "idf_weights", "goes with output_mode: tf_idf")
    special = ([mask] if mask is not None and mode == "int" else []) + [unknown_word] * spare
    reserved = [mask, *([unknown_word] if _inverts(call) else [])]
    size = len(special) + _token_count(call, special, reserved)
    if most is not None and size > most:
        _wrong(
            call,
            "vocabulary",
            f"has more tokens than max_tokens, with {len(special)} special ones",
        )
    if mode == "tf_idf" and (weights is None or len(weights) != len(call["vocabulary"])):
        _wrong(call, "idf_weights", "has a weight for each token of the vocabulary")
    return most if most is not None and call["pad_to_max_tokens"] else size


def _token_count(call: LayerCall, special: list[Any], reserved: list[Any]) -> int:
    """The number of tokens in the vocabulary but special ones, which may only come first."""
    words: list[Any] | None = call["vocabulary"]
    if words is None:
        call.refuse(
            "needs-data",
            f"{call.layer.label} would learn its vocabulary from data, by adapt",
            "give it a vocabulary: a list of tokens",
        )
    tokens = words[len(special) :] if words[: len(special)] == special else words
    is_reserved = any(token is not None and token in tokens for token in reserved)
    if not words or len(set(tokens)) < len(tokens) or is_reserved:
        _wrong(call, "vocabulary", "names each token once, and no mask or unknown token but first")
    return len(tokens)


def _inverts(call: LayerCall) -> bool:
    return "invert" in call.layer.signature.arguments and bool(call["invert"])


def _wrong(call: LayerCall, argument: str, what: str) -> NoReturn:
    message = f"{argument} of {call.layer.label} {what}"
    call.refuse("wrong-value", message, "see rnncli layers " + call.layer.cls, argument=argument)


RULES: Mapping[str, Rule] = {
    "IntegerLookup": lookup(integers=True),
    "StringLookup": lookup(integers=False),
    "TextVectorization": text_vectorization,
}
