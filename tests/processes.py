"""New processes that start in no time, for tests that change the environment, kill, or run out of something."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

# They are forked from one that has imported what is slow to import, and has done nothing else.
processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["aelib.training", "hypothesis", "PIL.Image", "pytest", "torchvision.datasets"])


def in_new_process(function, *arguments):
    """Call a function of a test module in a process of its own, and return or raise what it does."""
    with ProcessPoolExecutor(1, mp_context=processes) as executor:
        return executor.submit(function, *arguments).result(timeout=60)
