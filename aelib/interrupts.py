"""Let an interrupt (Ctrl-C, a notebook's Stop) come between two things, never in the middle of one."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Interrupts:
    """Takes note of interrupts while the block of its ``with`` runs; ``came`` says whether there was one.

    A second interrupt is not held back: it raises ``KeyboardInterrupt`` wherever the program is. Outside the main
    thread, which alone gets them, and where they are ignored, nothing changes.
    """

    def __init__(self) -> None:
        self.came = False
        self._before = None

    def __enter__(self) -> "Interrupts":  # noqa: D105
        handler = signal.getsignal(signal.SIGINT)
        if callable(handler) and threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, *_: object) -> None:  # noqa: D105
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def _note(self, *_: object) -> None:
        if self.came:
            raise KeyboardInterrupt
        self.came = True


@contextmanager
def held_back() -> Iterator[None]:
    """Let an interrupt wait until the block is done, such as an import, which would leave half a module behind.

    Then it comes as it would have: as ``KeyboardInterrupt``, or, within ``Interrupts``, as something to take note of.
    """
    interrupts = Interrupts()
    try:
        with interrupts:
            yield
    finally:
        if interrupts.came:
            signal.raise_signal(signal.SIGINT)
