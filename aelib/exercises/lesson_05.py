"""The checks of lesson 5, generation."""

from collections.abc import Callable

import numpy as np
import torch

from aelib.exercises.feedback import Feedback, compare, drawn, judged, returned
from aelib.exercises.progress import exercise


@exercise("5.1")
def check_codes_in_range(codes_in_range: Callable) -> Feedback:
    """Exercise 5.1: uniform random numbers (N, code_size) => codes in each unit's range over real codes."""
    codes = torch.tensor([[1.0, -4.0, 0.5], [3.0, 2.0, 0.5], [2.0, 0.0, 1.5]])
    numbers = torch.tensor([[0.0, 0.5, 1.0], [1.0, 0.25, 0.0]])
    expected = torch.tensor([[1.0, -1.0, 1.5], [3.0, -2.5, 0.5]])
    return compare(
        codes_in_range,
        [((codes, numbers), expected), ((-codes, numbers), torch.tensor([[-3.0, 1.0, -0.5], [-1.0, -0.5, -1.5]]))],
        "min(0) and max(0) go over the codes and leave one value for each unit; take .values of what they return.",
        "lowest + (highest - lowest) * random_numbers: 0 becomes the lowest value, 1 the highest.",
    )


@exercise("5.2")
def check_draw_code(draw_code: Callable) -> Feedback:
    """Exercise 5.2: the reparameterisation, from mean, log-variance and noise, (N, code_size) each."""
    generator = torch.Generator().manual_seed(0)
    mean, log_variance, noise = torch.randn(3, 4, 2, generator=generator)
    expected = mean + torch.exp(log_variance / 2) * noise
    return compare(
        draw_code,
        [((mean, log_variance, noise), expected)],
        "The noise has a standard deviation of 1. Which factor gives it that of q? Then shift it by the mean.",
        "The standard deviation is (log_variance / 2).exp(), the root of the variance.",
    )


@exercise("5.3")
def check_bits_per_pixel(bits_per_pixel: Callable) -> Feedback:
    """Exercise 5.3: −ELBO in bits per pixel, from a cross-entropy per pixel and a divergence per image in nats."""
    ln2 = float(np.log(2))
    return compare(
        bits_per_pixel,
        [((ln2, 784 * ln2, (1, 28, 28)), 2.0), ((0.3, 15.0, (3, 4, 5)), 0.55 / ln2), ((0.0, 1.0, (1, 1, 1)), 1 / ln2)],
        "Only one of the two is already per pixel. How many pixel values does an image have?",
        "Divide the divergence by C · H · W before you add the two. How many bits is a nat?",
    )


@exercise("5.4")
def check_my_sampler(my_sampler: Callable) -> Feedback:
    """Exercise 5.4: 5,000 new images at a Fréchet distance of at most 15 from the test images, and no near copies.

    The 1st percentile of the distances to the nearest training image must be above 0.055, as in the lesson's section 3.
    """
    from aelib import data, generation, metrics, training

    fashion = data.load("fashion-mnist")
    shape = (5000, *fashion.test.shape[1:])
    images = drawn("my_sampler", returned(my_sampler, training.pretrained("dense-32"), fashion.train), shape)
    classifier = training.pretrained("classifier")
    with torch.no_grad():
        made, real = (
            torch.cat([classifier.features(part) for part in data.batches(each)]) for each in (images, fashion.test)
        )
    distance = metrics.frechet_distance(made, real)
    # Reconstructions of training images, or faint noise on them, are below 0.05; test images and a mixture's pictures
    # are above 0.06. Every tenth is enough, and copies have nowhere to hide.
    nearest_percent = generation.nearest(images[::10], fashion.train)[1].quantile(0.01).item()
    if distance <= 15 and nearest_percent < 0.055:
        return Feedback(
            False,
            f"Not yet: the nearest 1% of your pictures are less than {nearest_percent:.3f} from a training image, like "
            "near copies (section 3); the limit is 0.055. Draw new codes, further from the real ones.",
        )
    return judged(
        "my_sampler",
        distance <= 15,
        f"a Fréchet distance of {distance:.1f}",
        "15",
        "Section 3: look for a way to draw a code that scores below 15.",
        "Use generation.draw_codes to fit a mixture to generation.encode_all(model, images), and decode what it draws.",
    )
