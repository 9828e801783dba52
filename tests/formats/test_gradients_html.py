"""The page of gradients: whole, small whatever is measured, safe, and readable by everyone."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise

import pytest

from rnncli.experiments.gradients import GradientsReport
from rnncli.formats.gradients_html import render
from rnncli.report.gradients import GradientCheck, LayerGradients, WeightGradient
from rnncli.report.report import Versions
from tests.browser import Tags, assert_calm, assert_whole, browser

__all__ = ["browser"]
ATTACK = "</title></svg><img src=x onerror=alert(1)><script>alert(2)</script>"


def layer(steps=12, **changes):
    """The gradients at an LSTM, which halve in each step back; the last c is not connected."""
    logs = tuple([-0.301 * (steps - step) for step in range(1, steps + 1)])
    fields = {
        "name": "lstm", "cls": "LSTM", "direction": None, "compared_as": None, "length": steps,
        "seed": 0, "steps": steps, "padded": 0, "calls": 1, "state": "h", "log10_ratio": logs[0],
        "half_life": 1.0, "verdict": "fades",
        "norms": {"h": tuple([10.0**log for log in logs]), "c": (*[0.0] * (steps - 1), None)},
        "log10_norms": {"h": logs, "c": (None,) * steps},
    }  # fmt: skip
    return LayerGradients(**{**fields, **changes})


def gradients(*layers, seeds=(0,), name="model"):
    return GradientsReport(
        name=name, source="model.yaml", versions=Versions(rnncli="0", python="3"), loss="last",
        batch=1, seeds=seeds, layers=layers,
        weights=(WeightGradient(layer="lstm", name="kernel", shape=(3, 4), compared_as=None,
                                length=12, seed=0, norm=0.5, log10_norm=-0.3),),
        check=GradientCheck(compared=3, largest_difference=0.0, replay_difference=0.0,
                            agrees=True),
    )  # fmt: skip


COMPARED = [
    layer(300, compared_as=cls, cls=cls, seed=seed, name=name)
    for name in ("lstm", "lstm_1") for cls in ("SimpleRNN", "GRU", "LSTM") for seed in range(3)
]  # fmt: skip
MEASURED = {
    "short": lambda: gradients(layer()),
    "seeds": lambda: gradients(*COMPARED, seeds=(0, 1, 2)),
    "long": lambda: gradients(*[layer(10_000, name=f"lstm_{number}") for number in range(40)]),
}


@cache
def page_of(name):
    return render(MEASURED[name]())


@pytest.mark.parametrize("name", MEASURED)
def test_it_is_small_whole_and_loads_nothing(name):
    assert_whole(page_of(name))


def test_a_column_has_the_numbers_of_its_step():
    assert "<title>step 10\nh: 10^-0.6\nc: 0</title>" in page_of("short")
    assert "<title>step 12\nh: 10^0.0\nc: not connected</title>" in page_of("short")
    assert "steps 1-5\nSimpleRNN: 10^-89 (10^-89 to 10^-89)" in page_of("seeds")
    assert "a column is the mean of up to 5 steps." in page_of("seeds")
    assert "Curves of more than 24 layers are left out" in page_of("long")


def test_a_curve_goes_through_its_powers_of_ten():
    """The highest power is at the top, the lowest below, and a straight line is straight."""
    (path,) = re.findall(r'class="curve l0" d="(M[^"]*L[^"]*)"', page_of("short"))
    points = [tuple(map(float, part.replace("h0", "").split())) for part in path[1:].split("L")]
    assert len(points) == 12
    falls = [after[1] - before[1] for before, after in pairwise(points)]
    assert all(fall == pytest.approx(falls[0], abs=0.11) for fall in falls)
    assert falls[0] < 0


def test_text_of_a_user_is_text():
    tags = Tags(render(gradients(layer(name=ATTACK), name=ATTACK)))
    assert [tag for tag, _ in tags.found].count("script") == 1
    assert "img" not in {tag for tag, _ in tags.found}


def test_a_notebook_shows_it_and_a_model_with_errors_too():
    assert gradients(layer())._repr_html_().startswith('<div class="rnncli">')
    assert "<svg" not in gradients()._repr_html_()


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["short", "seeds"])
def test_it_is_calm_and_accessible_in_a_browser(name, scheme, browser, tmp_path):
    assert_calm(page_of(name), scheme, browser, tmp_path)
