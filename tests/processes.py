"""New processes that start in no time, for tests that change the environment, kill, or run out of something."""

import ctypes
import multiprocessing
import resource
import sys
from concurrent.futures import ProcessPoolExecutor

# They are forked from one that has imported what is slow to import, and has done nothing else.
processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(
    ["aelib.compression", "aelib.training", "hypothesis", "PIL.Image", "pytest", "torchvision.datasets"]
)


def in_new_process(function, *arguments):
    """Call a function of a test module in a process of its own, and return or raise what it does."""
    with ProcessPoolExecutor(1, mp_context=processes) as executor:
        return executor.submit(function, *arguments).result(timeout=60)


def _growth(function, *arguments):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    result = function(*arguments)
    return result, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1000


def memory_taken(function, *arguments):
    """Call a function of a test module in a new process; return its result and the megabytes it took at most.

    In the process of the tests themselves, a peak would hide behind the higher one of an earlier test.
    """
    return in_new_process(_growth, function, *arguments)


def give_up_the_powers_of_root():
    """Let permissions bind this process, which is to be a new one, even where the tests run as root.

    To become another user would not do: where tools/offline cuts the network off, there may be none but root.
    """
    if sys.platform == "linux":
        header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # version 3 of the call, and this process
        none = (ctypes.c_uint32 * 6)()
        if ctypes.CDLL(None, use_errno=True).capset(header, none):
            raise OSError(ctypes.get_errno(), "capset")
