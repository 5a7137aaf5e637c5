"""An interrupt comes between two things, never in the middle of one; a second one is not held back."""

import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress

import pytest

from aelib.interrupts import Interrupts, held_back


def interrupt():
    os.kill(os.getpid(), signal.SIGINT)


@contextmanager
def not_stopped():
    """Have an interrupt that is not held back fail the test; pytest itself would end with it."""
    try:
        yield
    except KeyboardInterrupt:
        pytest.fail("It came in the middle.")


@pytest.fixture(autouse=True)
def usual_handler():
    """Handle an interrupt as Python does by itself, and afterwards as the tests did."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_without_an_interrupt_none_has_come_and_all_is_as_before():
    with Interrupts() as interrupts:
        assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    assert not interrupts.came
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_interrupt_is_noted_and_stops_nothing():
    done = []
    with not_stopped(), Interrupts() as interrupts:
        interrupt()
        done.append("the rest")
        assert interrupts.came
    assert done == ["the rest"] and interrupts.came
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_second_interrupt_stops_at_once():
    done = []
    with pytest.raises(KeyboardInterrupt), Interrupts() as interrupts:
        interrupt()
        done.append("first")
        interrupt()
        done.append("second")
    assert done == ["first"] and interrupts.came
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_after_an_error_the_handler_is_the_one_before():
    def of_somebody(*_):
        pass

    signal.signal(signal.SIGINT, of_somebody)
    with pytest.raises(ZeroDivisionError), Interrupts():
        _ = 1 / 0
    assert signal.getsignal(signal.SIGINT) is of_somebody


@pytest.mark.parametrize("handler", [signal.SIG_IGN, signal.SIG_DFL])
def test_where_python_does_not_handle_interrupts_nothing_changes(handler):
    signal.signal(signal.SIGINT, handler)
    with not_stopped(), Interrupts() as interrupts:
        assert signal.getsignal(signal.SIGINT) == handler
        if handler == signal.SIG_IGN:  # the other would end the process
            interrupt()
    assert not interrupts.came and signal.getsignal(signal.SIGINT) == handler
    if handler == signal.SIG_IGN:
        with not_stopped(), held_back():
            interrupt()


def test_in_another_thread_nothing_changes():
    seen = []

    def work():
        with Interrupts() as interrupts, held_back():
            seen.append(signal.getsignal(signal.SIGINT))
        seen.append(interrupts.came)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [signal.default_int_handler, False]


def test_what_is_held_back_comes_when_the_block_is_done():
    done = []
    with pytest.raises(KeyboardInterrupt):
        with held_back():
            interrupt()
            done.append("the rest")
        done.append("what follows")
    assert done == ["the rest"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_error_in_what_is_held_back_is_told():
    with pytest.raises(ZeroDivisionError), held_back():
        _ = 1 / 0
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_within_a_training_what_was_held_back_is_noted_there():
    done = []
    with not_stopped(), Interrupts() as interrupts:
        with held_back():
            interrupt()
            done.append("the import")
        done.append("the step")
        assert interrupts.came
    assert done == ["the import", "the step"]


def test_the_handler_of_somebody_else_gets_what_was_held_back():
    got = []
    signal.signal(signal.SIGINT, lambda *_: got.append("an interrupt"))
    with not_stopped(), held_back():
        interrupt()
        assert got == []
    assert got == ["an interrupt"]


IMPORTS = """
import os, signal, sys, types
from aelib.interrupts import held_back

class Interrupted:
    def find_spec(self, name, path=None, target=None):
        if name == "json":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupted())
sys.modules.pop("json", None)
try:
    with held_back():
        import json
        json.loads("1")
except KeyboardInterrupt:
    print("after the import", json.loads("2"))
"""


def test_an_import_is_not_left_half_done():
    process = subprocess.run([sys.executable, "-c", IMPORTS], capture_output=True, text=True)
    assert process.stdout == "after the import 2\n", process.stderr


def test_an_interrupt_is_not_lost_where_the_block_fails():
    with pytest.raises(KeyboardInterrupt), suppress(ImportError), held_back():
        os.kill(os.getpid(), signal.SIGINT)
        raise ImportError
