"""Turns a function of tensors into a graph of the engine: TensorFlow's, or one that jax compiles.

The other engines have no graphs and call the function itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from rnncli.engine.passing import BuiltModel

Function = Callable[..., Any]


def graph(function: Function, built: BuiltModel) -> Function:
    """Returns a function of tensors that calls these layers, as a graph.

    The graph is traced once for each combination of shapes.
    """
    import keras

    engine = keras.config.backend()
    if engine == "tensorflow":
        return _of_tensorflow(function)
    if engine == "jax" and all(layer.supports_jit for layer in built.flat_layers()):
        return _of_jax(function, built)
    return _without_gradients(function) if engine == "torch" else function


def has_graphs() -> bool:
    """Returns whether the engine has graphs, which ``model.predict`` then uses."""
    import keras

    return keras.config.backend() in ("tensorflow", "jax")


@contextmanager
def steps_traced_once(built: BuiltModel) -> Iterator[None]:
    """Meanwhile, the layer that a TimeDistributed calls at each time step is traced only once."""
    import keras

    steps: Iterable[Any] = ()
    if keras.config.backend() == "tensorflow":
        import tensorflow as tf

        steps = {id(layer): layer for layer in _called_for_each_step(built)}.values()
        for layer in steps:
            # A graph of many calls stays small if they are not inlined.
            vars(layer)["call"] = tf.function(
                layer.call, autograph=False, experimental_attributes={"_noinline": True}
            )
    try:
        yield
    finally:
        for layer in steps:
            vars(layer).pop("call", None)


@contextmanager
def full_precision() -> Iterator[None]:
    """Meanwhile, a GPU multiplies matrices of float32 in float32, and not in TensorFloat-32."""
    import keras

    if keras.config.backend() != "tensorflow":
        yield
        return
    import tensorflow as tf

    config = tf.config.experimental
    before = config.tensor_float_32_execution_enabled()
    config.enable_tensor_float_32_execution(False)
    try:
        yield
    finally:
        config.enable_tensor_float_32_execution(before)


def _of_tensorflow(function: Function) -> Function:
    import tensorflow as tf

    traced = tf.function(function, autograph=False)

    def run(*arguments: Any) -> Any:
        with _unimproved():
            return traced(*arguments)

    return run


@contextmanager
def _unimproved() -> Iterator[None]:
    """Turns graph optimization off: to optimize a graph takes longer than to run it once."""
    import tensorflow as tf

    options = tf.config.optimizer
    before = options.get_experimental_options()
    options.set_experimental_options({"disable_meta_optimizer": True})
    try:
        yield
    finally:
        options.set_experimental_options({"disable_meta_optimizer": False, **before})


def _of_jax(function: Function, built: BuiltModel) -> Function:
    """Compiles a function; variables that it changes are arguments and results, as jax needs."""
    import jax
    import keras

    all_variables = [variable for layer in built.flat_layers() for variable in layer.variables]
    variables = list({id(variable): variable for variable in all_variables}.values())
    changed: list[Any] = []

    def pure(values: list[Any], arguments: tuple[Any, ...]) -> Any:
        with keras.StatelessScope(list(zip(variables, values, strict=True))) as scope:
            results = function(*arguments)
        after = [scope.get_current_value(variable) for variable in variables]
        pairs = zip(variables, values, after, strict=True)
        renewed = [(variable, new) for variable, old, new in pairs if new is not old]
        changed[:] = [variable for variable, _ in renewed]
        return results, [new for _, new in renewed]

    compiled = jax.jit(pure)

    def run(*arguments: Any) -> Any:
        results, values = compiled([variable.value for variable in variables], arguments)
        for variable, value in zip(changed, values, strict=True):
            variable.assign(value)
        return results

    return run


def _without_gradients(function: Function) -> Function:
    import torch

    def run(*arguments: Any) -> Any:
        with torch.no_grad():
            return function(*arguments)

    return run


def _called_for_each_step(built: BuiltModel) -> Iterator[Any]:
    """Returns the layers that are wrapped in a TimeDistributed, at any depth."""
    import keras

    return (
        layer.layer
        for layer in built.flat_layers()
        if isinstance(layer, keras.layers.TimeDistributed)
    )
