"""The checks of lesson 7, colour, edges and variation."""

import copy
import math
from collections.abc import Callable
from functools import cache

import torch
from torch.nn import functional as F

from aelib import interrupts
from aelib.exercises.feedback import Feedback, compare, drawn, judged, miss, returned
from aelib.exercises.progress import exercise

TO_YCBCR = torch.tensor([[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]])


@exercise("7.1")
def check_two_distances(two_distances: Callable) -> Feedback:
    """Exercise 7.1: the distances of colours (N, 3) in Y, Cb, Cr, and by CIEDE2000."""
    with interrupts.held_back():
        from skimage.color import deltaE_ciede2000, rgb2lab  # slow to import, and only this function needs it

    cases = []
    # Three colours too, to catch a transposed matrix; none so similar that float32 would matter in ΔE2000.
    for seed, count in ((5, 5), (1, 3)):
        first, second = torch.rand(2, count, 3, generator=torch.Generator().manual_seed(seed))
        in_ycbcr = ((first - second) @ TO_YCBCR.T).square().sum(1).sqrt()
        ciede2000 = deltaE_ciede2000(*(rgb2lab(colours.double().numpy()) for colours in (first, second)))
        cases.append(((first, second), (in_ycbcr, ciede2000)))
    return compare(
        two_distances,
        cases,
        "In Y, Cb, Cr: the root of the sum of the squared differences. For the other, rgb2lab, then deltaE_ciede2000.",
        "colours @ TO_YCBCR.T has Y, Cb, Cr in its columns; .square().sum(1).sqrt() is one distance a row. The other "
        "is deltaE_ciede2000(rgb2lab(first), rgb2lab(second)), and deltaE_cie76 is not it.",
    )


@exercise("7.2")
def check_sizes(sizes: Callable) -> Feedback:
    """Exercise 7.2: a picture's side => its side after a convolution, and after a transposed one."""
    cases = []
    for side, kernel, stride, padding in ((32, 4, 2, 1), (9, 5, 3, 0), (8, 3, 2, 1), (7, 3, 1, 1), (12, 2, 4, 0)):
        picture, weights = torch.zeros(1, 1, side, side), torch.zeros(1, 1, kernel, kernel)
        expected = tuple(
            layer(picture, weights, stride=stride, padding=padding).shape[-1]
            for layer in (F.conv2d, F.conv_transpose2d)
        )
        cases.append(((side, kernel, stride, padding), expected))
    return compare(
        sizes,
        cases,
        "The padding lengthens the side at both ends; the kernel steps as far as it fits, and any rest is dropped.",
        "On the padded side, how many steps can the kernel take? Its first place counts, too. The transposed one goes "
        "back: from which side would that convolution have come to yours?",
    )


@exercise("7.3")
def check_undo_shift(undo_shift: Callable) -> Feedback:
    """Exercise 7.3: pictures on black (N, 1, H, W) => each moved by whole pixels to centre its centre of mass."""
    from aelib import variation

    cases = []
    for images in (
        _off_the_middle(12, 16, (5, 7), [(1, 2), (0, 4), (2, 0), (1, 1)]),
        _off_the_middle(15, 11, (6, 4), [(2, 1), (4, 0), (0, 2)]),
    ):
        steps = variation.off_centre(images, background=0)
        cases.append(((images,), variation.move(images, -steps, background=0)))
    return compare(
        undo_shift,
        cases,
        "The centre of mass is the mean of the pixels' positions, weighted by brightness. How far is it from the "
        "middle, (W - 1) / 2 across and (H - 1) / 2 down?",
        "Move each by minus that: variation.move(images, -steps, background=0), with steps (N, 2), rounded, in whole "
        "numbers, first to the right and then down.",
    )


def _off_the_middle(height: int, width: int, body: tuple[int, int], places: list[tuple[int, int]]) -> torch.Tensor:
    """Return pictures on black (N, 1, H, W): a dim body with a bright outer corner, each towards another corner.

    The opposite corner has a faint pixel, which leaves the picture when the body moves to the middle. A place is the
    body's distance from the top and from the left; the check uses places that leave no centre of mass near a half.
    """
    images = torch.zeros(len(places), 1, height, width)
    turns = ((), (1,), (2,), (1, 2))
    for image, (top, left), turn in zip(images, places, turns, strict=False):
        image[:, top : top + body[0], left : left + body[1]] = 0.2
        image[:, top : top + 2, left : left + 2] = 1
        image[:, -1, -1] = 0.1
        image.copy_(image.flip(turn))
    return images


class _TrainedBy(torch.nn.Module):
    """A network trained to minimise the learner's own loss."""

    def __init__(self, network: torch.nn.Module, own_loss: Callable) -> None:
        super().__init__()
        self.network, self.own_loss = network, own_loss

    def loss(self, images: torch.Tensor) -> torch.Tensor:
        return self.own_loss(self.network(images), images)


def _correct_edges(own_loss: Callable) -> float:
    """Return the share of the test pictures' edges that is correct after 120 steps with the learner's own loss.

    NaN if the loss or its gradient did not stay finite.
    """
    from aelib import data, metrics, training, variation

    emoji = data.load("emoji")
    network = training.pretrained("conv-64-patch")
    varied = variation.OnVaried(_TrainedBy(network, own_loss), mirror=True)
    try:
        # No gradient limit: with one, multiplying a loss by a number would make a difference.
        history = training.fit(
            varied, emoji.train, steps=120, batch_size=64, learning_rate=5e-3, one_cycle=True, progress=False
        )
    except FloatingPointError:
        return math.nan
    if history.stopped == "interrupt":
        raise KeyboardInterrupt  # half a training says nothing about a loss
    with torch.no_grad():
        reconstructions = torch.cat([network(part) for part in data.batches(emoji.test)])
    return metrics.edges(emoji.test, reconstructions)[1]


@cache  # trained once, however often the exercise is tried
def _correct_edges_by_mse() -> float:
    return _correct_edges(F.mse_loss)


@exercise("7.4")
def check_my_loss(my_loss: Callable) -> Feedback:
    """Exercise 7.4: a loss that gives 0.003 more correct edges than the mean squared error in as many steps."""
    from aelib import data

    few = data.as_float(data.load("emoji").train[:4])
    loss = returned(my_loss, few.flip(3).requires_grad_(), few)
    if not isinstance(loss, torch.Tensor) or loss.ndim or not loss.requires_grad:
        return Feedback(
            False, "Not yet: my_loss must return one number: a tensor without dimensions, with a gradient; no .item()."
        )
    if not loss.isfinite():
        return Feedback(False, f"Not yet: my_loss returned {loss.item()}, which no step can make smaller.")
    correct = returned(_correct_edges, my_loss, name="my_loss")
    if math.isnan(correct):
        return Feedback(
            False,
            "Not yet: in training, my_loss or its gradient became NaN or infinite. A square root, or a norm, has an "
            "infinite gradient at 0: add a small number first, (... + 1e-8).sqrt(). And never divide by 0.",
        )
    by_mse = _correct_edges_by_mse()
    return judged(
        "my_loss",
        correct >= by_mse + 0.003,
        f"{correct:.4f} of the edges are correct, with the mean squared error {by_mse:.4f}",
        "0.003 more",
        "Edges are differences between neighbours, which gradients(images) returns. Compare these as well.",
        "F.mse_loss(drawn, images) plus a multiple of F.mse_loss of their gradients; try factors of 5, 20 and 100.",
    )


@exercise("7.5")
def check_blind_spot(blind_spot: Callable) -> Feedback:
    """Exercise 7.5: changes to pictures that barely move conv-128's codes: 0.1 in RMS, a tenth of a distance."""
    from aelib import data, training

    network, test = training.pretrained("conv-128"), data.as_float(data.load("emoji").test)
    images = test[:: len(test) // 16][:16]  # (16, 3, 32, 32)
    changed = returned(blind_spot, copy.deepcopy(network), images.clone())  # it may change both
    changed = drawn("blind_spot", changed, tuple(images.shape))
    with torch.no_grad():
        codes, before, after = (
            torch.cat([network.encode(part) for part in data.batches(each)]) for each in (test, images, changed)
        )
    rms = (changed - images).square().mean().sqrt().item()
    moved = ((after - before).norm(dim=1).max() / torch.pdist(codes).median()).item()
    found = f"the pictures differ by {rms:.3f} in RMS; the code that moved furthest did by {moved:.3f} median distances"
    if rms < 0.1:
        return miss(
            "blind_spot",
            f"Not yet: {found}; the goal is a difference of 0.1 or more.",
            "Begin with pictures that differ enough, such as noisy ones, and bring their codes back.",
            "Add noise of a standard deviation of 0.2 and clamp; descend on the distance of the codes from there.",
        )
    return judged(
        "blind_spot",
        moved <= 0.1,
        found,
        "codes that move by 0.1 or less",
        "Ask the gradient: which change to the pixels brings the codes back to those of the originals?",
        "Hand the noisy pixels, with requires_grad_(), to torch.optim.Adam, and minimise the distance of the codes.",
    )
