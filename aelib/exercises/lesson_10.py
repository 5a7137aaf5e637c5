"""The checks of lesson 10, other fields."""

from collections.abc import Callable

import numpy as np
import torch

from aelib import checks
from aelib.exercises.feedback import Feedback, NotYet, compare, judged, returned
from aelib.exercises.progress import exercise

NEIGHBOURS = 5
NORMAL, OTHERS, ODD = 4_000, 1_400, 600  # pictures: normal ones to compare with, others of their classes, and odd ones
AHEAD = 0.03  # above the neighbours' AUROC on shirts


@exercise("10.1")
def check_swapped(swapped: Callable) -> Feedback:
    """Exercise 10.1: a word and a place => the word with the letters at that place and the next one swapped."""
    return compare(
        swapped,
        [
            (("receive", 3), "recieve"),
            (("word", 0), "owrd"),
            (("lesson", 4), "lessno"),
            (("banana", 1), "bnaana"),
            (("word", 3), "word"),
            (("noon", 1), "noon"),
            (("code", 7), "code"),
            (("a", 0), "a"),
        ],
        "The letters before and after the two stay. The last letter has no next one to swap with.",
        "If place + 1 < len(word), it is word[:place] + word[place + 1] + word[place] + word[place + 2 :]; otherwise "
        "the word as it came.",
    )


@exercise("10.2")
def check_auroc(auroc: Callable) -> Feedback:
    """Exercise 10.2: scores (N,) and (M,) => the probability that one of the second is higher; a tie counts half."""
    from aelib import metrics

    cases = []
    for normal, abnormal in (
        ([1, 3, 2, 2, 5], [4, 2, 6, 3, 2, 1, 7]),
        ([0.3, -1.2, 0.8, 0.1], [0.2, 0.9, -0.4, 1.5, 0.4, 0.6]),
        ([5, 6, 7], [1, 2, 6, 0]),
        ([2, 2], [2, 2, 2]),
    ):
        scores = torch.tensor(normal, dtype=torch.float32), torch.tensor(abnormal, dtype=torch.float32)
        cases.append((scores, metrics.auroc(*scores)))
    return compare(
        auroc,
        cases,
        "Of all N·M pairs of a normal score and an abnormal one, in what share is the abnormal one higher? A tie "
        "counts half.",
        "abnormal[:, None] > normal is (M, N): true where the abnormal score of that row is higher than the normal one "
        "of that column. Add half of ==, and take the mean.",
    )


@exercise("10.3")
def check_alarm_line(alarm_line: Callable) -> Feedback:
    """Exercise 10.3: scores (N,) and a rate => the lowest of the scores with at most that share of them above it."""
    cases = []
    # If N·rate is whole, the rate is exact in binary, so that rounding does not decide how many may be above.
    for scores, rate in (
        (torch.randn(30, generator=torch.Generator().manual_seed(0)), 0.05),
        (torch.tensor([0.4, 0.1, 0.9, 0.3, 0.7, 0.2, 0.8, 0.6]), 0.25),
        (torch.tensor([1.0, 3, 2, 3, 0, 3, 2, 1]), 0.25),
        (torch.tensor([1.0, 3, 2, 3, 0, 3, 2, 1]), 0.5),
        (torch.tensor([2.0, 5, 1, 4]), 0),
        (torch.tensor([-1.0, -7, -3, -2, -6, -4, -5]), 0.9),
    ):
        cases.append(((scores, rate), scores.sort(descending=True).values[int(len(scores) * rate)]))
    return compare(
        alarm_line,
        cases,
        "The line is one of the scores. A score on the line is not above it, and N·rate need not be a whole number.",
        "int(len(normal) * rate) scores may lie above the line. With the scores sorted, largest first, that is also "
        "the index of the line, because Python counts from 0.",
    )


@exercise("10.4")
def check_zero_diagonal(zero_diagonal: Callable) -> Feedback:
    """Exercise 10.4: a table and a penalty => the factors (columns,) and weights of a map that may not copy."""
    cases = []
    for seed, rows, columns, penalty in ((0, 9, 4, 2.0), (1, 12, 3, 0.5), (2, 6, 5, 10.0)):
        table = (torch.rand(rows, columns, generator=torch.Generator().manual_seed(seed)) < 0.5).double()
        one = torch.eye(columns, dtype=torch.float64)
        inverse = torch.linalg.inv(table.T @ table + penalty * one)
        factors = 1 / inverse.diagonal()
        cases.append(((table, penalty), (factors, one - inverse * factors)))
    return compare(
        zero_diagonal,
        cases,
        "On the diagonal, 0 = 1 - P[j, j] * g[j]. That gives each factor separately; then multiply each column of P "
        "by its own.",
        "P = torch.linalg.inv(table.T @ table + penalty * one), with one = torch.eye(table.shape[1]). Then "
        "g = 1 / P.diagonal(), and B = one - P * g, where g is broadcast over the rows. Return g, B.",
    )


@exercise("10.5")
def check_shirts(my_score: Callable) -> Feedback:
    """Exercise 10.5: a score that finds held-out shirts better than the nearest pictures do, and sandals as well.

    ``my_score`` gets normal pictures (N, 1, 28, 28) without that class, and others to judge (M, 1, 28, 28).
    """
    from aelib import metrics

    ours, rival = {}, {}
    for name in ("Shirt", "Sandal"):
        normal, images, is_odd = _held_out(name)
        distances = torch.cdist(images.flatten(1), normal.flatten(1))  # before an answer can change the pictures
        nearest = distances.topk(NEIGHBOURS, largest=False).values.mean(1)
        scores = _scores(returned(my_score, normal, images), len(images))
        ours[name], rival[name] = (metrics.auroc(each[~is_odd], each[is_odd]) for each in (scores, nearest))
    return judged(
        "my_score",
        ours["Shirt"] >= rival["Shirt"] + AHEAD and ours["Sandal"] >= rival["Sandal"],
        f"your AUROC is {ours['Shirt']:.3f} on shirts and {ours['Sandal']:.3f} on sandals, where the nearest pictures "
        f"have {rival['Shirt']:.3f} and {rival['Sandal']:.3f}",
        f"{AHEAD} more than these on shirts, and no less than these on sandals",
        "A picture with strong contrast is far from everything, and where pictures vary a lot, all are far from each "
        "other. Make the distances comparable. If both are below 0.5, your score is the wrong way round.",
        "Divide the distance by the picture's contrast, images.flatten(1).std(1), or by the square root of that. Or "
        "divide it by how far the nearest pictures are from their own twenty nearest.",
    )


def _held_out(name: str) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return normal training pictures without the named class, others to judge, and which of those are of it."""
    from aelib import data

    fashion = data.load("fashion-mnist")
    shuffled = torch.randperm(len(fashion.train), generator=torch.Generator().manual_seed(10))
    is_odd = fashion.train_labels[shuffled] == fashion.classes.index(name)
    normal, others = shuffled[~is_odd][: NORMAL + OTHERS].split([NORMAL, OTHERS])
    judged = torch.cat([others, shuffled[is_odd][:ODD]]).sort().values  # so that the order gives nothing away
    images = (data.as_float(fashion.train[places]) for places in (normal, judged))
    return *images, fashion.train_labels[judged] == fashion.classes.index(name)


def _scores(scores: object, count: int) -> torch.Tensor:
    """Return ``count`` scores; arrays count as tensors. Raises ``NotYet`` if they are no such scores."""
    if isinstance(scores, np.ndarray) and scores.dtype.kind in "fiub":
        scores = torch.from_numpy(np.ascontiguousarray(scores, np.float64))
    found = ""
    if not isinstance(scores, torch.Tensor):
        found = checks.kind(scores)
    elif scores.is_complex():
        found = str(scores.dtype)
    elif scores.shape != (count,):
        found = f"the shape {tuple(scores.shape)}"
    if found:
        raise NotYet(
            f"Not yet: my_score must return a tensor of the shape ({count},), a score each; it returned {found}."
        )
    if not scores.isfinite().all():
        raise NotYet("Not yet: my_score returned NaN or infinite scores. Is something divided by 0?")
    return scores.detach().cpu()
