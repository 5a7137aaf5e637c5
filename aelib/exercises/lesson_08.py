"""The checks of lesson 8, from image to image."""

import time
from collections.abc import Callable

import torch

from aelib.exercises.feedback import Feedback, compare, drawn, judged, miss, returned
from aelib.exercises.progress import exercise

LIMIT = 45  # seconds of processor time, for an exercise that trains for half of that on a fast processor
AHEAD = 0.4  # dB more than the table of 256 entries


@exercise("8.1")
def check_three_guesses(three_guesses: Callable) -> Feedback:
    """Exercise 8.1: levels (N,) => their mean, their median, and the most frequent one."""
    cases = []
    for levels in ([40, 40, 40, 60, 200, 220, 230], [250, 10, 10, 0, 130], [3, 200, 90, 7, 200, 60, 1, 80, 30]):
        levels = torch.tensor(levels)
        mode = torch.bincount(levels).argmax()
        cases.append(((levels,), (levels.float().mean(), levels.median(), mode)))
    return compare(
        three_guesses,
        cases,
        "Squared errors are least at the mean, absolute ones at the median, and the mode is right most often.",
        "levels.float().mean(), levels.median(), and torch.bincount(levels).argmax(), with commas between them.",
    )


@exercise("8.2")
def check_my_colourfulness(my_colourfulness: Callable) -> Feedback:
    """Exercise 8.2: images (N, 3, H, W), float in [0, 1] => the mean of their colourfulness."""
    from aelib import metrics

    cases = []
    for seed, shape in ((0, (4, 3, 6, 5)), (1, (1, 3, 9, 9)), (2, (3, 3, 2, 7))):
        generator = torch.Generator().manual_seed(seed)
        # each picture has a tint of its own, so that both means and spreads count
        images = 0.5 * torch.rand(shape, generator=generator) + 0.5 * torch.rand(*shape[:2], 1, 1, generator=generator)
        cases.append(((images,), metrics.colourfulness(images)))
    return compare(
        my_colourfulness,
        cases,
        "Take variances and means over all the pixels of one picture; the mean over all pictures comes last.",
        "Multiply by 255 first. (rg.var(1, correction=0) + yb.var(1, correction=0)).sqrt() is the first part, with rg "
        "and yb (N, H·W); the second part has squared means instead of variances.",
    )


@exercise("8.3")
def check_by_vote(by_vote: Callable) -> Feedback:
    """Exercise 8.3: outlines (N, 1, H, W), names of families (N) => the pixels that half of each family have."""
    cases = []
    for seed, families in ((0, list("abacabb")), (1, ["fox"] * 4 + ["owl"]), (2, ["x", "y", "y", "x", "z", "z"])):
        lines = torch.rand(len(families), 1, 6, 8, generator=torch.Generator().manual_seed(seed)) < 0.4
        voted = torch.stack(
            [lines[[name == family for name in families]].float().mean(0) >= 0.5 for family in families]
        )
        cases.append(((lines, families), voted))
    return compare(
        by_vote,
        cases,
        "The members of a family may be anywhere in the list. Half of them is enough.",
        "lines[members].float().mean(0) >= 0.5 is the outline of a family, with members the list of its places.",
    )


@exercise("8.4")
def check_under_dots(under_dots: Callable) -> Feedback:
    """Exercise 8.4: images (N, C, H, W), and places (N, K, 2) => which pixels are under dots, (N, 1, H, W)."""
    cases = []
    for (height, width), places in (
        ((7, 9), [[[2, 5], [3, 6]], [[4, 1], [1, 7]]]),
        ((8, 6), [[[0, 0], [7, 3], [4, 5]]]),  # at the rim, and in a corner
        ((5, 5), [[[2, 2]], [[0, 4]], [[4, 0]]]),
    ):
        places = torch.tensor(places)
        rows, columns = torch.arange(height)[:, None], torch.arange(width)
        near = [((rows - row).abs() <= 1) & ((columns - column).abs() <= 1) for each in places for row, column in each]
        under = torch.stack(near).view(*places.shape[:2], height, width).any(1, keepdim=True)
        cases.append(((torch.zeros(len(places), 3, height, width), places), under))
    return compare(
        under_dots,
        cases,
        "A dot covers its centre and the eight pixels around it. places has the row first, then the column.",
        "Set the centres to 1 in zeros (N, 1, H, W), then F.max_pool2d(marks, 3, stride=1, padding=1).bool().",
    )


@exercise("8.5")
def check_my_painter(my_painter: Callable) -> Feedback:
    """Exercise 8.5: beat the table of 256 greys by 0.4 dB, within 45 seconds of processor time."""
    from aelib import data, metrics, translation

    emoji = data.load("emoji")
    train, test = data.as_float(emoji.train), data.as_float(emoji.test)
    grey = translation.grey(test)
    by_table = metrics.psnr(test, _by_table(train, grey))  # before an answer can change the pictures
    before = time.process_time()
    paint = returned(my_painter, translation.grey(train), train)
    if not callable(paint):
        return Feedback(False, "Not yet: my_painter must return a function, which paints grey pictures.")
    painter = "what my_painter returned"
    with torch.no_grad():
        painted = drawn(painter, returned(paint, grey, name=painter), tuple(test.shape))
    seconds = time.process_time() - before
    ours = metrics.psnr(test, painted)
    found = f"{ours:.2f} dB after {seconds:.0f} s; the table has {by_table:.2f} dB"
    if seconds > LIMIT:
        return miss(
            "my_painter",
            f"Not yet: {found}; the limit is {LIMIT} s of processor time.",
            "Take fewer steps. training.fit(…, seconds=30, clock=time.process_time) watches the time itself.",
            "With torch.set_num_threads(1), a step of 16 pictures takes about 16 ms.",
        )
    return judged(
        "my_painter",
        ours >= by_table + AHEAD,
        found,
        f"{AHEAD} dB more than the table",
        "Give the network the table's colours instead of the grey picture, and let it add what is missing.",
        f"A RepairNet learns what to add to its input. Feed it the table's picture, and use more of the {LIMIT} s: "
        "training.fit(…, seconds=30, clock=time.process_time).",
    )


def _by_table(train: torch.Tensor, grey: torch.Tensor) -> torch.Tensor:
    """Return grey pictures (M, 1, H, W) coloured by the table of training pictures (N, 3, H, W)."""
    from aelib import data, translation

    levels = data.as_bytes(translation.grey(train)).flatten().long()
    # A channel at a time, because a lesson may take no more than 1.5 GB of memory.
    sums = [torch.bincount(levels, train[:, channel].flatten(), minlength=256) for channel in range(3)]
    table = torch.stack(sums, 1).float() / torch.bincount(levels, minlength=256).clamp(min=1)[:, None]
    return table[data.as_bytes(grey)[:, 0].long()].permute(0, 3, 1, 2)
