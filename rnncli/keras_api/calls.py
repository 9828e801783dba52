"""What Keras takes when it is called: a layer's call, and the functions of ``keras.ops``.

The data is written by ``python -m rnncli.engine.dump_calls``.
"""

from __future__ import annotations

from functools import cache
from pkgutil import get_data

import msgspec

from rnncli.keras_api.signatures import Parameter, Signature


class Calls(msgspec.Struct, frozen=True):
    """The arguments of calls in one version of Keras.

    ``layers`` has those of each layer's call behind the tensors that it always reads; ``reads``
    has the names of these tensors, where a layer does not read just ``inputs``. ``functions`` has
    the signatures of ``ops.mean``, ``random.normal`` and others. ``masked`` are the layers that
    take a mask and hand one on; at any other, a mask ends.
    """

    keras: str
    reads: dict[str, tuple[str, ...]]
    layers: dict[str, dict[str, Parameter]]
    masked: frozenset[str]
    functions: dict[str, Signature]


@cache
def calls() -> Calls:
    """The shipped data; read once, on first use."""
    data = get_data("rnncli.keras_api", "calls.json")
    assert data is not None
    return msgspec.json.decode(data, type=Calls)
