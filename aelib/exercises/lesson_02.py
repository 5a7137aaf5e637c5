"""The checks of lesson 2, dense autoencoders."""

from collections.abc import Callable

import torch

from aelib.exercises.feedback import Feedback, compare, small_images
from aelib.exercises.progress import exercise


@exercise("2.1")
def check_count_parameters(count_parameters: Callable) -> Feedback:
    """Exercise 2.1: the number of weights and biases of a dense network with layers of the given sizes."""
    cases = [(([784, 64, 32, 64, 784],), 105_392), (([5, 3],), 18), (([2, 2, 2],), 12)]
    return compare(
        count_parameters,
        cases,
        "A layer has inputs · outputs weights and outputs biases; zip(sizes[:-1], sizes[1:]) gives inputs and outputs.",
        "Add inputs * outputs + outputs over all pairs of neighbouring sizes.",
    )


@exercise("2.2")
def check_relu_backward(relu_backward: Callable) -> Feedback:
    """Exercise 2.2: the gradient before a ReLU from the gradient after it."""
    generator = torch.Generator().manual_seed(0)
    delta, before = torch.randn(2, 5, 4, generator=generator)
    return compare(
        relu_backward,
        [((delta, before), delta * (before > 0)), ((-delta, -before), -delta * (before < 0))],
        "Where a > 0, ReLU passes its input on, with slope 1. Elsewhere its slope is 0.",
        "Multiply delta_h by (a > 0), which is 1 or 0 for each entry; the sign of delta_h itself does not matter.",
    )


@exercise("2.3")
def check_prepare(prepare: Callable) -> Feedback:
    """Exercise 2.3: ``uint8`` images (N, H, W) => float rows (N, H·W) in [0, 1]."""
    images = small_images().squeeze(1).numpy()  # (6, 4, 5)
    dark = images // 4  # its brightest pixel is below 255, so dividing by the maximum would be wrong
    return compare(
        prepare,
        [((images,), images.reshape(6, 20) / 255), ((dark,), dark.reshape(6, 20) / 255)],
        "The two fixes of section 4, one after the other.",
        "First images.reshape(len(images), -1), then divide by 255, the largest value that a uint8 can have.",
    )


@exercise("2.4")
def check_units_in_use(units_in_use: Callable) -> Feedback:
    """Exercise 2.4: codes (N, code_size) => the share of images with each unit above 0; how many are nearly dead."""
    # Out of 250 images, 1 or 2 are less than one in a hundred. No share is exactly 0.01, because that is less than
    # 0.01 in float32 but not in Python, so right answers would differ.
    above = torch.tensor([250, 0, 1, 2, 3, 125, 0])
    codes = (torch.arange(1, 251)[:, None] * (torch.arange(250)[:, None] < above)).float()  # (250, 7)
    signed = torch.where(codes > 0, codes, -1.0)  # as without a ReLU, when 0 is a value like any other
    cases = [((codes,), (above / 250, 2)), ((signed,), (above / 250, 2)), ((codes[:50, 3:],), ([0.04, 0.06, 1, 0], 0))]
    return compare(
        units_in_use,
        cases,
        "(codes > 0).float().mean(0) has each unit's share. Which shares belong to units that are nearly dead?",
        "Count with ((shares > 0) & (shares < 0.01)).sum(): above 0 for some image, but not for one in a hundred.",
    )
