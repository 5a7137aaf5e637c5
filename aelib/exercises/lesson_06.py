"""The checks of lesson 6, repair."""

from collections.abc import Callable

import torch

from aelib import checks
from aelib.exercises.feedback import Feedback, compare, drawn, judged, miss, misses, returned, small_images
from aelib.exercises.progress import exercise


@exercise("6.1")
def check_keep_what_is_known(keep_what_is_known: Callable) -> Feedback:
    """Exercise 6.1: damaged and repaired images, lost pixels => new images, repaired only where pixels are lost."""
    damaged, repaired = small_images() / 255, small_images(1) / 255
    lost = torch.rand(damaged[:, :1].shape, generator=torch.Generator().manual_seed(2)) < 0.3
    given = (damaged.clone(), repaired.clone(), lost.clone())
    missed = misses["keep_what_is_known"]
    feedback = compare(
        keep_what_is_known,
        [(given, torch.where(lost, repaired, damaged))],
        "Which of the two pictures has the right pixel where nothing is lost?",
        "torch.where(lost, …, …): first what to take where pixels are lost, then what to take elsewhere.",
    )
    if feedback.solved and not all(map(torch.equal, given, (damaged, repaired, lost))):
        misses["keep_what_is_known"] = missed  # reset by the comparison, because the result was right
        return miss(
            "keep_what_is_known",
            "Not yet: the result is right, but keep_what_is_known changes the images that it is given.",
            "The caller still needs them. Make new ones.",
            "torch.where makes a new tensor; so does damaged.clone(), which you may then change.",
        )
    return feedback


@exercise("6.2")
def check_energy(energy: Callable) -> Feedback:
    """Exercise 6.2: the energy of a code, from its disagreement with the known pixels and its squared length."""
    decoded, damaged = small_images()[:1] / 255, small_images(1)[:1] / 255
    generator = torch.Generator().manual_seed(2)
    lost = torch.rand(damaged.shape, generator=generator) < 0.3
    cases = []
    for error in (0.01, 0.5):
        whitened = torch.randn(1, 5, generator=generator)
        disagreement = (decoded - damaged)[~lost].square().sum() / error
        cases.append(((decoded, damaged, lost, whitened, error), (disagreement + whitened.square().sum()) / 2))
    return compare(
        energy,
        cases,
        "Two sums of squares: of the known pixels' differences, divided by error, and of the code. Then halve both.",
        "Take only the known pixels, [~lost]; use sums, not means; and halve both terms.",
    )


@exercise("6.3")
def check_back_projection(back_projection: Callable) -> Feedback:
    """Exercise 6.3: an enlarged image, the small one => the enlarged one, with the right means in its 2 × 2 squares."""
    cases = []
    for seed in (0, 1):
        generator = torch.Generator().manual_seed(seed)
        enlarged = torch.rand(2, 1, 8, 12, generator=generator)
        small = torch.rand(2, 1, 4, 6, generator=generator)
        lacking = small - torch.nn.functional.avg_pool2d(enlarged, 2)
        cases.append(((enlarged, small), enlarged + lacking.repeat_interleave(2, 2).repeat_interleave(2, 3)))
    return compare(
        back_projection,
        cases,
        "Shrink the enlargement again, and see what is missing compared with the small picture.",
        "small - F.avg_pool2d(enlarged, 2) is missing; each value goes to the four pixels of its square.",
    )


@exercise("6.4")
def check_my_repair(my_repair: Callable) -> Feedback:
    """Exercise 6.4: a repair that gains 0.8 dB on 300 test images saved as JPEG of quality 10."""
    from aelib import data, metrics, repair

    fashion = data.load("fashion-mnist")
    test = data.as_float(fashion.test[:300])
    damaged, _ = repair.damage(test, "jpeg", 10)
    method = returned(my_repair, fashion.train)
    if not callable(method):
        return Feedback(False, f"Not yet: my_repair must return a function; it returned {checks.kind(method)}.")
    if isinstance(method, torch.nn.Module) and type(method).forward is torch.nn.Module.forward:
        kind = type(method).__name__
        return Feedback(False, f"Not yet: my_repair returned a {kind}, which only trains. Return the network in it.")
    repaired = returned(method, damaged.clone())  # it may change them
    repaired = drawn("what my_repair returns", repaired, tuple(test.shape))
    gain = metrics.psnr(test, repaired) - metrics.psnr(test, damaged)
    return judged(
        "my_repair",
        gain >= 0.8,
        f"a gain of {gain:.2f} dB",
        "0.8 dB",
        "Section 5: a network learns to repair the damage it is trained on.",
        "Take the small U-Net from section 5. Which damage must it be trained on here, and are there enough steps?",
    )
