"""The order in which a Keras model runs its layers: the farthest from the outputs first.

It differs from the order of the config. It matters where a layer changes what another layer reads,
as MultiHeadAttention does with masks (``keras.ops.Function``).
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
    places = {node.layer.name: place for place, node in enumerate(model.nodes)}
    parents = [
        [places[ref.node] for ref in node.reads if ref.node in places] for node in model.nodes
    ]
    ends = [places[ref.node] for ref in model.outputs if ref.node in places]
    depths: dict[int, int] = {}
    deepest: dict[str, int] = {}
    for place in reversed(_from_inputs_on([*ends, *range(len(parents))], parents)):
        node = model.nodes[place]
        layer = node.shared_with or node.layer.name
        depth = max(depths.setdefault(place, 0), deepest.get(layer, 0))
        deepest[layer] = depths[place] = depth
        for parent in parents[place]:
            depths[parent] = max(depth + 1, depths.get(parent, 0))
    return sorted(depths, key=lambda place: -depths[place])


def _from_inputs_on(ends: Iterable[int], parents: Sequence[Sequence[int]]) -> list[int]:
    """The indices of the layers in depth-first order from these ends: each after what it reads."""
    order: list[int] = []
    entered: set[int] = set()
    for end in ends:
        if end in entered:
            continue
        entered.add(end)
        path = [(end, iter(parents[end]))]
        while path:
            place, above = path[-1]
            parent = next((place for place in above if place not in entered), None)
            if parent is None:
                order.append(place)
                path.pop()
            else:
                entered.add(parent)
                path.append((parent, iter(parents[parent])))
    return order
