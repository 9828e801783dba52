"""Reshape counts the elements of a sample, not those of the batch."""

from __future__ import annotations


def test_the_batch_is_not_counted(planned):
    text = "input: [4, 3]\nlayers:\n  - Reshape: {target_shape: [6, 2]}\n"
    assert planned(text, batch=5).problems == ()
    (problem,) = planned(text.replace("6, 2", "-1, 5"), batch=5).problems
    assert "the 12 elements" in problem.message
