from __future__ import annotations

import json
from importlib.resources import files

from rnncli.keras_api.argument_kinds import kind_of
from rnncli.keras_api.signatures import signatures
from rnncli.layers.catalogue import RULES


def test_the_shipped_data_is_what_the_generator_writes(keras):
    from rnncli.engine.dump_signatures import collect

    shipped = json.loads(files("rnncli.keras_api").joinpath("signatures.json").read_text())
    assert collect() == shipped


def test_an_activation_that_is_named_computes_on_a_tensor(keras):
    for name in signatures().identifiers["activations"]:
        x = keras.Input([4])
        assert keras.layers.Activation(name)(x).shape[0] is None, name


def test_every_rule_is_of_a_layer_that_keras_has():
    assert set(RULES) <= set(signatures().layers)


def test_every_default_is_of_its_arguments_kind():
    for cls in RULES:
        for name, parameter in signatures().layers[cls].arguments.items():
            default = parameter.default
            if parameter.required or default is None:
                continue
            kind = kind_of(cls, name, parameter)
            if isinstance(default, str) and kind.words:
                known = [word.lower() for word in signatures().identifiers[kind.words]]
                assert default.lower() in known, (cls, name)
            elif name != "use_cudnn":
                assert kind.fits(default), (cls, name)
                assert kind.allowed(default), (cls, name)
