"""All families of cases: a new one is one line here."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.conformance import (
    attention,
    categories,
    conv_lstm,
    images,
    normalizing,
    operations,
    plain,
    quantized,
    recurrent,
    spectrograms,
    windows,
)
from tests.conformance.calls import calls_of
from tests.conformance.drawing import Strategy
from tests.conformance.graphs import graphs
from tests.conformance.stacks import stacks

SINGLE: dict[str, Strategy] = {
    **recurrent.CASES,
    **conv_lstm.CASES,
    **plain.CASES,
    **normalizing.CASES,
    **windows.CASES,
    **images.CASES,
    **spectrograms.CASES,
    **categories.CASES,
    **attention.CASES,
    **quantized.CASES,
}
CALLS = calls_of(SINGLE)
OPERATIONS: Strategy = st.one_of([*operations.CASES.values()])
STACKS = stacks(SINGLE)
GRAPHS = graphs(SINGLE)
ALL: Strategy = st.one_of(
    [
        *SINGLE.values(),
        *operations.CASES.values(),
        *CALLS.values(),
        *[STACKS, GRAPHS] * (len(SINGLE) // 6),
    ]
)


def named() -> dict[str, Strategy]:
    """Every family of cases by the name to ask for it."""
    families = {
        "operations": OPERATIONS,
        "calls": st.one_of([*CALLS.values()]),
        "stacks": STACKS,
        "graphs": GRAPHS,
    }
    return {**SINGLE, **CALLS, **operations.CASES, **families}
