"""One case, from its number to what plan and Keras disagree in."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.judge import as_yaml
from tests.judge.case import Case
from tests.judge.drawing.draw import case_of, stateful
from tests.judge.outcome import Outcome
from tests.judge.truth import BATCH, Truth, truth
from tests.judge.verdict import Disagreement, verdict


def planned(case: Case) -> dict[str, Any]:
    """The plan, as JSON prints it."""
    import msgspec

    import rnncli

    texts = as_yaml.files(case)
    with tempfile.TemporaryDirectory() as folder:
        for name, text in texts.items():
            (Path(folder) / name).write_text(text)
        spec = rnncli.load(Path(folder) / "model.yaml")
    unset = case.batch is None and stateful(case)
    report = rnncli.plan(
        spec,
        batch=None if unset else case.batch or BATCH,
        length=case.inputs[0].size if case.inputs else 10,
    )
    document = json.loads(msgspec.json.encode(report))
    assert isinstance(document, dict)
    return document


def judge(
    case: Case, model: Any = None, number: int = 0, tell: Callable[[Case, Any], None] | None = None
) -> Outcome:
    times = {}
    start = time.perf_counter()
    try:
        plan = planned(case)
    except Exception as error:  # noqa: BLE001 a traceback is what is looked for
        return Outcome(number, case, False, False,
                       [Disagreement("crash", "plan", repr(error)[:500], "")])  # fmt: skip
    times["plan"] = time.perf_counter() - start
    if tell is not None:
        tell(case, plan)
    start = time.perf_counter()
    refused = any(one["severity"] == "error" for one in plan["problems"])
    real: Truth = truth(case, model)
    if real.build_error and not refused and case.batch is None:
        # A plan is one for a batch, which may be the size of an axis that Keras has to know.
        settled = truth(replace(case, batch=BATCH))
        real = real if settled.build_error else settled
    times["truth"] = time.perf_counter() - start
    return Outcome(number, case, real.runs, refused, verdict(plan, real), times,
                   broken=model is None)  # fmt: skip


def judge_number(
    seed: int, number: int, tell: Callable[[Case, Any], None] | None = None
) -> Outcome:
    start = time.perf_counter()
    case, model = case_of(seed, number)
    drawn = time.perf_counter() - start
    outcome = judge(case, model, number, tell)
    outcome.seconds["draw"] = drawn
    return outcome
