"""The order of a model's layers: that of ``model.layers`` of the same graph in Keras."""

from __future__ import annotations

import random

import pytest

from rnncli.config import parse, text_of
from rnncli.engine.whole_model import whole_model
from rnncli.model.binding import bind
from rnncli.model.run_order import layer_order
from rnncli.problems import Source


def random_graph(seed):
    """A config of layers that read one or two others, some called again, some not read."""
    generator = random.Random(seed)
    names, layers = ["input"], []
    for number in range(generator.randrange(3, 10)):
        kind = generator.random()
        name = f"layer_{number}"
        if kind < 0.3:
            inbound = generator.choices(names, k=generator.choice([2, 2, 3]))
            layers.append({"Add": None, "name": name, "from": inbound})
        elif kind < 0.45 and any("Dense" in layer for layer in layers):
            used = generator.choice([layer["name"] for layer in layers if "Dense" in layer])
            layers.append({"use": used, "name": name, "from": generator.choice(names)})
        else:
            layers.append({"Dense": 4, "name": name, "from": generator.choice(names)})
        names.append(name)
    outputs = generator.sample(names[1:], generator.choice([1, 1, 2]))
    return {"input": [4], "layers": layers, "outputs": outputs}


@pytest.mark.parametrize("seed", range(60))
def test_the_order_of_layers(keras, seed):
    config = random_graph(seed)
    model = bind(parse(Source("model.yaml", text_of("model.yaml", config))))
    whole = whole_model(model)
    expected = [layer.name for layer in whole.layers if layer.name != "input"]
    assert [model.nodes[place].layer.name for place in layer_order(model)] == expected
