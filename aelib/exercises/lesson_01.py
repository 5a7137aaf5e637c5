"""The checks of lesson 1, concepts."""

from collections.abc import Callable

import torch

from aelib.exercises.feedback import Feedback, compare, named, small_images
from aelib.exercises.progress import exercise


@exercise("1.1")
def check_one_row_per_image(one_row_per_image: Callable) -> Feedback:
    """Exercise 1.1: images (N, C, H, W) => rows (N, C·H·W)."""
    images = small_images()
    colour = images.reshape(2, 3, 4, 5)
    return compare(
        one_row_per_image,
        [((images,), images.reshape(6, 20)), ((colour,), colour.reshape(2, 60))],
        "images.reshape(rows, -1) works out the length of a row by itself. How many rows do you need?",
        "The number of images is len(images), and each is one row.",
    )


@exercise("1.2")
def check_psnr_by_hand(psnr_by_hand: Callable) -> Feedback:
    """Exercise 1.2: PSNR in dB of two float tensors in [0, 1]."""
    images = small_images() / 255
    cases = []
    for other in (small_images(seed=1) / 255, images * 0.9):
        cases.append(((images, other), -10 * torch.log10((images - other).square().mean())))
    return compare(
        psnr_by_hand,
        cases,
        "First the MSE: difference, square, mean over everything. Then -10 · log10 of it.",
        "Square before you take the mean, use torch.log10 (not torch.log), and mind the minus sign.",
    )


@exercise("1.3")
def check_numbers_needed(numbers_needed: Callable) -> Feedback:
    """Exercise 1.3: the smallest code size whose components keep a share of the variance, given all variances (D,)."""
    variances = torch.tensor([4.0, 3.0, 2.0, 1.0])
    halves = torch.tensor([8.0, 4.0, 2.0, 1.0, 1.0])  # the shares kept by the first components are exact in binary
    cases = [((variances, 0.5), 2), ((variances, 0.35), 1), ((variances, 0.8), 3), ((variances, 0.95), 4)]
    cases += [((halves, 0.5), 1), ((halves, 0.875), 3), ((halves, 1.0), 5)]
    return compare(
        numbers_needed,
        cases,
        "variances.cumsum(0) / variances.sum() is the share that 1, 2, 3 … components keep.",
        "Count the code sizes that keep too little, (kept < share).sum(); a share that is just met is not too little. "
        "The next size is the answer.",
    )


@exercise("1.4")
def check_most_improved_class(most_improved_class: str) -> Feedback:
    """Exercise 1.4: the Fashion-MNIST class whose test images gain the most dB when ``dense-32`` replaces PCA."""
    from aelib import data, models, training

    fashion = data.load("fashion-mnist")
    # A quarter of the training images saves time and memory, and costs PCA less than the classes differ by.
    pca, network = models.pca(data.as_float(fashion.train[:5000]), 32), training.pretrained("dense-32")
    gains = {}
    for label, name in enumerate(fashion.classes):
        images = fashion.test[fashion.test_labels == label]
        gains[name] = training.held_out_psnr(network, images) - training.held_out_psnr(pca, images)
    return compare(
        named("most_improved_class", most_improved_class),
        [((), max(gains, key=gains.get))],
        "Take the test images of one class and compute both PSNRs; then go through all ten classes.",
        "The gain is the network's PSNR minus PCA's, in dB, not a difference of MSE. Take the class where it is "
        "largest, and write its name as fashion.classes has it.",
    )
