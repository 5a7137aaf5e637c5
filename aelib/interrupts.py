"""Let an interrupt (Ctrl-C, a notebook's Stop) take effect between two steps, never in the middle of one."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Interrupts:
    """Notes interrupts while its ``with`` block runs; ``came`` says whether there was one.

    A second interrupt is not held back: it raises ``KeyboardInterrupt`` wherever the program is. Nothing changes
    outside the main thread, which alone receives interrupts, or if they are ignored.
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
    """Hold an interrupt back until the block is done, such as an import, which would leave half a module behind.

    Then it arrives as usual: as ``KeyboardInterrupt``, or, within ``Interrupts``, as something to note.
    """
    interrupts = Interrupts()
    try:
        with interrupts:
            yield
    finally:
        if interrupts.came:
            signal.raise_signal(signal.SIGINT)
