"""The checks of lesson 11, scaling up, and the loop to beat in its last exercise."""

import copy
import os
import time
import weakref
from collections.abc import Callable
from functools import partial

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

from aelib import checks
from aelib.exercises.feedback import CALLED, Feedback, NotYet, compare, judged, miss, returned, stopped
from aelib.exercises.progress import exercise

PICTURES, UNSEEN = 3_000, 2_000  # to train on, and to measure on
TURNS = 2  # of each loop; the faster one counts
SHARE_OF_SECONDS = 0.5
LEAST_SHARE = 0.02  # in less time weights can only be loaded
MAY_LOSE = 0.1  # dB
FAR_BEHIND = 0.3  # dB; a second turn would not make up for that


@exercise("11.1")
def check_accumulate(accumulate: Callable) -> Feedback:
    """Exercise 11.1: a network, images, a size => the gradient of all images in .grad, from a few at a time."""
    from aelib import models

    if not callable(accumulate):
        return CALLED
    name = getattr(accumulate, "__name__", type(accumulate).__name__)
    hints = (
        "backward() adds to what is in .grad. Which factor does each part's mean loss need, so that the sum is the "
        "mean over all images? The last part may be smaller.",
        "network.zero_grad() comes first, once. Then for each part of images.split(size), call backward() on "
        "network.loss(part) * len(part) / len(images).",
    )
    for count, size, stale in ((10, 4, None), (6, 3, 0.5), (5, 1, -1.0), (9, 8, 0.1), (7, 12, 2.0)):
        network = models.DenseAutoencoder(2, (6,), (1, 4, 5), seed=count)
        generator = torch.Generator().manual_seed(count)
        brightness = torch.linspace(1, 0.1, count)[:, None, None, None]  # so that the weight of the last part matters
        images = brightness * torch.rand(count, 1, 4, 5, generator=generator)
        weights = list(network.parameters())
        wanted = torch.autograd.grad(network.loss(images), weights)
        before = [each.detach().clone() for each in weights]
        for each in weights:
            each.grad = None if stale is None else torch.full_like(each, stale)
        # Of each part: how many images it has, and how much the graphs of earlier parts still keep for backward().
        passed, kept, saved = [], [], weakref.WeakSet()

        def look(_: nn.Module, inputs: tuple, passed: list = passed, kept: list = kept, saved: weakref.WeakSet = saved):
            passed.append(len(inputs[0]))
            kept.append(len(saved))

        network.encoder.register_forward_pre_hook(look)
        try:
            with torch.autograd.graph.saved_tensors_hooks(partial(_Saved, saved), _Saved.tensor):
                accumulate(network, images, size)
        except Exception as error:  # the learner's own code may raise anything; it is shown
            return miss(name, stopped(name, error), *hints)
        if not passed:
            return Feedback(False, f"Not solved yet: {name} has a gap to fill. No images went through the network.")
        problem = _gradient_problem(weights, wanted, stale)
        if max(passed) > size:
            problem = f"{max(passed)} images went through the network at once, where size was {size}"
        elif not all(torch.equal(now, then) for now, then in zip(weights, before, strict=True)):
            problem = f"{name} changed the weights; it should leave gradients alone"
        elif any(kept):
            problem = f"{name} keeps all that backward() needs of one part while the next goes through, as if at once"
        if problem:
            return miss(name, f"Not yet, with {count} images and a size of {size}: {problem}.", *hints)
    return judged(name, True, f"{name} leaves the gradient of all images", "", *hints)


class _Saved:
    """A tensor that a graph keeps until its ``backward()``; it is in the set for as long as it is kept."""

    def __init__(self, saved: weakref.WeakSet, tensor: torch.Tensor) -> None:
        self._tensor = tensor
        saved.add(self)

    def tensor(self) -> torch.Tensor:
        """Return the tensor."""
        return self._tensor


def _gradient_problem(weights: list[nn.Parameter], wanted: tuple[torch.Tensor, ...], stale: float | None) -> str:
    """Return how the weights' gradients differ from those wanted; an empty string if they do not."""
    if any(each.grad is None for each in weights):
        return "some parameters have no gradient"
    found = torch.cat([each.grad.flatten() for each in weights])
    wanted = torch.cat([each.flatten() for each in wanted])

    def same(first: torch.Tensor, second: torch.Tensor) -> bool:
        return bool((first - second).norm() <= 1e-4 * second.norm())

    if same(found, wanted):
        return ""
    if stale is not None and same(found - stale, wanted):
        return "what was in .grad before the call is still in it"
    times = float(found @ wanted / (wanted @ wanted))
    if times > 0 and same(found, times * wanted):
        return f"the gradient has the right direction, but is {times:.3g} times as long as it should be"
    away = float((found - wanted).norm() / wanted.norm())
    return f"the gradient is not that of all images; it is off by {away:.0%} of its length"


@exercise("11.2")
def check_loss_weights(loss_weights: Callable) -> Feedback:
    """Exercise 11.2: how many pictures each worker has (W,) => the factor of each one's loss (W,)."""
    cases = []
    for counts in ([64, 63], [5, 0, 3], [4, 4, 4, 4], [1, 0, 0, 0, 7], [12]):
        counts = torch.tensor(counts)
        cases.append(((counts,), counts * len(counts) / counts.sum()))
    return compare(
        loss_weights,
        cases,
        "If all have the same number of pictures, the plain mean is right, and each factor is 1. A worker with twice "
        "as many as another counts twice.",
        "A worker counts by its share of all pictures, counts / counts.sum(). The mean over the workers also divides "
        "by their number, so multiply by len(counts) to undo that.",
    )


@exercise("11.3")
def check_my_share(my_share: Callable) -> Feedback:
    """Exercise 11.3: count, epoch, rank, workers => the numbers (n,) of the pictures for this worker, in order."""
    name = getattr(my_share, "__name__", type(my_share).__name__)
    hints = (
        "All workers need the same order, which depends only on the epoch. Then each takes its own part of it.",
        "order = torch.randperm(count, generator=torch.Generator().manual_seed(epoch)) is the same for all workers. "
        "order[rank::workers] is every workers-th of it, from the rank-th on.",
    )
    for count, workers in ((10, 4), (1_000, 3), (8, 8), (64, 1), (3, 5)):
        epochs = []
        for epoch in (0, 1, 5):
            shares = _shares(my_share, count, epoch, workers)
            problem = _share_problem(shares, _shares(my_share, count, epoch, workers), count)
            if problem:
                case = f"with {count:,} pictures, {workers} workers and epoch {epoch}"
                return miss(name, f"Not yet, {case}: {problem}.", *hints)
            epochs.append(shares)
        if count < 64:
            continue  # few pictures may come in the same order twice by chance
        problem = ""
        first = epochs[0][0]
        if any(torch.equal(first, later[0]) for later in epochs[1:]):
            problem = "worker 0 has the same pictures in the same order in two epochs"
        elif len(first.diff().unique()) < len(first) / 3:
            problem = f"the pictures come in a regular order, {', '.join(map(str, first[:5].tolist()))} …"
        elif workers > 1 and any(
            torch.isin(first, share).float().mean() > 0.9 for later in epochs[1:] for share in later
        ):
            problem = "the pictures of worker 0 stay together from epoch to epoch; mix those of all workers"
        if problem:
            return miss(name, f"Not yet, with {count:,} pictures and {workers} workers: {problem}.", *hints)
    return judged(name, True, "each picture comes once an epoch, whichever worker sees it", "", *hints)


def _shares(my_share: Callable, count: int, epoch: int, workers: int) -> list[torch.Tensor]:
    """Return the shares of all workers. Raises ``NotYet`` if one is no share."""
    shares = []
    for rank in range(workers):
        with torch.random.fork_rng(devices=[]):  # so that an answer may seed torch's generator without harm
            torch.seed()  # so that what an answer draws from it differs each time
            share = returned(my_share, count, epoch, rank, workers)
        found = ""
        if not isinstance(share, torch.Tensor):
            found = checks.kind(share)
        elif share.dtype != torch.int64 and share.numel():  # an empty list makes an empty tensor of floats
            found = str(share.dtype)
        elif share.ndim != 1:
            found = f"the shape {tuple(share.shape)}"
        if found:
            raise NotYet(
                f"Not yet: my_share must return an int64 tensor (n,), numbers of pictures; it returned {found}."
            )
        shares.append(share.detach().cpu().long().clone())
    return shares


def _share_problem(shares: list[torch.Tensor], again: list[torch.Tensor], count: int) -> str:
    """Return what is wrong with the workers' shares of ``count`` pictures in one epoch, if anything."""
    if not all(map(torch.equal, shares, again)):
        return "the same call gave another answer the second time"
    numbers = torch.cat(shares)
    if ((numbers < 0) | (numbers >= count)).any():
        return f"there is no picture {int(numbers[(numbers < 0) | (numbers >= count)][0])}; the last is {count - 1}"
    times = torch.bincount(numbers, minlength=count)
    if times.max() > 1:
        return f"picture {int(times.argmax())} comes {int(times.max())} times"
    if times.min() < 1:
        return f"picture {int(times.argmin())} is seen by no worker"
    sizes = list(map(len, shares))
    if max(sizes) - min(sizes) > 1:
        return f"one worker has {max(sizes)} pictures, another {min(sizes)}"
    return ""


@exercise("11.4")
def check_read_profile(read_profile: Callable) -> Feedback:
    """Exercise 11.4: the seconds of each part of a step => the costliest part, and two gains.

    The gains say how many times as fast a step would be without that part, and with loading alongside the rest.
    """
    cases = []
    for seconds in (
        {"load": 6.0, "forward": 1.0, "backward": 2.0, "update": 1.0},
        {"forward": 2.0, "load": 1.0, "backward": 4.0, "update": 1.0},
        {"load": 0.012, "copy": 0.003, "forward": 0.005, "backward": 0.009, "exchange": 0.016, "update": 0.005},
        {"update": 3.0, "load": 5.0, "forward": 1.0, "backward": 2.0},
        {"backward": 3.0, "forward": 1.5, "update": 0.5, "load": 0.0},
    ):
        total, load = sum(seconds.values()), seconds["load"]
        worst = max(seconds, key=seconds.get)
        cases.append(((seconds,), (worst, total / (total - seconds[worst]), total / max(load, total - load))))
    return compare(
        read_profile,
        cases,
        "How many times as fast: the seconds of the whole step, divided by those that are left. Of two things that "
        "run at the same time, the longer one decides.",
        "worst = max(seconds, key=seconds.get). Without it, total - seconds[worst] is left. If loading runs alongside "
        "the rest, the step takes max(load, total - load).",
    )


class Pictures(Dataset):
    """Images in the form that PyTorch's ``DataLoader`` takes: by number, one at a time."""

    def __init__(self, images: torch.Tensor) -> None:
        self.images = images

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.images)

    def __getitem__(self, number: int) -> torch.Tensor:
        """Return the image (C, H, W) of that number."""
        return self.images[number]


def usual_loop(network: nn.Module, images: torch.Tensor, epochs: int = 10) -> None:
    """Train ``network`` in place on float images (N, C, H, W), as most tutorials do."""
    loader = DataLoader(Pictures(images), batch_size=32, shuffle=True)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    for _ in range(epochs):
        for batch in loader:
            loss = nn.functional.mse_loss(network(batch), batch)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


@exercise("11.5")
def check_my_loop(my_loop: Callable) -> Feedback:
    """Exercise 11.5: half the seconds of ``usual_loop``, with at most 0.1 dB less on pictures that neither has seen.

    ``my_loop`` gets a network and images (3000, 1, 28, 28), float in [0, 1], and trains the network in place. The loops
    take turns, each turn with another seed; the fewest seconds of processor time count, and the mean PSNR.
    """
    if not callable(my_loop):
        return CALLED
    name = getattr(my_loop, "__name__", type(my_loop).__name__)
    hints = (
        "Measure where the seconds go, as in exercise 4. A larger batch costs less per picture, but leaves fewer "
        "steps. A larger learning rate makes up for that, if it begins and ends small.",
        "Let the learning rate climb to 8e-3 and fall again, over 6 epochs in batches of 50. "
        "torch.optim.Adam(…, fused=True) more than halves the time of an update. Which picture does an untrained "
        "network draw, and which one should it begin with?",
    )
    turns = []  # of each: our seconds and dB, then theirs
    for seed in range(TURNS):
        ours = _turn(my_loop, seed, name, hints)
        turns.append((*ours, *_turn(usual_loop, seed, "usual_loop", hints)))
        every_mine, our_quality, every_usual, their_quality = zip(*turns, strict=True)
        mine, usual = min(every_mine), min(every_usual)
        behind = (sum(their_quality) - sum(our_quality)) / len(turns)
        if mine > usual or behind > FAR_BEHIND:
            break  # one turn is enough to see that
        if mine < LEAST_SHARE * usual:
            return miss(name, f"Not yet: {mine:.2f} s are too few to train in. Begin with new weights.", *hints)
    apart = f"{abs(behind):.2f} dB {'less' if behind > 0 else 'more'}"
    return judged(
        name,
        mine <= SHARE_OF_SECONDS * usual and behind <= MAY_LOSE,
        f"your loop took {mine:.1f} s, and the usual one {usual:.1f} s; yours has {apart}",
        f"at most half its seconds, and at most {MAY_LOSE} dB less",
        *hints,
    )


def _turn(loop: Callable, seed: int, name: str, hints: tuple[str, str]) -> tuple[float, float]:
    """Return the seconds that a loop takes and the PSNR in dB of the network it trains. Raises ``NotYet``."""
    from aelib import data, metrics, models

    fashion = data.load("fashion-mnist")
    images, unseen = data.as_float(fashion.train[:PICTURES]), data.as_float(fashion.test[:UNSEEN])
    network = models.DenseAutoencoder(seed=seed)
    before = copy.deepcopy(network.state_dict())
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        threads, gradients = torch.get_num_threads(), torch.is_grad_enabled()
        started = _seconds()
        try:
            result = loop(network, images)
        except Exception as error:  # the learner's own code may raise anything; it is shown
            raise NotYet(miss(name, stopped(name, error), *hints).message) from error
        finally:  # the other loop gets the lesson's settings back
            torch.set_num_threads(threads)
            torch.set_grad_enabled(gradients)
        seconds = _seconds() - started
    network.to("cpu").eval()
    if all(key in before and torch.equal(each, before[key]) for key, each in network.state_dict().items()):
        if result is None or result is ...:
            raise NotYet(f"Not solved yet: {name} has a gap to fill. The network's weights are as they were.")
        problem = f"{name} returned {checks.kind(result)}, and left the weights of its network as they were"
        raise NotYet(miss(name, f"Not yet: {problem}. Train the network that it gets, in place.", *hints).message)
    try:
        with torch.no_grad():
            reconstructions = network(unseen)
        finite, quality = reconstructions.isfinite().all(), metrics.psnr(unseen, reconstructions)
    except Exception as error:  # whatever a learner has done to the network may raise anything, too
        raise NotYet(miss(name, stopped(f"the network that {name} trained", error), *hints).message) from error
    if not finite:
        problem = f"Not yet: {name} left weights that are not finite. Its steps are too large."
        raise NotYet(miss(name, problem, *hints).message)
    return seconds, quality


def _seconds() -> float:
    """Return the processor time so far, in seconds, of this process and of those it started that have ended."""
    spent = os.times()
    return time.process_time() + spent.children_user + spent.children_system
