"""What Keras spells out in a file, folded back into what makes it."""

from __future__ import annotations

from msgspec.structs import replace

from rnncli.readers.saved import SavedCall, SavedLayer, SavedModel, SavedTensor
from rnncli.readers.translation.calls import tensors_of
from rnncli.readers.translation.masks import without_written_masks

# The operations that ``ops.arange`` is made of, from the last to the first; Sum may be left out.
_COUNTING = ("Subtract", "Cumsum", "Add", "Sum", "ZerosLike")


def folded(model: SavedModel) -> SavedModel:
    """The model, with masks that travel by themselves and positions that are counted."""
    return _with_positions(without_written_masks(model))


def _with_positions(model: SavedModel) -> SavedModel:
    """The model with ``ops.arange`` where operations count the positions along an axis."""
    layers = {layer.name: layer for layer in model.layers}
    read = [tensor for layer in model.layers for call in layer.calls for tensor in tensors_of(call)]
    times = dict.fromkeys(layers, 0)
    for tensor in [*read, *model.outputs]:
        times[tensor.layer] = times.get(tensor.layer, 0) + 1
    dropped: set[str] = set()
    counting: dict[str, SavedLayer] = {}
    for layer in model.layers:
        chain = _chain(layer, layers)
        if chain is None or any(times[inner.name] != 1 for inner in chain[1:]):
            continue
        dropped |= {inner.name for inner in chain[1:]}
        axis = next(inner.config.get("axis") for inner in chain if inner.cls == "Cumsum")
        first = next(iter(tensors_of(chain[-1].calls[0])))
        call = SavedCall((first,), {"axis": axis})
        counting[layer.name] = replace(layer, cls="arange", config={}, calls=(call,))
    if not counting:
        return model
    kept = [counting.get(layer.name, layer) for layer in model.layers if layer.name not in dropped]
    return replace(model, layers=tuple(kept))


def _chain(layer: SavedLayer, layers: dict[str, SavedLayer]) -> list[SavedLayer] | None:
    """The operations that count positions and end with this one; None if it is no such end."""
    chain: list[SavedLayer] = []
    current: SavedLayer | None = layer
    for cls in _COUNTING:
        if current is None or current.kind != "operation" or len(current.calls) != 1:
            return None
        if current.cls != cls:
            if cls == "Sum":
                continue
            return None
        numbers = [value for value in current.calls[0].arguments if type(value) is int]
        if cls in ("Subtract", "Add") and numbers != [1]:
            return None
        chain.append(current)
        read: SavedTensor | None = next(iter(tensors_of(current.calls[0])), None)
        current = layers.get(read.layer) if read else None
    is_int = chain[-1].config.get("dtype", chain[-1].calls[0].keywords.get("dtype")) == "int32"
    return chain if is_int else None
