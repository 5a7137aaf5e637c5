"""The checks of lesson 9, better codes."""

from collections.abc import Callable
from functools import cache

import numpy as np
import torch

from aelib import checks
from aelib.exercises.feedback import CALLED, Feedback, NotYet, compare, drawn, judged, miss, misses, returned
from aelib.exercises.progress import exercise

JUDGES = ("classifier", "second-classifier")
PART = 250  # pictures per judge at a time, to save memory
COUNT = 640  # pictures: a Fréchet distance needs ten for each of a judge's 64 features
BETTER = 2 / 3  # of the honest pictures' distance: what a cheat must reach


@exercise("9.1")
def check_scaled(scaled: Callable) -> Feedback:
    """Exercise 9.1: codes (N, D) and test codes (M, D) => both, shifted unit by unit and divided by one number."""
    cases = []
    # Units of unequal means and spreads. One never changes, so dividing by its own spread would be dividing by 0.
    for seed, spreads in ((0, (0.2, 1.0, 5.0)), (1, (3.0, 0.0, 0.5, 1.0))):
        generator = torch.Generator().manual_seed(seed)
        spreads = torch.tensor(spreads, dtype=torch.float64)
        codes, test_codes = (
            torch.randn(count, len(spreads), generator=generator, dtype=torch.float64) * spreads + shift
            for count, shift in ((7, spreads.flip(0)), (4, 1))
        )
        mean, divisor = codes.mean(0), codes.var(0).mean().sqrt()
        cases.append(((codes, test_codes), ((codes - mean) / divisor, (test_codes - mean) / divisor)))
    return compare(
        scaled,
        cases,
        "Both sets are shifted and divided by the same numbers, which come from the training codes alone.",
        "mean = codes.mean(0) has one number for each unit, and codes.var(0).mean().sqrt() is one number for all. "
        "Return both sets, with a comma between them.",
    )


@exercise("9.2")
def check_three_terms(three_terms: Callable) -> Feedback:
    """Exercise 9.2: the outputs (N, D) for two views => invariance, variance and covariance of VICReg."""
    cases = []
    # Spreads both below and above 1, which differ between the views, too.
    for seed, count, spreads in ((0, 6, (0.1, 3.0, 0.5)), (1, 5, (2.0, 0.3)), (2, 9, (0.2, 0.4, 4.0, 0.1))):
        generator = torch.Generator().manual_seed(seed)
        mixed = torch.randn(2, count, len(spreads), generator=generator, dtype=torch.float64)
        mixed = mixed + torch.randn(count, 1, generator=generator, dtype=torch.float64)  # so units vary together
        spreads = torch.tensor(spreads, dtype=torch.float64)
        first, second = 1 + mixed[0] * spreads, mixed[1] * (spreads + 0.2)
        cases.append(((first, second), _three_terms(first, second)))
    return compare(
        three_terms,
        cases,
        "The first term is a mean over all N·D numbers. The others look at one view at a time: the second at the "
        "standard deviation of each unit, the third at how two units vary together.",
        "(1 - view.std(0)).clamp(min=0).mean() is a view's variance term. With covariance = torch.cov(view.T), the "
        "squares off the diagonal are (covariance - covariance.diag().diag()).square(); divide their sum by D. Then "
        "take the mean of both views for the variance, and the sum for the covariance.",
    )


def _three_terms(first: torch.Tensor, second: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    variance = covariance = 0
    for view in (first, second):
        matrix = torch.cov(view.T)
        variance = variance + (1 - view.std(0)).clamp(min=0).mean() / 2
        covariance = covariance + (matrix - matrix.diag().diag()).square().sum() / len(matrix)
    return (first - second).square().mean(), variance, covariance


@exercise("9.3")
def check_whole_numbers(whole_numbers: Callable) -> Feedback:
    """Exercise 9.3: codes (N, D) => whole numbers at an odd number of levels, with the gradient of unrounded ones."""
    values, gradients = [], []
    for seed, levels in ((2, 3), (3, 9), (4, 5)):
        generator = torch.Generator().manual_seed(seed)
        codes, weights = 1.5 * torch.randn(2, 4, 3, generator=generator, dtype=torch.float64)
        half = (levels - 1) / 2
        values.append(((codes, levels), (half * codes.tanh()).round()))
        gradients.append(((codes, levels, weights), weights * half * (1 - codes.tanh().square())))
    solved = compare(
        whole_numbers,
        values,
        "tanh brings every number between -1 and 1. Stretch that to the range that the levels need, then round.",
        "Of 5 levels, the whole numbers are -2 to 2. How far do they reach for any number of levels?",
    )
    if not solved.solved:
        return solved

    def gradient(codes: torch.Tensor, levels: int, weights: torch.Tensor) -> torch.Tensor:
        """Return the gradient of a weighted sum of the whole numbers; 0 if they carry none."""
        codes = codes.clone().requires_grad_()
        rounded = whole_numbers(codes, levels)
        if isinstance(rounded, torch.Tensor) and rounded.requires_grad:
            (weights * rounded).sum().backward()
        return torch.zeros_like(codes) if codes.grad is None else codes.grad

    gradient.__name__ = "the gradient of whole_numbers"
    solved = compare(
        gradient,
        gradients,
        "The whole numbers are right. But round() has the slope 0; let the gradient pass as if nothing were rounded.",
        "The whole numbers are right. squashed + (squashed.round() - squashed).detach() has the value of the rounded "
        "code and the gradient of the squashed one.",
    )
    return Feedback(True, "Solved: whole_numbers is right, and so is its gradient.") if solved.solved else solved


@exercise("9.4")
def check_next_unit(next_unit: Callable) -> Feedback:
    """Exercise 9.4: mean (D,), covariance (D, D), the first K units (N, K) => mean (N,) and variance of the next."""
    cases = []
    for seed, size, count in ((0, 5, 2), (1, 3, 1), (2, 4, 3)):
        generator = torch.Generator().manual_seed(seed)
        mean = 2 * torch.randn(size, generator=generator, dtype=torch.float64)
        mixed = torch.randn(size, size, generator=generator, dtype=torch.float64)
        covariance = mixed @ mixed.T + torch.eye(size, dtype=torch.float64)
        known = mean[:count] + 2 * torch.randn(6, count, generator=generator, dtype=torch.float64)
        weights = torch.linalg.solve(covariance[:count, :count], covariance[:count, count])  # (K,)
        expected = mean[count] + (known - mean[:count]) @ weights
        cases.append(
            ((mean, covariance, known), (expected, covariance[count, count] - covariance[count, :count] @ weights))
        )
    return compare(
        next_unit,
        cases,
        "With K = known.shape[1], the next unit has the index K. Only that unit and the first K play a part.",
        "weights = torch.linalg.solve(covariance[:K, :K], covariance[:K, K]). The mean is mean[K] + (known - mean[:K]) "
        "@ weights, the variance covariance[K, K] - covariance[K, :K] @ weights.",
    )


@cache
def _fresh() -> torch.Tensor:
    """Return new pictures (2·COUNT, 1, 28, 28), decoded from codes drawn by a mixture."""
    from aelib import data, generation, training

    return generation.sample(
        training.pretrained("dense-32"), data.load("fashion-mnist").train, "mixture", 2 * COUNT, seed=0
    )


def _features(images: torch.Tensor) -> list[torch.Tensor]:
    """Return the features (N, 64) of images by each judge."""
    from aelib import data, training

    found = []
    with torch.no_grad():
        for name in JUDGES:
            judge = training.pretrained(name)
            found.append(torch.cat([judge.features(part) for part in data.batches(images, PART)]))
    return found


@cache
def _features_of_test() -> list[torch.Tensor]:
    from aelib import data

    return _features(data.load("fashion-mnist").test)


def _distances(images: torch.Tensor) -> list[float]:
    """Return the Fréchet distance of images from the test images by each judge."""
    from aelib import metrics

    return [metrics.frechet_distance(*both) for both in zip(_features(images), _features_of_test(), strict=True)]


@exercise("9.5")
def check_cheat(my_cheat: Callable, who_cheated: Callable) -> Feedback:
    """Exercise 9.5: pictures that are a third better by one judge but no better by another, and a test to expose them.

    ``who_cheated`` must pick them out beside each of three other sets, in either order: the pictures they were made
    from, others from the same mixture, and real ones.
    """
    from aelib import training

    if not callable(my_cheat) or not callable(who_cheated):
        return CALLED
    images, others = _fresh().split(COUNT)
    # It may change both: these are copies, and the judge is freshly loaded. The pixels learn, not its weights.
    judge = training.pretrained(JUDGES[0]).requires_grad_(False)
    cheated = drawn("my_cheat", returned(my_cheat, images.clone(), judge), tuple(images.shape))
    before, after = _distances(images), _distances(cheated)
    found = (
        f"the distance went from {before[0]:.1f} to {after[0]:.1f} by the judge, and from {before[1]:.1f} to "
        f"{after[1]:.1f} by the second judge"
    )
    if after[0] > BETTER * before[0]:
        return miss(
            "my_cheat",
            f"Not yet: {found}; the goal is {BETTER * before[0]:.1f} or less by the judge.",
            "Ask the gradient: which change to the pixels brings the judge's features close to those of real pictures?",
            "Give each picture the features of a real one as its goal, and hand the pixels, with requires_grad_(), to "
            "torch.optim.Adam. Pair them so that the goals are near: scipy.optimize.linear_sum_assignment.",
        )
    if after[1] < before[1]:
        return miss(
            "my_cheat",
            f"Not yet: {found}, so the pictures are better, which is not cheating. The goal is {before[1]:.1f} or more "
            "by the second judge.",
            "Start from the pictures that came in, and change them only by what the first judge says.",
            "Small steps please both judges. With a learning rate of 0.05, only the first one sees real pictures.",
        )
    honest = {"the pictures that my_cheat got": images, "other pictures of the mixture": others}
    accused = _accused(who_cheated, cheated, honest)
    answer = judged(
        "who_cheated",
        not accused,
        f"{found}; who_cheated " + (f"accused {accused}" if accused else "found the cheat each time"),
        "to find the cheat each time",
        "Real pictures do well with both judges, those of the mixture less well with both. And a cheat?",
        "Compare the judges: divide the distance by the second one by the distance by the first. The set with the "
        "higher ratio is the cheat.",
    )
    if answer.solved:
        misses.pop("my_cheat", None)
    return answer


def _accused(who_cheated: Callable, cheated: torch.Tensor, honest: dict[str, torch.Tensor]) -> str:
    """Return which honest pictures ``who_cheated`` takes for the cheat, or an empty string if none."""
    from aelib import data

    honest = {**honest, "real pictures": data.as_float(data.load("fashion-mnist").train[-COUNT:])}
    generator = torch.Generator().manual_seed(0)
    for place in (1, 0):  # of the cheat
        for name, images in honest.items():
            sets = [part[torch.randperm(COUNT, generator=generator)] for part in (images, cheated)]  # copies
            answer = returned(who_cheated, *(sets if place else sets[::-1]))
            if isinstance(answer, (torch.Tensor, np.ndarray, np.generic)) and answer.shape in ((), (1,)):
                answer = answer.item()
            if not isinstance(answer, (int, float)):
                answer = checks.kind(answer)
            if answer not in (0, 1):
                raise NotYet(f"Not yet: who_cheated must return 0 or 1, the place of the cheat; it returned {answer}.")
            if answer != place:
                return name
    return ""
