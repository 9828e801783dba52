from __future__ import annotations

import os

import pytest

from rnncli.engine.errors import EngineMissing
from rnncli.engine.output_capture import captured_output


def chatter() -> None:
    os.write(1, b"to descriptor 1\n")
    os.write(2, b"to descriptor 2\n")


def test_nothing_is_heard(capfd):
    with captured_output():
        chatter()
    assert capfd.readouterr() == ("", "")


def test_all_is_heard_with_verbose(capfd):
    with captured_output(verbose=True):
        chatter()
    heard = capfd.readouterr()
    assert "descriptor 1" in heard.out
    assert "descriptor 2" in heard.err


def test_what_was_held_is_told_when_it_fails(capfd):
    with pytest.raises(RuntimeError), captured_output():
        chatter()
        raise RuntimeError
    heard = capfd.readouterr()
    assert "descriptor 1" in heard.err
    assert "descriptor 2" in heard.err


def test_where_there_is_no_keras_the_error_says_all(capfd):
    with pytest.raises(EngineMissing), captured_output():
        chatter()
        raise EngineMissing("tensorflow is not installed", "pip install tensorflow")
    assert capfd.readouterr() == ("", "")


def test_an_interrupt_is_no_failure(capfd):
    with pytest.raises(KeyboardInterrupt), captured_output():
        chatter()
        raise KeyboardInterrupt
    assert capfd.readouterr() == ("", "")


def test_the_streams_work_again_afterwards(capfd):
    with captured_output():
        chatter()
    os.write(1, b"heard\n")
    assert capfd.readouterr().out == "heard\n"
