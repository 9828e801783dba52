"""Cases judged in processes of their own: one that TensorFlow ends does not end the run."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any

from tests.judge.case import Case
from tests.judge.verdict import Disagreement

#: How many cases a process judges before a fresh one takes its place, which frees its memory.
CHUNK = 400
#: How long one case may take before it counts as hung.
PATIENCE = 120.0


def work(seed: int, numbers: list[int], pipe: Connection) -> None:
    """Judge these cases, and say of each when it begins, what was planned, and what came of it."""
    from tests.judge import quiet

    quiet.prepare()
    from tests.judge.judging import judge_number

    for number in numbers:
        pipe.send(("begins", number))
        outcome = judge_number(seed, number, lambda case, plan: pipe.send(("planned", case, plan)))
        pipe.send(("ends", outcome))
    pipe.send(("done",))


@dataclass
class _Worker:
    process: Any
    pipe: Connection
    left: list[int]
    since: float
    case: Case | None = None
    refused: bool = False


def _start(seed: int, numbers: list[int]) -> _Worker:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=work, args=(seed, numbers, there), daemon=True)
    process.start()
    there.close()
    return _Worker(process, here, list(numbers), time.monotonic())


def outcomes(seed: int, numbers: list[int], jobs: int) -> Iterator[Any]:
    """What came of every case, in the order in which they end."""
    chunk = max(1, min(CHUNK, -(-len(numbers) // jobs)))
    waiting = [numbers[i : i + chunk] for i in range(0, len(numbers), chunk)]
    running = [_start(seed, waiting.pop(0)) for _ in range(min(jobs, len(waiting)))]
    while running:
        wait([worker.pipe for worker in running], timeout=5)
        for worker in list(running):
            over = False
            while worker.pipe.poll():
                try:
                    sent = worker.pipe.recv()
                except EOFError:
                    yield _ended(worker)
                    over = True
                    break
                if sent[0] == "done":
                    over = True
                    break
                yield from _received(worker, sent)
            if not over and time.monotonic() - worker.since > PATIENCE:
                worker.process.kill()
            if over:
                running.remove(worker)
                worker.process.join()
                rest = worker.left or (waiting.pop(0) if waiting else [])
                if rest:
                    running.append(_start(seed, rest))


def _received(worker: _Worker, sent: Any) -> Iterator[Any]:
    worker.since = time.monotonic()
    if sent[0] == "begins":
        worker.case, worker.refused = None, False
    elif sent[0] == "planned":
        worker.case = sent[1]
        worker.refused = any(one["severity"] == "error" for one in sent[2]["problems"])
    else:
        worker.left.remove(sent[1].number)
        yield sent[1]


def _ended(worker: _Worker) -> Any:
    """A process that is gone took its case with it: a model that Keras cannot run."""
    from tests.judge.outcome import Outcome

    number = worker.left.pop(0)
    worker.process.join()
    ended = f"ended the process ({worker.process.exitcode})"
    if worker.case is None:
        problems = [Disagreement("ended", "drawing", "", ended)]
    elif worker.refused:
        problems = []
    else:
        problems = [Disagreement("accepted", "process", "no error", ended)]
    return Outcome(number, worker.case or Case(()), False, worker.refused, problems)
