"""Arrays as earlier versions of Keras stored them → the arrays of the same layer in Keras 3.

The number of arrays and their shapes tell the form: cuDNN's layers have twice the biases, and
Keras 1 kept an array for each gate. Arrays in the form of Keras 3 are returned unchanged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

# An array, or a variable of a layer; both have a shape.
Arrays = Sequence[Any]

# The gates of Keras 1 in the order in which their arrays were stored, and in that of a kernel.
_GATES = {"GRU": ("zrh", "zrh"), "LSTM": ("icfo", "ifco"), "ConvLSTM2D": ("icfo", "ifco")}
_CUDNN_GATES = {"GRU": 3, "LSTM": 4}
# How the axes of a kernel of Keras 1 come into Keras 3's order, filters last. Theano's layout had
# filters and channels first, and a kernel along one axis of space had a second one of size 1.
_AXES: Mapping[str, tuple[tuple[int, ...], ...]] = {
    "Conv1D": ((0, 1, 2, 3), (2, 3, 1, 0)),
    "Conv2D": ((2, 3, 1, 0),),
    "Conv2DTranspose": ((0, 1, 3, 2), (2, 3, 0, 1)),
    "Conv3D": ((2, 3, 4, 1, 0),),
    "ConvLSTM2D": ((2, 3, 1, 0),),
}


def in_keras_3(layer: Any, arrays: Arrays, backend: str | None = None) -> list[Any]:
    """Returns the stored arrays of a built layer in the order and form of its ``weights``.

    ``backend`` is what Keras computed on when it stored them.
    """
    import keras

    if isinstance(layer, keras.layers.Bidirectional):
        half = len(arrays) // 2
        return [
            *in_keras_3(layer.forward_layer, arrays[:half], backend),
            *in_keras_3(layer.backward_layer, arrays[half:], backend),
        ]
    if isinstance(layer, keras.layers.Wrapper):
        return in_keras_3(layer.layer, arrays, backend)
    if isinstance(layer, keras.Model):
        return _of_model(layer, arrays, backend)
    name = type(layer).__name__
    arrays = _joined(name, arrays)
    if name in _CUDNN_GATES:
        arrays = _without_cudnn(name, arrays)
    if name in _AXES:
        count = 2 if name == "ConvLSTM2D" else 1
        kernels = [
            _kernel(name, kernel, tuple(weight.shape))
            for kernel, weight in zip(arrays[:count], layer.weights, strict=False)
        ]
        # Theano runs a kernel backwards.
        flip = backend == "theano"
        arrays = [*(_flipped(kernel) if flip else kernel for kernel in kernels), *arrays[count:]]
    return list(arrays)


def _of_model(model: Any, arrays: Arrays, backend: str | None) -> list[Any]:
    """Returns the arrays of a model inside a wrapper: those of its layers, one after another."""
    if len(arrays) != len(model.weights):
        return list(arrays)
    left = list(arrays)
    fitted: list[Any] = []
    for layer in model.layers:
        count = len(layer.weights)
        fitted += in_keras_3(layer, left[:count], backend)
        left = left[count:]
    return fitted


def _joined(name: str, arrays: Arrays) -> Arrays:
    """Joins the arrays of the gates: a kernel, a recurrent kernel and a bias of each."""
    import numpy as np

    stored, ordered = _GATES.get(name, ("", ""))
    if not stored or len(arrays) != 3 * len(stored):
        return arrays
    positions = [3 * stored.index(gate) for gate in ordered]
    return [
        np.concatenate([arrays[position + part] for position in positions], axis=-1)
        for part in range(3)
    ]


def _without_cudnn(name: str, arrays: Arrays) -> Arrays:
    """Returns the arrays of CuDNNLSTM or CuDNNGRU as those of LSTM or GRU(reset_after=True).

    cuDNN reads each gate's kernel as a matrix of units × inputs, row by row, and adds one bias
    to the inputs and one to the state.
    """
    gates = _CUDNN_GATES[name]
    if len(arrays) != 3:
        return arrays
    kernel, recurrent, bias = arrays
    units = recurrent.shape[0]
    if tuple(bias.shape) != (2 * gates * units,):
        return arrays
    halves = bias.reshape(2, gates * units)
    return [
        _by_gate(kernel, gates, _transposed),
        _by_gate(recurrent, gates, _transposed),
        halves if name == "GRU" else halves.sum(axis=0),
    ]


def _by_gate(kernel: Any, gates: int, change: Callable[[Any], Any]) -> Any:
    import numpy as np

    return np.concatenate([change(block) for block in np.split(kernel, gates, axis=-1)], axis=-1)


def _transposed(block: Any) -> Any:
    inputs, units = block.shape
    return block.reshape(units, inputs).T


def _kernel(name: str, kernel: Any, shape: tuple[int, ...]) -> Any:
    """Returns a kernel with its axes in the order of Keras 3, which has this shape."""
    if tuple(kernel.shape) == shape:
        return kernel
    for axes in _AXES[name]:
        if kernel.ndim == len(axes):
            ordered = kernel.transpose(axes)
            ordered = ordered[:, 0] if name == "Conv1D" else ordered
            if tuple(ordered.shape) == shape:
                return ordered
    return kernel


def _flipped(kernel: Any) -> Any:
    """Returns a kernel backwards along its axes of space, which are all but the last two."""
    import numpy as np

    return np.flip(kernel, axis=tuple(range(kernel.ndim - 2)))
