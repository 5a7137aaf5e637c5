"""The checks of lesson 3, training."""

import time
from collections.abc import Callable, Mapping
from functools import cache

import numpy as np
import torch

from aelib.exercises.feedback import Feedback, compare, judged, small_images, stopped
from aelib.exercises.progress import exercise


@exercise("3.1")
def check_training_step(training_step: Callable) -> Feedback:
    """Exercise 3.1: one update of the weights; returns the loss before it as a number."""
    from aelib import models

    batch = small_images() / 255
    model = models.DenseAutoencoder(2, (3,), (1, 4, 5))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    given = []

    def losses() -> list:
        given.extend(training_step(model, optimizer, batch) for _ in range(4))
        return [loss.item() if isinstance(loss, torch.Tensor) else loss for loss in given]

    losses.__name__ = "training_step"
    feedback = compare(
        losses,
        [((), _four_plain_steps(models.DenseAutoencoder(2, (3,), (1, 4, 5)), batch))],
        "The order is: forget the old gradients, compute the new ones, take the step.",
        "Each of the three is one call: of zero_grad, of backward, of step. Which belongs to the loss?",
    )
    if feedback.solved and any(isinstance(loss, torch.Tensor) for loss in given):
        return Feedback(
            False,
            "Not yet: the steps are right, but training_step returns a tensor, which keeps all that its gradient "
            "needs. Return the number in it: loss.item().",
        )
    return feedback


def _four_plain_steps(model: torch.nn.Module, batch: torch.Tensor) -> list[float]:
    """Return the losses of four steps of gradient descent with learning rate 0.5; the last shows the third update."""
    losses = []
    for _ in range(4):
        loss = model.loss(batch)
        losses.append(loss.item())
        gradients = torch.autograd.grad(loss, list(model.parameters()))
        with torch.no_grad():
            for parameter, gradient in zip(model.parameters(), gradients, strict=True):
                parameter -= 0.5 * gradient
    return losses


@exercise("3.2")
def check_psnr_from_sum_per_image(psnr_from_sum_per_image: Callable) -> Feedback:
    """Exercise 3.2: PSNR in dB from a squared error summed over the pixels of an image."""
    return compare(
        psnr_from_sum_per_image,
        [((7.84, (1, 28, 28)), 20.0), ((3.072, (3, 32, 32)), 30.0), ((50.0, (1, 4, 5)), -10 * np.log10(2.5))],
        "Divide by the number of pixel values, C · H · W, to get the MSE per pixel.",
        "np.prod(image_shape) takes all three numbers, channels included. Then -10 · log10, as in lesson 1.",
    )


@exercise("3.3")
def check_stopping_epoch(stopping_epoch: Callable) -> Feedback:
    """Exercise 3.3: the epoch (counted from 1) at which early stopping with ``patience`` ends training."""
    losses = [5.0, 4.0, 4.5, 3.0, 3.5, 3.2, 3.1, 2.0]
    cases = [
        ((losses, 3), 7),
        ((losses, 1), 3),
        ((losses, 5), 8),
        (([3.0, 2.0, 1.0], 2), 3),
        (([1.0, 1.0, 1.0, 2.0], 2), 3),
    ]
    return compare(
        stopping_epoch,
        cases,
        "Go through the losses, remember the best one and its epoch, and stop once it is patience epochs old.",
        "enumerate(test_losses, start=1) counts the epochs. In each, update the best first, then compare its age with "
        "patience. What do you return if the loop comes to its end?",
    )


# The article's recipe: the first three make the network, the others go to training.fit.
_ARTICLE_RECIPE = {
    "hidden": (64,),
    "activation": "relu",
    "code_activation": "relu",
    "batch_size": 32,
    "learning_rate": 1e-3,
    "one_cycle": False,
    "weight_decay": 0,
}


@exercise("3.4")
def check_my_change(my_change: Mapping[str, object]) -> Feedback:
    """Exercise 3.4: a change to the article's recipe that gains 0.5 dB on test images in the time of 1,000 steps."""
    from aelib import data, training

    if my_change is None or my_change is ...:
        return Feedback(False, "Not solved yet: my_change has a gap to fill.")
    if not isinstance(my_change, Mapping) or len(my_change) != 1 or not set(my_change) <= set(_ARTICLE_RECIPE):
        return Feedback(
            False,
            'Not yet: my_change is a dictionary with one entry, such as {"batch_size": 128}. '
            f"Its name is one of {', '.join(_ARTICLE_RECIPE)}.",
        )
    fashion = data.load("fashion-mnist")
    my_recipe = _ARTICLE_RECIPE | dict(my_change)
    try:
        # Both in turn, three times; the fastest time of each counts, in case another program interferes.
        turns = [_ARTICLE_RECIPE, my_recipe] * 3
        seconds = [_trained(recipe, fashion.train, 50)[1] for recipe in turns]
        article_seconds, my_seconds = min(seconds[::2]), min(seconds[1::2])
        my_steps = max(1, round(1000 * article_seconds / my_seconds))
        psnr = training.held_out_psnr(_trained(my_recipe, fashion.train, my_steps)[0], fashion.test)
    except Exception as error:  # a value that makes no sense may raise anything; it is shown
        return Feedback(False, stopped("my_change", error))
    article_psnr = _psnr_of_the_article()
    return judged(
        "my_change",
        psnr - article_psnr >= 0.5,
        f"{psnr:.2f} dB after {my_steps:,} steps, {psnr - article_psnr:+.2f} dB against the article's recipe, which "
        "makes 1,000 in that time",
        "+0.50 dB",
        "Try one other value for each of the seven. Section 6 tried three; one made by far the biggest difference.",
        "Leave the rest as it is, and try learning rates between 0.003 and 0.008.",
    )


def _trained(recipe: Mapping[str, object], images: torch.Tensor, steps: int) -> tuple[torch.nn.Module, float]:
    """Return a network trained by a recipe, and the seconds of processor time that took."""
    from aelib import models, training

    layers = {name: recipe[name] for name in ("hidden", "activation", "code_activation")}
    options = {name: value for name, value in recipe.items() if name not in layers}
    model = models.DenseAutoencoder(32, **layers)
    history = training.fit(model, images, steps=steps, clock=time.process_time, device="cpu", progress=False, **options)
    if history.stopped != "steps":
        raise KeyboardInterrupt  # fit swallows it, and an unfinished training must not be compared
    return model, history.seconds[-1]


@cache
def _psnr_of_the_article() -> float:
    from aelib import data, training

    fashion = data.load("fashion-mnist")
    return training.held_out_psnr(_trained(_ARTICLE_RECIPE, fashion.train, 1000)[0], fashion.test)
