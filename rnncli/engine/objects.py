"""KerasObject → an instance of its Keras class; only public classes are used."""

from __future__ import annotations

from typing import Any

from rnncli.model.graph import KerasObject
from rnncli.model.tensor_names import is_model


def instantiate(keras_object: KerasObject, with_states: bool = True) -> Any:
    """Creates a Keras object with its arguments.

    ``with_states`` makes recurrent layers return their states even if the config does not: this
    changes no values, and the report can show all states.
    """
    import keras

    if is_model(keras_object):
        from rnncli.engine.nested import keras_model

        return keras_model(keras_object, with_states)
    cls = getattr(getattr(keras, keras_object.family), keras_object.cls)
    is_layer = keras_object.family == "layers"
    inner_states = with_states and not (is_layer and _hands_on_no_states(keras_object, cls))
    arguments = {name: _made(value, inner_states) for name, value in keras_object.arguments.items()}
    if is_layer:
        arguments["name"] = keras_object.name
        if with_states and issubclass(cls, keras.layers.RNN):
            arguments["return_state"] = True
    return cls(**arguments)


def _hands_on_no_states(keras_object: KerasObject, cls: Any) -> bool:
    """Returns whether a wrapper cannot wrap a layer that returns states.

    TimeDistributed takes a single tensor; a stateful Bidirectional fails on returned states.
    """
    import keras

    if issubclass(cls, keras.layers.Bidirectional):
        return bool(keras_object["layer"]["stateful"])
    return issubclass(cls, keras.layers.TimeDistributed)


def _made(value: Any, with_states: bool) -> Any:
    if isinstance(value, KerasObject):
        return instantiate(value, with_states)
    if isinstance(value, list):
        return [_made(item, with_states) for item in value]
    return value
