"""The checks of lesson 4, compression."""

from collections.abc import Callable

import numpy as np
import torch

from aelib import checks
from aelib.exercises.feedback import Feedback, compare, judged, returned
from aelib.exercises.progress import exercise


@exercise("4.1")
def check_to_symbols(to_symbols: Callable) -> Feedback:
    """Exercise 4.1: codes (N, code_size) => the nearest whole numbers of steps, from ``lowest`` to ``highest``."""
    codes = torch.tensor([[-7.9, -0.4, 0.3], [2.6, 9.0, 1.1]])
    cases = [
        ((codes, 1.0, -100, 100), torch.tensor([[-8.0, 0, 0], [3, 9, 1]])),
        ((codes, 0.5, -5, 6), torch.tensor([[-5.0, -1, 1], [5, 6, 2]])),
    ]
    return compare(
        to_symbols,
        cases,
        "Divide by the step, round to the nearest whole number, and keep it in range with clamp.",
        "The range is that of the symbols, not of the codes. So which of the three steps comes last?",
    )


@exercise("4.2")
def check_cost_in_bytes(cost_in_bytes: Callable) -> Feedback:
    """Exercise 4.2: the bytes that symbols take, given how often each occurs in training images."""
    counts = np.array([8, 4, 2, 2])  # shares of 1/2, 1/4, 1/8, 1/8: 1, 2, 3 and 3 bits
    cases = [
        ((np.array([0, 0, 1, 2, 3, 3]), counts), 13 / 8),
        ((np.array([3] * 16), counts), 6.0),
        ((np.array([0]), np.array([1, 3])), 0.25),
    ]
    return compare(
        cost_in_bytes,
        cases,
        "The shares come from counts, not from symbols. Sum -log2 of each symbol's share; a byte has 8 bits.",
        "counts / counts.sum() has the share of each symbol, and shares[symbols] looks them all up at once.",
    )


@exercise("4.3")
def check_images_until_smaller(images_until_smaller: Callable) -> Feedback:
    """Exercise 4.3: how many images it takes until our files plus the decoder are smaller than a standard's files."""
    cases = [((1_000, 10, 110), 11), ((1_736_000, 4, 41), 46_919), ((5, 1, 100), 1), ((0, 1, 2), 1)]
    return compare(
        images_until_smaller,
        cases,
        "Each image saves their_bytes - our_bytes. The savings must exceed the decoder; being equal is not enough.",
        "How many whole savings fit into decoder_bytes (//)? One image more makes the difference.",
    )


@exercise("4.4")
def check_my_codec(my_codec: Callable) -> Feedback:
    """Exercise 4.4: a codec that takes at most 9 bytes per image for all test images, at 20 dB or more."""
    from aelib import compression, data, metrics

    fashion = data.load("fashion-mnist")
    codec = returned(my_codec, fashion.train)
    if not isinstance(codec, compression.Codec):
        return Feedback(False, f"Not yet: return a compression.Codec; this is {checks.kind(codec)}.")
    file = returned(codec.compress, fashion.test)
    size, psnr = len(file) / len(fashion.test), metrics.psnr(fashion.test, codec.decompress(file))
    return judged(
        "my_codec",
        size <= 9 and psnr >= 20,
        f"{size:.2f} bytes per image at {psnr:.2f} dB",
        "9 bytes at 20 dB",
        "A larger step makes smaller files."
        if size > 9
        else "A finer step keeps more decibels; so does a network that was trained for the rate.",
        "Take a network of section 7, and the finest step at which training images stay within 9 bytes.",
    )
