"""What Keras runs, and what a plan is right to refuse all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.judge.case import Case, Node, is_recurrent, maker, references, states_of

if TYPE_CHECKING:
    from tests.judge.truth import Layer, Truth

#: Layers whose kernels TensorFlow multiplies by after laying axes together.
MULTIPLYING = ("MultiHeadAttention", "GroupQueryAttention", "EinsumDense", "Dense")


def mixes(case: Case, found: Truth, batch: int) -> bool:
    """Whether a layer that is used again makes other samples than it reads.

    TensorFlow multiplies by a kernel of another width by taking the numbers of several samples
    together, and gives 4 samples for 2. It is right to refuse that, though Keras runs it.
    """
    for layer in found.layers:
        counts = {tensor.eager[0] for tensor in layer.tensors.values() if tensor.eager}
        if layer.shared and counts - {batch}:
            return True
    shapes = _shapes(case, found)
    for node in case.nodes:
        made = maker(case, node)
        if node.use is None or made is None or made.cls not in MULTIPLYING:
            continue
        first = next(one for one in case.nodes if one.name == node.use)
        pairs = zip(references(first), references(node), strict=False)
        widths = [tuple(shapes.get(one, (None,))[-1:] for one in pair) for pair in pairs]
        if any(first != later for first, later in widths):
            return True
    return any(
        _is_masked_across_samples(case, node, shapes)
        or _is_stretched(case, node, shapes)
        or _reads_frames(case, node, shapes)
        for node in case.nodes
    )


def _is_masked_across_samples(
    case: Case, node: Node, shapes: dict[str, tuple[int | None, ...]]
) -> bool:
    """Whether a mean over time has a mask with the axis of features.

    Keras lines it up so that each mean is one over samples in place of steps. It runs where
    there are as many samples as steps, or one of either.
    """
    made = maker(case, node)
    if made is None or made.cls != "GlobalAveragePooling1D" or not isinstance(node.sources, dict):
        return False
    return len(shapes.get(node.sources.get("mask", ""), ())) > 2


def _is_stretched(case: Case, node: Node, shapes: dict[str, tuple[int | None, ...]]) -> bool:
    """Whether a mask stretches what it masks, since that has a size of 1 where the mask has more.

    Attention over vectors has a single score, and a causal mask makes one of it for every two
    features. A recurrent layer without a loop takes a mask of three axes, and has a state for each
    size of the last.
    """
    made = maker(case, node)
    if made is None or not isinstance(node.sources, dict):
        return False
    if made.cls == "MultiHeadAttention":
        return len(shapes.get(node.sources.get("query", ""), ())) == 2
    of_sequences = is_recurrent(made) or made.cls == "Bidirectional"
    return of_sequences and len(shapes.get(node.sources.get("mask", ""), ())) > 2


def _reads_frames(case: Case, node: Node, shapes: dict[str, tuple[int | None, ...]]) -> bool:
    """Whether cells of vectors read frames in an unrolled RNN, which checks no rank.

    The product of a frame and the state of all samples are added up: that runs where a frame has
    as many rows as there are samples.
    """
    made = maker(case, node)
    if made is None or made.cls != "RNN" or not made.args.get("unroll"):
        return False
    return len(shapes.get(references(node)[0], ())) > 3


def _is_inferred_wrongly(layer: Layer) -> bool:
    return any(
        tensor.eager is not None
        and any(
            size not in (None, real)
            for size, real in zip(tensor.symbolic, tensor.eager, strict=False)
        )
        for tensor in layer.tensors.values()
    )


def _shapes(case: Case, found: Truth) -> dict[str, tuple[int | None, ...]]:
    """The shapes that Keras infers of all tensors, by their names in a case."""
    return {
        layer.name if name == "output" else f"{layer.name}.{name}": tensor.symbolic
        for layer in found.layers
        for name, tensor in layer.tensors.items()
    } | {spec.name: (None, *spec.shape) for spec in case.inputs}


def has_odd_states(case: Case, found: Truth) -> bool:
    """Whether a layer is handed more states than it keeps, or states of another rank.

    A GRU takes two for one tensor, and what stands first in it for the state: that of one sample,
    for all of them. It runs where there are as many samples as units. A whole sequence is
    broadcast where it has as many steps as there are samples.
    """
    ranks = {name: len(shape) for name, shape in _shapes(case, found).items()}
    for node in case.nodes:
        made = maker(case, node)
        if made is None or not node.initial_state:
            continue
        rank = 2 + int(made.cls[8]) if made.cls.startswith("ConvLSTM") else 2
        if len(node.initial_state) > len(states_of(made)):
            return True
        if any(ranks.get(name, rank) != rank for name in node.initial_state):
            return True
        # A ConvLSTM stretches a state of other frames, and gives them; Keras infers its own.
        layer = next((one for one in found.layers if one.name == node.name), None)
        if layer is not None and rank > 2 and _is_inferred_wrongly(layer):
            return True
    return False
