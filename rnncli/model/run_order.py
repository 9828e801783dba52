"""The order in which a Keras model runs its layers: the farthest from the outputs first.

It differs from the order of the config. It matters where a layer changes what another layer reads,
as MultiHeadAttention does with masks (``keras.ops.Function``). ``model.layers`` has nearly the same
order, by which files number the layers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rnncli.model.graph import Model


def run_order(model: Model) -> list[int]:
    """The indices of the model's layers in the order in which Keras runs them.

    The depth of a layer is the longest path from it to an output. Of layers of equal depth, the one
    that is met first on the way back from the outputs runs first. A layer that is called several
    times has the depth of its deepest call so far.
    """
    parents, ends = _graph(model)
    order, _ = _from_inputs_on([*ends, *range(len(parents))], parents)
    depths, _ = _depths(model, parents, order)
    return sorted(depths, key=lambda place: -depths[place])


def layer_order(model: Model) -> list[int]:
    """The indices of the nodes that make the layers of ``model.layers``, in its order.

    Layers of equal depth are in the order in which they are met on the way back from the outputs.
    Layers that no output depends on are not among them.
    """
    parents, ends = _graph(model)
    order, entered = _from_inputs_on(ends, parents)
    _, deepest = _depths(model, parents, order)
    met: dict[str, None] = {}
    for place in entered:
        node = model.nodes[place]
        met.setdefault(node.shared_with or node.layer.name)
    places = {node.layer.name: place for place, node in enumerate(model.nodes)}
    return [places[name] for name in sorted(met, key=lambda name: -deepest[name])]


def _graph(model: Model) -> tuple[list[list[int]], list[int]]:
    """The indices of what each node reads, and of the nodes that outputs are from."""
    places = {node.layer.name: place for place, node in enumerate(model.nodes)}
    parents = [
        [places[ref.node] for ref in node.reads if ref.node in places] for node in model.nodes
    ]
    ends = [places[ref.node] for ref in model.outputs if ref.node in places]
    return parents, ends


def _depths(
    model: Model, parents: Sequence[Sequence[int]], order: Sequence[int]
) -> tuple[dict[int, int], dict[str, int]]:
    """The depths of nodes, and of layers by the names under which they are made."""
    depths: dict[int, int] = {}
    deepest: dict[str, int] = {}
    for place in reversed(order):
        node = model.nodes[place]
        layer = node.shared_with or node.layer.name
        depth = max(depths.setdefault(place, 0), deepest.get(layer, 0))
        deepest[layer] = depths[place] = depth
        for parent in parents[place]:
            depths[parent] = max(depth + 1, depths.get(parent, 0))
    return depths, deepest


def _from_inputs_on(
    ends: Iterable[int], parents: Sequence[Sequence[int]]
) -> tuple[list[int], list[int]]:
    """The indices of the nodes in depth-first order from these ends: each after what it reads, and
    each before it."""
    order: list[int] = []
    entered: dict[int, None] = {}
    for end in ends:
        if end in entered:
            continue
        entered[end] = None
        path = [(end, iter(parents[end]))]
        while path:
            place, above = path[-1]
            parent = next((place for place in above if place not in entered), None)
            if parent is None:
                order.append(place)
                path.pop()
            else:
                entered[parent] = None
                path.append((parent, iter(parents[parent])))
    return order, [*entered]
