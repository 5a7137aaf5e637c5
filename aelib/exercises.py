"""Check your own work: quiz questions, and a ``check_…`` function for each exercise of the lessons.

A check runs your function on small inputs and answers with a sentence: solved, not solved yet, or what went wrong,
with a hint at the first miss and a better one from the second miss on.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import ipywidgets as widgets
import numpy as np
import torch

from aelib import checks

_misses = Counter()  # of each exercise, since the kernel started


@dataclass(frozen=True)
class Feedback:
    """The answer of a check: whether the exercise is ``solved``, and a ``message`` for the learner."""

    solved: bool
    message: str

    def __repr__(self) -> str:
        """Return the message, so that a cell that ends in a check shows it."""
        return self.message


def quiz(question: str, answers: Mapping[str, str], right: str) -> widgets.VBox:
    """Return a multiple-choice question as a widget; each of the ``answers`` comes with the feedback it brings.

    Question and feedback are HTML, the answers plain text; nothing of them is read as a formula.

    Raises ``ValueError`` when ``right`` is not one of the answers.
    """
    if right not in answers:
        raise ValueError(f"The right answer {right!r} is not among the answers {list(answers)}.")
    as_wide_as_the_text = widgets.Layout(width="max-content")
    choice = widgets.RadioButtons(options=list(answers), value=None, layout=as_wide_as_the_text)
    feedback = widgets.HTML("Choose one before you go on.")

    def show_feedback(change: dict) -> None:
        mark, word = ("✓", "Yes") if change["new"] == right else ("✗", "No")  # the word is for screen readers
        feedback.value = f'<b role="img" aria-label="{word}">{mark}</b> {answers[change["new"]]}'

    choice.observe(show_feedback, "value")
    return widgets.VBox([widgets.HTML(f"<b>{question}</b>"), choice, feedback])


def _compare(answer: Callable, cases: list[tuple[tuple, object]], hint: str, better_hint: str) -> Feedback:
    """Call ``answer`` with the arguments of each case and compare what comes back with what should."""
    if not callable(answer):
        return Feedback(False, "Not yet: hand the function itself to the check, without calling it.")
    name = getattr(answer, "__name__", type(answer).__name__)
    for arguments, expected in cases:
        try:
            result = answer(*arguments)
        except Exception as error:  # the learner's own code may raise anything; it is shown
            return _miss(name, f"{name} stopped with {type(error).__name__}: {error}.", hint, better_hint)
        if any(part is None or part is ... for part in (result if isinstance(result, (tuple, list)) else [result])):
            return Feedback(False, f"Not solved yet: {name} has a gap to fill.")
        problem = _difference(result, expected)
        if problem:
            return _miss(name, f"Not yet: {name} {problem}.", hint, better_hint)
    _misses.pop(name, None)
    return Feedback(True, f"Solved: {name} is right.")


def _returned(answer: Callable, *arguments: object) -> object:
    """Return what an answer returns; or, where it raises something or has a gap, the feedback that says so."""
    name = getattr(answer, "__name__", type(answer).__name__)
    try:
        result = answer(*arguments)
    except Exception as error:  # the learner's own code may raise anything; it is shown
        return Feedback(False, f"{name} stopped with {type(error).__name__}: {error}.")
    return Feedback(False, f"Not solved yet: {name} has a gap to fill.") if result is None or result is ... else result


def _drawn(who: str, images: object, shape: tuple[int, ...]) -> torch.Tensor | Feedback:
    """Return the images that an answer, called ``who``, drew, float in [0, 1]; or the feedback that they are none."""
    if not isinstance(images, torch.Tensor) or images.shape != shape or not images.is_floating_point():
        return Feedback(False, f"Not yet: {who} must return a float tensor of the shape {shape}.")
    try:
        checks.drawing(images, shape, who)
    except ValueError as error:
        return Feedback(False, f"Not yet: {error}")
    return images.detach().float().clamp(0, 1)


def _judged(name: str, reached: bool, found: str, goal: str, hint: str, better_hint: str) -> Feedback:
    """Return what the measurement of an open exercise means; a NaN does not reach its goal."""
    if not reached:
        return _miss(name, f"Not yet: {found}; the goal is {goal}.", hint, better_hint)
    _misses.pop(name, None)
    return Feedback(True, f"Solved: {found}.")


def _miss(name: str, problem: str, hint: str, better_hint: str) -> Feedback:
    _misses[name] += 1
    return Feedback(False, f"{problem} Hint: {hint if _misses[name] == 1 else better_hint}")


def _difference(result: object, expected: object) -> str:
    """Return how ``result`` differs from ``expected``, or an empty string when they agree to five digits."""
    if isinstance(expected, str):
        right = isinstance(result, str) and result == expected
        return "" if right else f"returned {result!r}, which is not what the measurement says"
    if isinstance(expected, tuple):
        if isinstance(result, list) and len(result) == len(expected):
            return "returned a list; return a tuple: the values with commas between them, without the brackets [ ]"
        if not isinstance(result, tuple) or len(result) != len(expected):
            return f"should return {len(expected)} values"
        return next((text for text in map(_difference, result, expected) if text), "")
    try:
        if isinstance(result, str):
            raise TypeError("a text, which NumPy would read as a number")
        result = np.asarray(result.detach() if isinstance(result, torch.Tensor) else result, dtype=float)
    except (TypeError, ValueError, OverflowError, RuntimeError):  # RuntimeError: tensors that still carry gradients
        return f"returned {result!r}, which is no number or array of numbers"
    expected = np.asarray(expected, dtype=float)
    if result.shape != expected.shape:
        return f"returned the shape {result.shape}; it should be {expected.shape}"
    if not np.allclose(result, expected, rtol=1e-5, atol=1e-7):
        if result.ndim == 0:
            return f"returned {result:.6g}; it should be {expected:.6g}"
        difference = np.abs(result - expected)
        worst = np.argmax(np.where(np.isnan(difference), np.inf, difference))
        return f"has the right shape but a wrong value: {result.flat[worst]:.6g} instead of {expected.flat[worst]:.6g}"
    return ""


def _small_images(seed: int = 0) -> torch.Tensor:
    """Return six ``uint8`` images (6, 1, 4, 5) of random pixels, not square, so that mixed-up axes show."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (6, 1, 4, 5), generator=generator, dtype=torch.uint8)


# Lesson 1


def check_one_row_per_image(one_row_per_image: Callable) -> Feedback:
    """Lesson 1: images (N, C, H, W) => rows (N, C·H·W)."""
    images = _small_images()
    colour = images.reshape(2, 3, 4, 5)
    return _compare(
        one_row_per_image,
        [((images,), images.reshape(6, 20)), ((colour,), colour.reshape(2, 60))],
        "images.reshape(rows, -1) works out the length of a row by itself. How many rows do you need?",
        "The number of images is len(images), and each is one row.",
    )


def check_psnr_by_hand(psnr_by_hand: Callable) -> Feedback:
    """Lesson 1: PSNR in dB of two float tensors in [0, 1]."""
    images = _small_images() / 255
    cases = []
    for other in (_small_images(seed=1) / 255, images * 0.9):
        cases.append(((images, other), -10 * torch.log10((images - other).square().mean())))
    return _compare(
        psnr_by_hand,
        cases,
        "First the MSE: difference, square, mean over everything. Then -10 · log10 of it.",
        "Square before you take the mean, use torch.log10 (not torch.log), and mind the minus sign.",
    )


def check_numbers_needed(numbers_needed: Callable) -> Feedback:
    """Lesson 1: the smallest code size whose components keep a share of the variance, given all variances (D,)."""
    variances = torch.tensor([4.0, 3.0, 2.0, 1.0])
    halves = torch.tensor([8.0, 4.0, 2.0, 1.0, 1.0])  # the shares that its first components keep are exact in binary
    cases = [((variances, 0.5), 2), ((variances, 0.35), 1), ((variances, 0.8), 3), ((variances, 0.95), 4)]
    cases += [((halves, 0.5), 1), ((halves, 0.875), 3), ((halves, 1.0), 5)]
    return _compare(
        numbers_needed,
        cases,
        "variances.cumsum(0) / variances.sum() is the share that 1, 2, 3 … components keep.",
        "Count the code sizes that keep too little, (kept < share).sum(), a share just met not among them; the next "
        "one will do.",
    )


def check_most_improved_class(most_improved_class: str) -> Feedback:
    """Lesson 1: the class of Fashion-MNIST whose test images gain most dB when ``dense-32`` takes the place of PCA."""
    from aelib import data, models, training

    fashion = data.load("fashion-mnist")
    # A quarter of the training images makes PCA worse by less than the classes differ, and saves time and memory.
    pca, network = models.pca(data.as_float(fashion.train[:5000]), 32), training.pretrained("dense-32")
    gains = {}
    for label, name in enumerate(fashion.classes):
        images = fashion.test[fashion.test_labels == label]
        gains[name] = training.held_out_psnr(network, images) - training.held_out_psnr(pca, images)
    return _compare(
        _named("most_improved_class", most_improved_class),
        [((), max(gains, key=gains.get))],
        "Take the test images of one class and both PSNRs of them; then go through all ten classes.",
        "The gain is the network's PSNR minus PCA's, in dB, not a difference of MSE. Take the class where it is "
        "largest, and write its name as fashion.classes has it.",
    )


def _named(name: str, value: object) -> Callable:
    """Return a function of that name that returns ``value``, for exercises whose answer is a value."""

    def answer() -> object:
        return value

    answer.__name__ = name
    return answer


# Lesson 2


def check_count_parameters(count_parameters: Callable) -> Feedback:
    """Lesson 2: the number of weights and biases of a dense network with layers of the given sizes."""
    cases = [(([784, 64, 32, 64, 784],), 105_392), (([5, 3],), 18), (([2, 2, 2],), 12)]
    return _compare(
        count_parameters,
        cases,
        "A layer has inputs · outputs weights and outputs biases; zip(sizes[:-1], sizes[1:]) gives inputs and outputs.",
        "Add inputs * outputs + outputs over all pairs of neighbouring sizes.",
    )


def check_relu_backward(relu_backward: Callable) -> Feedback:
    """Lesson 2: the gradient before a ReLU from the gradient after it."""
    generator = torch.Generator().manual_seed(0)
    delta, before = torch.randn(2, 5, 4, generator=generator)
    return _compare(
        relu_backward,
        [((delta, before), delta * (before > 0)), ((-delta, -before), -delta * (before < 0))],
        "Where a > 0, ReLU passes its input on, with slope 1. Elsewhere its slope is 0.",
        "Multiply delta_h by (a > 0), which is 1 or 0 for each entry; the sign of delta_h itself does not matter.",
    )


def check_prepare(prepare: Callable) -> Feedback:
    """Lesson 2: ``uint8`` images (N, H, W) => float rows (N, H·W) in [0, 1]."""
    images = _small_images().squeeze(1).numpy()  # (6, 4, 5)
    dark = images // 4  # its brightest pixel is below 255, so dividing by the maximum is wrong
    return _compare(
        prepare,
        [((images,), images.reshape(6, 20) / 255), ((dark,), dark.reshape(6, 20) / 255)],
        "The two fixes of section 4, one after the other.",
        "First images.reshape(len(images), -1), then divide by 255, the largest value that a uint8 can have.",
    )


def check_units_in_use(units_in_use: Callable) -> Feedback:
    """Lesson 2: for what share of the images each unit of codes (N, code_size) is above 0; how many are nearly dead."""
    # Of 250 images; for 1 and 2 of them is less than one in a hundred. None is exactly that, for a share of 0.01 in
    # float32 is less than 0.01 in Python, so right answers would differ.
    above = torch.tensor([250, 0, 1, 2, 3, 125, 0])
    codes = (torch.arange(1, 251)[:, None] * (torch.arange(250)[:, None] < above)).float()  # (250, 7)
    signed = torch.where(codes > 0, codes, -1.0)  # as without a ReLU, where 0 is a value like any other
    cases = [((codes,), (above / 250, 2)), ((signed,), (above / 250, 2)), ((codes[:50, 3:],), ([0.04, 0.06, 1, 0], 0))]
    return _compare(
        units_in_use,
        cases,
        "(codes > 0).float().mean(0) is the share of each unit. Which shares belong to units that are nearly dead?",
        "Count with ((shares > 0) & (shares < 0.01)).sum(): above 0 for some image, but not for one in a hundred.",
    )


# Lesson 3


def check_training_step(training_step: Callable) -> Feedback:
    """Lesson 3: one update of the weights; returns the loss before it as a number."""
    from aelib import models

    batch = _small_images() / 255
    expected_losses, expected_weights = _three_plain_steps(models.DenseAutoencoder(2, (3,), (1, 4, 5)), batch)
    model = models.DenseAutoencoder(2, (3,), (1, 4, 5))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)

    def losses_and_weights() -> tuple:
        losses = [training_step(model, optimizer, batch) for _ in range(3)]
        if any(loss is None or loss is ... for loss in losses):
            return (None,)
        return losses, model.encoder[0].weight

    losses_and_weights.__name__ = "training_step"
    return _compare(
        losses_and_weights,
        [((), (expected_losses, expected_weights))],
        "The order is: forget the old gradients, compute the new ones, take the step.",
        "optimizer.zero_grad(), then loss.backward(), then optimizer.step(); and return loss.item().",
    )


def _three_plain_steps(model: torch.nn.Module, batch: torch.Tensor) -> tuple[list[float], torch.Tensor]:
    """Return the losses and the first weights of three steps of gradient descent with learning rate 0.5."""
    losses = []
    for _ in range(3):
        loss = model.loss(batch)
        losses.append(loss.item())
        gradients = torch.autograd.grad(loss, list(model.parameters()))
        with torch.no_grad():
            for parameter, gradient in zip(model.parameters(), gradients, strict=True):
                parameter -= 0.5 * gradient
    return losses, model.encoder[0].weight.detach()


def check_psnr_from_sum_per_image(psnr_from_sum_per_image: Callable) -> Feedback:
    """Lesson 3: PSNR in dB from a squared error that is summed over the pixels of an image."""
    return _compare(
        psnr_from_sum_per_image,
        [((7.84, (1, 28, 28)), 20.0), ((3.072, (3, 32, 32)), 30.0), ((50.0, (1, 4, 5)), -10 * np.log10(2.5))],
        "Divide by the number of pixel values, C · H · W, to get the MSE per pixel.",
        "-10 * np.log10(error / np.prod(image_shape)); all three numbers of the shape count, the channels too.",
    )


def check_stopping_epoch(stopping_epoch: Callable) -> Feedback:
    """Lesson 3: the epoch (counted from 1) at which early stopping with ``patience`` ends a training."""
    losses = [5.0, 4.0, 4.5, 3.0, 3.5, 3.2, 3.1, 2.0]
    cases = [
        ((losses, 3), 7),
        ((losses, 1), 3),
        ((losses, 5), 8),
        (([3.0, 2.0, 1.0], 2), 3),
        (([1.0, 1.0, 1.0, 2.0], 2), 3),
    ]
    return _compare(
        stopping_epoch,
        cases,
        "Go through the losses, remember the best one and its epoch, and stop when it is patience epochs old.",
        "for epoch, loss in enumerate(test_losses, start=1): update the best first, then compare epoch - best_epoch "
        "with patience; after the loop return len(test_losses).",
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


def check_my_change(my_change: Mapping[str, object]) -> Feedback:
    """Lesson 3: one change to the article's recipe that wins 0.6 dB on the test images in the time of 1,000 steps."""
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
        # Both in turn, three times: where another program disturbs one, its fastest time counts.
        turns = [_ARTICLE_RECIPE, my_recipe] * 3
        seconds = [_trained(recipe, fashion.train, 50)[1] for recipe in turns]
        article_seconds, my_seconds = min(seconds[::2]), min(seconds[1::2])
        my_steps = max(1, round(1000 * article_seconds / my_seconds))
        psnr = training.held_out_psnr(_trained(my_recipe, fashion.train, my_steps)[0], fashion.test)
    except Exception as error:  # a value that makes no sense may raise anything; it is shown
        return Feedback(False, f"my_change stopped with {type(error).__name__}: {error}.")
    article_psnr = _psnr_of_the_article()
    return _judged(
        "my_change",
        psnr - article_psnr >= 0.6,
        f"{psnr:.2f} dB after {my_steps:,} steps, {psnr - article_psnr:+.2f} dB against the article's recipe, which "
        "makes 1,000 in that time",
        "+0.60 dB",
        "Try one other value of each of the seven. Section 6 tried three; one made by far the greatest difference.",
        "Leave the rest as it is, and try learning rates between 0.002 and 0.01.",
    )


def _trained(recipe: Mapping[str, object], images: torch.Tensor, steps: int) -> tuple[torch.nn.Module, float]:
    """Return a network that is trained by a recipe, and the seconds of the processor that it took."""
    import time

    from aelib import models, training

    layers = {name: recipe[name] for name in ("hidden", "activation", "code_activation")}
    options = {name: value for name, value in recipe.items() if name not in layers}
    model = models.DenseAutoencoder(32, **layers)
    started = time.process_time()
    history = training.fit(model, images, steps=steps, device="cpu", progress=False, **options)
    if history.stopped != "steps":
        raise KeyboardInterrupt  # which fit swallows; a training that was broken off must not be compared
    return model, time.process_time() - started


@cache
def _psnr_of_the_article() -> float:
    from aelib import data, training

    fashion = data.load("fashion-mnist")
    return training.held_out_psnr(_trained(_ARTICLE_RECIPE, fashion.train, 1000)[0], fashion.test)


# Lesson 4


def check_to_symbols(to_symbols: Callable) -> Feedback:
    """Lesson 4: codes (N, code_size) => the nearest whole numbers of steps, from ``lowest`` to ``highest``."""
    codes = torch.tensor([[-7.9, -0.4, 0.3], [2.6, 9.0, 1.1]])
    cases = [
        ((codes, 1.0, -100, 100), torch.tensor([[-8.0, 0, 0], [3, 9, 1]])),
        ((codes, 0.5, -5, 6), torch.tensor([[-5.0, -1, 1], [5, 6, 2]])),
    ]
    return _compare(
        to_symbols,
        cases,
        "Divide by the step, round to the nearest whole number, and keep it in range with clamp.",
        "torch.round(codes / step).clamp(lowest, highest): the range is one of symbols, so clamp comes last.",
    )


def check_cost_in_bytes(cost_in_bytes: Callable) -> Feedback:
    """Lesson 4: the bytes that symbols cost by the shares that they have in training images."""
    counts = np.array([8, 4, 2, 2])  # shares of 1/2, 1/4, 1/8, 1/8: 1, 2, 3 and 3 bits
    cases = [
        ((np.array([0, 0, 1, 2, 3, 3]), counts), 13 / 8),
        ((np.array([3] * 16), counts), 6.0),
        ((np.array([0]), np.array([1, 3])), 0.25),
    ]
    return _compare(
        cost_in_bytes,
        cases,
        "The shares come from counts, not from symbols. Sum -log2 of the share of each symbol; a byte has 8 bits.",
        "share = counts / counts.sum(), then -np.log2(share[symbols]).sum() / 8.",
    )


def check_images_until_smaller(images_until_smaller: Callable) -> Feedback:
    """Lesson 4: from how many images on our files and the decoder are smaller than the files of a standard."""
    cases = [((1_000, 10, 110), 11), ((1_736_000, 4, 41), 46_919), ((5, 1, 100), 1), ((0, 1, 2), 1)]
    return _compare(
        images_until_smaller,
        cases,
        "Each image saves their_bytes - our_bytes. The savings must be more than the decoder, not as much.",
        "int(decoder_bytes // (their_bytes - our_bytes)) + 1.",
    )


def check_my_codec(my_codec: Callable) -> Feedback:
    """Lesson 4: a codec that takes at most 9 bytes per image for all test images, at 20 dB or more."""
    from aelib import compression, data, metrics

    fashion = data.load("fashion-mnist")
    codec = _returned(my_codec, fashion.train)
    if isinstance(codec, Feedback):
        return codec
    if not isinstance(codec, compression.Codec):
        return Feedback(False, f"Not yet: return a compression.Codec; this is {checks.kind(codec)}.")
    file = _returned(codec.compress, fashion.test)
    if isinstance(file, Feedback):
        return file
    size, psnr = len(file) / len(fashion.test), metrics.psnr(fashion.test, codec.decompress(file))
    return _judged(
        "my_codec",
        size <= 9 and psnr >= 20,
        f"{size:.2f} bytes per image at {psnr:.2f} dB",
        "9 bytes at 20 dB",
        'Start from training.pretrained("rate-64"): a larger step makes smaller files.',
        "With rate-64, take the finest step with which training images keep to 9 bytes.",
    )


# Lesson 5


def check_codes_in_range(codes_in_range: Callable) -> Feedback:
    """Lesson 5: uniform random numbers (N, code_size) => codes in the range that each unit of real codes has."""
    codes = torch.tensor([[1.0, -4.0, 0.5], [3.0, 2.0, 0.5], [2.0, 0.0, 1.5]])
    numbers = torch.tensor([[0.0, 0.5, 1.0], [1.0, 0.25, 0.0]])
    expected = torch.tensor([[1.0, -1.0, 1.5], [3.0, -2.5, 0.5]])
    return _compare(
        codes_in_range,
        [((codes, numbers), expected), ((-codes, numbers), torch.tensor([[-3.0, 1.0, -0.5], [-1.0, -0.5, -1.5]]))],
        "min(0) and max(0) go along the codes and leave one value for each unit; take .values of what they return.",
        "lowest + (highest - lowest) * random_numbers: 0 becomes the least value, 1 the greatest.",
    )


def check_draw_code(draw_code: Callable) -> Feedback:
    """Lesson 5: the reparameterisation, from mean, log-variance and noise, (N, code_size) each."""
    generator = torch.Generator().manual_seed(0)
    mean, log_variance, noise = torch.randn(3, 4, 2, generator=generator)
    expected = mean + torch.exp(log_variance / 2) * noise
    return _compare(
        draw_code,
        [((mean, log_variance, noise), expected)],
        "The noise has a standard deviation of 1. Which number gives it that of q? Then shift it by the mean.",
        "The standard deviation is (log_variance / 2).exp(), the root of the variance.",
    )


def check_bits_per_pixel(bits_per_pixel: Callable) -> Feedback:
    """Lesson 5: −ELBO in bits per pixel value from a cross-entropy per pixel and a divergence per image, in nats."""
    ln2 = float(np.log(2))
    return _compare(
        bits_per_pixel,
        [((ln2, 784 * ln2, (1, 28, 28)), 2.0), ((0.3, 15.0, (3, 4, 5)), 0.55 / ln2), ((0.0, 1.0, (1, 1, 1)), 1 / ln2)],
        "Only one of the two is per pixel already. How many pixel values has an image?",
        "(cross_entropy_per_pixel + divergence_per_image / np.prod(image_shape)) / np.log(2).",
    )


def check_my_sampler(my_sampler: Callable) -> Feedback:
    """Lesson 5: 5,000 new images at a Fréchet distance of at most 15 from the test images, and no near copies.

    The 1st percentile of the distances to the nearest training image must be above 0.055, as in the lesson's section 3.
    """
    from aelib import data, generation, metrics, training

    fashion = data.load("fashion-mnist")
    shape = (5000, *fashion.test.shape[1:])
    images = _returned(my_sampler, training.pretrained("dense-32"), fashion.train)
    images = images if isinstance(images, Feedback) else _drawn("my_sampler", images, shape)
    if isinstance(images, Feedback):
        return images
    classifier = training.pretrained("classifier")
    with torch.no_grad():
        made, real = (
            torch.cat([classifier.features(part) for part in batch.split(1000)])
            for batch in (images, data.as_float(fashion.test))
        )
    distance = metrics.frechet_distance(made, real)
    # Between reconstructions of training images or faint noise on them, below 0.05, and test images or a mixture's
    # pictures, above 0.06. Every tenth is enough, and copies have nowhere to hide.
    nearest_percent = generation.nearest(images[::10], fashion.train)[1].quantile(0.01).item()
    if distance <= 15 and nearest_percent < 0.055:
        return Feedback(
            False,
            f"Not yet: the nearest 1% of your pictures lie less than {nearest_percent:.3f} from a training image, as "
            "near copies do (section 3); the limit is 0.055. Draw new codes, further from the real ones.",
        )
    return _judged(
        "my_sampler",
        distance <= 15,
        f"a Fréchet distance of {distance:.1f}",
        "15",
        "Section 3: look for a way to draw a code that scores below 15.",
        "Fit a mixture to generation.encode_all(model, images) by generation.draw_codes, and decode what it draws.",
    )


# Lesson 6


def check_keep_what_is_known(keep_what_is_known: Callable) -> Feedback:
    """Lesson 6: damaged and repaired images, and the lost pixels => new images, the repaired where pixels are lost."""
    damaged, repaired = _small_images() / 255, _small_images(1) / 255
    lost = torch.rand(damaged[:, :1].shape, generator=torch.Generator().manual_seed(2)) < 0.3
    given = (damaged.clone(), repaired.clone(), lost.clone())
    misses = _misses["keep_what_is_known"]
    feedback = _compare(
        keep_what_is_known,
        [(given, torch.where(lost, repaired, damaged))],
        "Which of the two pictures has the right pixel where nothing is lost?",
        "torch.where(lost, …, …): first what to take where pixels are lost, then what to take elsewhere.",
    )
    if feedback.solved and not all(map(torch.equal, given, (damaged, repaired, lost))):
        _misses["keep_what_is_known"] = misses  # which the comparison has forgotten, since it was right
        return _miss(
            "keep_what_is_known",
            "Not yet: the result is right, but keep_what_is_known changes the images that it is given.",
            "Whoever calls it still needs them. Make new ones.",
            "torch.where makes a new tensor; so does damaged.clone(), which you may then change.",
        )
    return feedback


def check_energy(energy: Callable) -> Feedback:
    """Lesson 6: the energy of a code, from the disagreement with the known pixels and its squared length."""
    decoded, damaged = _small_images()[:1] / 255, _small_images(1)[:1] / 255
    generator = torch.Generator().manual_seed(2)
    lost = torch.rand(damaged.shape, generator=generator) < 0.3
    cases = []
    for error in (0.01, 0.5):
        whitened = torch.randn(1, 5, generator=generator)
        disagreement = (decoded - damaged)[~lost].square().sum() / error
        cases.append(((decoded, damaged, lost, whitened, error), (disagreement + whitened.square().sum()) / 2))
    return _compare(
        energy,
        cases,
        "Two sums of squares, of the known pixels' differences divided by error and of the code; then half of both.",
        "Take only the known pixels, [~lost]; sums, no means; and halve both terms.",
    )


def check_back_projection(back_projection: Callable) -> Feedback:
    """Lesson 6: an enlarged image and the small one => the enlarged one whose 2 × 2 squares have the right means."""
    cases = []
    for seed in (0, 1):
        generator = torch.Generator().manual_seed(seed)
        enlarged = torch.rand(2, 1, 8, 12, generator=generator)
        small = torch.rand(2, 1, 4, 6, generator=generator)
        lacking = small - torch.nn.functional.avg_pool2d(enlarged, 2)
        cases.append(((enlarged, small), enlarged + lacking.repeat_interleave(2, 2).repeat_interleave(2, 3)))
    return _compare(
        back_projection,
        cases,
        "Make the enlargement small again, and look what is missing from the small picture.",
        "small - F.avg_pool2d(enlarged, 2) is missing; each value goes to the four pixels of its square.",
    )


def check_my_repair(my_repair: Callable) -> Feedback:
    """Lesson 6: a repair that gains 0.8 dB on 300 test images which were saved as JPEG of quality 10."""
    from aelib import data, metrics, repair

    fashion = data.load("fashion-mnist")
    test = data.as_float(fashion.test[:300])
    damaged, _ = repair.damage(test, "jpeg", 10)
    method = _returned(my_repair, fashion.train)
    repaired = method if isinstance(method, Feedback) else _returned(method, damaged.clone())  # it may change them
    if not isinstance(repaired, Feedback):
        repaired = _drawn("what my_repair returns", repaired, tuple(test.shape))
    if isinstance(repaired, Feedback):
        return repaired
    gain = metrics.psnr(test, repaired) - metrics.psnr(test, damaged)
    return _judged(
        "my_repair",
        gain >= 0.8,
        f"a gain of {gain:.2f} dB",
        "0.8 dB",
        "Section 5: a network learns to repair the damage that it is trained on.",
        "Take the small U-Net of section 5. Which damage does its training need here, and are there enough steps?",
    )
