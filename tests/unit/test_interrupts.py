"""Ctrl-C raises at once in Python and waits for compiled calls, inside which an exception would be lost."""

import signal
import sys
import time
from pathlib import Path

import pytest

from jobs.interrupts import interrupt, mind_compiled_code


@pytest.fixture
def handler():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    mind_compiled_code()
    yield signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, before)


def frame_of_a_file(name):
    """Return the frame of a function that was called in a file of that name."""
    told = []
    code = "def called():\n    told.append(sys._getframe())\ncalled()\n"
    exec(compile(code, str(name), "exec"), {"told": told, "sys": sys})
    return told[0]


def test_an_interrupt_in_python_raises_at_once(handler):
    with pytest.raises(KeyboardInterrupt):
        handler(signal.SIGINT, sys._getframe())
    with pytest.raises(KeyboardInterrupt):
        handler(signal.SIGINT, None)


def test_an_interrupt_inside_a_compiled_call_comes_when_the_call_has_returned(handler):
    inside = frame_of_a_file(Path("site-packages") / "numba" / "serialize.py")
    handler(signal.SIGINT, inside)
    with pytest.raises(KeyboardInterrupt):
        time.sleep(20)  # ended by the signal that is sent again


def test_a_name_that_only_resembles_the_compiler_does_not_delay_anything(handler):
    with pytest.raises(KeyboardInterrupt):
        handler(signal.SIGINT, frame_of_a_file(Path("work") / "numbat" / "x.py"))


def test_a_process_told_to_ignore_the_signal_goes_on_ignoring_it():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        mind_compiled_code()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_the_handler_is_the_one_that_minds_compiled_code(handler):
    assert handler is interrupt
