"""A function of tensors as the engine's own graph: TensorFlow's, or one that jax compiles.

The other engines have none, and call the function as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from rnncli.engine.passing import BuiltModel

Function = Callable[..., Any]


def graph(function: Function, built: BuiltModel) -> Function:
    """A function of tensors, which calls these layers, as a graph.

    It is traced once for all tensors of a shape.
    """
    import keras

    engine = keras.config.backend()
    if engine == "tensorflow":
        return _of_tensorflow(function)
    if engine == "jax" and all(layer.supports_jit for layer in built.flat_layers()):
        return _of_jax(function, built)
    return _without_gradients(function) if engine == "torch" else function


def has_graphs() -> bool:
    """Whether the engine makes graphs, as ``model.predict`` then does."""
    import keras

    return keras.config.backend() in ("tensorflow", "jax")


@contextmanager
def steps_traced_once(built: BuiltModel) -> Iterator[None]:
    """TimeDistributed calls its layer for each step: meanwhile every call is one of one graph."""
    import keras

    steps: Iterable[Any] = ()
    if keras.config.backend() == "tensorflow":
        import tensorflow as tf

        steps = {id(layer): layer for layer in _called_for_each_step(built)}.values()
        for layer in steps:
            # A graph of many calls stays small where they are not unfolded into it.
            vars(layer)["call"] = tf.function(
                layer.call, autograph=False, experimental_attributes={"_noinline": True}
            )
    try:
        yield
    finally:
        for layer in steps:
            vars(layer).pop("call", None)


def _of_tensorflow(function: Function) -> Function:
    import tensorflow as tf

    traced = tf.function(function, autograph=False)

    def run(*arguments: Any) -> Any:
        with _unimproved():
            return traced(*arguments)

    return run


@contextmanager
def _unimproved() -> Iterator[None]:
    """Graphs run as they were traced: to improve one takes longer than to run it once."""
    import tensorflow as tf

    options = tf.config.optimizer
    before = options.get_experimental_options()
    options.set_experimental_options({"disable_meta_optimizer": True})
    try:
        yield
    finally:
        options.set_experimental_options({"disable_meta_optimizer": False, **before})


def _of_jax(function: Function, built: BuiltModel) -> Function:
    """What a function changes of the layers' variables goes in and out, as jax has it."""
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
    """The layers that a TimeDistributed holds, wherever it stands."""
    import keras

    return (
        layer.layer
        for layer in built.flat_layers()
        if isinstance(layer, keras.layers.TimeDistributed)
    )
