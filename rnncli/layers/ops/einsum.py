"""Einsum: sums of products of any number of tensors, over the axes that letters name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from string import ascii_lowercase
from typing import NoReturn

import msgspec
from msgspec.structs import replace

from rnncli.layers.ops.axes import broadcast_as_inferred, refuse_dtypes
from rnncli.layers.ops.operands import result
from rnncli.problems import Fix
from rnncli.report.layer import Shape
from rnncli.report.shapes import Axis, add, product, shown
from rnncli.rules.dtypes import promoted
from rnncli.rules.rule import LayerCall, LayerPlan, Rule
from rnncli.rules.sizes import alike
from rnncli.rules.tensors import is_vague

# Equations of which Keras makes a product of matrices, and the axes that these then lie along: they
# broadcast as those of ops.matmul do.
_OF_MATRICES = {
    "abcd,abde->abce": "ab",
    "abcd,abed->abce": "ab",
    "abcd,acbe->adbe": "ab",
    "abcd,adbe->acbe": "ab",
    "abcd,aecd->acbe": "ac",
    "abcd,aecd->aceb": "ac",
}
_TERM = re.compile(r"[a-zA-Z]*(\.\.\.)?[a-zA-Z]*")
_ELLIPSIS = "..."


class _Equation(msgspec.Struct, frozen=True):
    """``bij,bjk->bik``: the labels of each operand and of the output.

    A label is a letter, or the number of an axis that ... stands for, counted from the last.
    ``implicit`` are the output's labels as Keras infers them where the equation has no ``->``.
    """

    operands: tuple[tuple[str, ...], ...]
    output: tuple[str, ...]
    implicit: tuple[str, ...] | None = None


def einsum(call: LayerCall) -> LayerPlan:
    """The sums of products that the subscripts name, written as for ``numpy.einsum``."""
    if all(tensor.dtype == "bool" for tensor in call.inputs):
        refuse_dtypes(call, ("bool",), "computes with numbers", "put ops.cast: int32 before it")
    equation = _parsed(call)
    sizes = _sizes(call, equation)
    shape = tuple([sizes[label] for label in equation.output])
    inferred = None
    if equation.implicit is not None and equation.implicit != equation.output:
        guess = tuple([sizes[label] for label in equation.implicit])
        inferred = None if is_vague(guess, shape) else guess
    dtypes = [tensor.dtype for tensor in call.inputs]
    # Twice the first: even alone, uint64 becomes uint32.
    dtype = "int32" if {*dtypes} == {"int8"} else promoted([*dtypes, dtypes[0]])
    plan = result(call, shape, dtype, macs=_macs(equation, sizes))
    return replace(plan, outputs=(replace(plan.output, inferred=inferred),))


def _parsed(call: LayerCall) -> _Equation:
    """The equation; refuses what Keras or TensorFlow cannot read."""
    written: str = call["subscripts"]
    if " " in written:
        from rnncli.config.edits import replace_value

        whole = written.replace(" ", "")
        edits = replace_value(call.place("subscripts"), whole)
        _refuse(call, "must have no spaces", Fix(f"write {whole}", edits))
    read, arrow, result_term = written.partition("->")
    terms = read.split(",")
    if not all(_TERM.fullmatch(term) for term in (*terms, result_term)):
        _refuse(call, "must be letters and ..., with a comma between tensors")
    if len(terms) != len(call.inputs):
        names = f"{len(terms)} tensor{'s' * (len(terms) > 1)}"
        _refuse(call, f"names {names}, and {len(call.inputs)} reach it")
    letters = re.sub(r"\W", "", read)
    once = [letter for letter in letters if letters.count(letter) == 1]
    front = _ELLIPSIS if _ELLIPSIS in read else ""
    output = result_term if arrow else front + "".join(once)
    kept = re.sub(r"\W", "", output)
    if len({*kept}) < len(kept) or not {*kept} <= {*letters}:
        _refuse(call, "must name each letter of the result once, and behind -> only what it reads")
    if any(letter.isupper() for letter in kept if any(letter not in term for term in terms)):
        _refuse(call, "must have small letters in its result, as Keras cannot infer others")
    operands = tuple(
        [_labels(call, term, x.axes) for term, x in zip(terms, call.inputs, strict=True)]
    )
    elided = max((label for term in operands for label in term if label.isdigit()), default="")
    if elided and not arrow and read.count(_ELLIPSIS) > 1:
        _refuse(call, "needs -> and the letters of the result, as it has ... twice")
    if elided and _ELLIPSIS not in output:
        _refuse(call, "must have ... in its result, as it has in what it reads")
    many = int(elided) + 1 if elided else 0
    implicit = None if arrow else _spelled(front + "".join(sorted(once)), many)
    return _Equation(operands, _spelled(output, many), implicit)


def _labels(call: LayerCall, term: str, shape: Shape) -> tuple[str, ...]:
    """The labels of the axes of a tensor."""
    letters = len(term.replace(_ELLIPSIS, ""))
    if letters > len(shape) or (letters < len(shape) and _ELLIPSIS not in term):
        _refuse(call, f"names {term} for {shown(shape)}, which has {len(shape)} axes")
    return _spelled(term, len(shape) - letters)


def _spelled(term: str, elided: int) -> tuple[str, ...]:
    """The labels of a term in which ... stands for some axes."""
    before, _, behind = term.partition(_ELLIPSIS)
    middle = [str(number) for number in reversed(range(elided))] if _ELLIPSIS in term else []
    return (*before, *middle, *behind)


def _sizes(call: LayerCall, equation: _Equation) -> dict[str, Axis]:
    """The size of every label; axes that ... stands for broadcast, and those along matrices."""
    sizes: dict[str, Axis] = {}
    along = _along_matrices(equation)
    for term, x in zip(equation.operands, call.inputs, strict=True):
        for label, size in zip(term, x.axes, strict=True):
            if label not in sizes:
                sizes[label] = size
                continue
            merged = broadcast_as_inferred((sizes[label],), (size,))
            broadcasts = label.isdigit() or label in along
            if merged is None or not (broadcasts or alike((sizes[label], size))):
                name = "an axis of ..." if label.isdigit() else label
                _refuse(call, f"gives {name} two sizes, {sizes[label]} and {size}")
            sizes[label] = merged[0]
    _check_alignment(call, equation)
    return sizes


def _along_matrices(equation: _Equation) -> frozenset[str]:
    """The labels of the axes that matrices lie along, where Keras multiplies matrices."""
    terms = [*equation.operands, equation.output]
    letters = [*dict.fromkeys(label for term in terms for label in term)]
    if equation.implicit is not None or len(letters) > len(ascii_lowercase):
        return frozenset()
    renamed = ["".join(ascii_lowercase[letters.index(label)] for label in term) for term in terms]
    along = _OF_MATRICES.get(f"{','.join(renamed[:-1])}->{renamed[-1]}", "")
    return frozenset(letters[ascii_lowercase.index(letter)] for letter in along)


def _check_alignment(call: LayerCall, equation: _Equation) -> None:
    """Refuses operands that Keras cannot infer a shape from: it writes the axes of each in the
    order of the result, and aligns them on the right."""
    whole: Shape | None = ()
    for term, x in zip(equation.operands, call.inputs, strict=True):
        sizes = dict(reversed([*zip(term, x.axes, strict=True)]))
        labels = [label for label in equation.output if label in sizes or not label.isdigit()]
        shape = tuple([sizes.get(label, 1) for label in labels])
        whole = None if whole is None else broadcast_as_inferred(whole, shape)
    if whole is None or len(whole) < len(equation.output):
        _refuse(call, "must have ... for the same axes of each tensor, as Keras cannot infer more")


def _macs(equation: _Equation, sizes: Mapping[str, Axis]) -> int | None:
    """The multiply-accumulates: those of every product of two tensors, as TensorFlow makes them."""
    if len(equation.operands) == 1:
        return 0
    known = {label: size for label, size in sizes.items() if size is not None}
    if len(known) < len(sizes):
        return None
    operands = [frozenset(term) for term in equation.operands]
    steps = _contractions(operands, frozenset(equation.output), known)
    return add(*[_elements(labels, known) for labels in steps])


def _contractions(
    operands: Sequence[frozenset[str]], output: frozenset[str], sizes: Mapping[str, int]
) -> Iterator[frozenset[str]]:
    """The labels of each product of two tensors, in the greedy order of opt_einsum.

    TensorFlow multiplies the two tensors first whose product frees most memory; tensors without a
    common axis that is summed come last.
    """
    output |= frozenset.intersection(*operands)
    remaining: dict[frozenset[str], int] = {}
    number = len(operands)
    for place, labels in enumerate(operands):
        if labels in remaining:
            yield labels
            remaining[labels], number = number, number + 1
        else:
            remaining[labels] = place
    while pairs := [pair for pair in combinations(remaining, 2) if (pair[0] & pair[1]) - output]:
        first, second = min(pairs, key=lambda pair: _cost(pair, remaining, output, sizes))
        yield first | second
        left = _left(first, second, remaining, output)
        del remaining[first], remaining[second]
        if left in remaining:
            yield left
            number += 1
        remaining[left], number = number, number + 1
    rest = [
        (_elements(labels & output, sizes), place, labels) for labels, place in remaining.items()
    ]
    while len(rest) > 1:
        rest.sort(key=lambda entry: entry[:2])
        (_, _, first), (_, _, second), *rest = rest
        yield first | second
        left = (first | second) & output
        rest.append((_elements(left, sizes), number, left))
        number += 1


def _cost(
    pair: tuple[frozenset[str], frozenset[str]],
    remaining: Mapping[frozenset[str], int],
    output: frozenset[str],
    sizes: Mapping[str, int],
) -> tuple[int, int, int]:
    """How much memory a product takes more than its two tensors; the earlier pair if equal."""
    first, second = sorted(pair, key=remaining.__getitem__)
    left = _elements(_left(first, second, remaining, output), sizes)
    taken = left - _elements(first, sizes) - _elements(second, sizes)
    return int(taken), remaining[second], remaining[first]


def _left(
    first: frozenset[str],
    second: frozenset[str],
    remaining: Mapping[frozenset[str], int],
    output: frozenset[str],
) -> frozenset[str]:
    """The labels of a product: those of the output and of tensors that are still to come."""
    others = [labels for labels in remaining if labels not in (first, second)]
    return (first | second) & output.union(*others)


def _elements(labels: frozenset[str], sizes: Mapping[str, int]) -> int:
    """How many elements a tensor of these labels has."""
    return product([sizes[label] for label in sorted(labels)]) or 0


def _refuse(call: LayerCall, what: str, fix: str | Fix = "") -> NoReturn:
    shapes = " and ".join(shown(tensor.shape) for tensor in call.inputs)
    call.refuse(
        "wrong-value",
        f"the equation of {call.layer.label} {what}; it reads {shapes}",
        fix or "such as bij,bjk->bik: a letter for each axis, the batch among them",
        argument="subscripts",
    )


RULES: Mapping[str, Rule] = {"ops.einsum": einsum}
