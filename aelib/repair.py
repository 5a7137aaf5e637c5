"""Damage images in known ways, and mend them: with an autoencoder, a search for the code, or training on damage.

Damaged images are float (N, C, H, W) in [0, 1]. ``lost`` (N, 1, H, W), bool, says which pixels are gone; it is None if
that is unknown, as with noise.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np
import torch
from PIL import Image, ImageDraw
from scipy import ndimage
from torch import nn
from torch.nn import functional as F

from aelib import checks
from aelib.compression import read_picture, write_picture
from aelib.data import as_bytes, as_float, batches, clamped
from aelib.interrupts import held_back
from aelib.models import evaluation_mode

BLUR_NOISE = 0.01  # added to a blurred image, as by a camera; without it, blur could be undone exactly
KNOWN_ERROR = 0.01  # a round number near dense-32's mean squared error per pixel; a search need not go below it
SEARCH_STEPS = 200  # after that, the pictures hardly change

Damaged = tuple[torch.Tensor, torch.Tensor | None]


def gaussian_noise(images: torch.Tensor, strength: float = 0.2, seed: int = 0) -> Damaged:
    """Add normal noise with standard deviation ``strength``, and clip to [0, 1], as a file does."""
    checks.batch(images)
    images, strength = as_float(images), _strength("noise", strength)
    noise = torch.randn(images.shape, generator=_generator(seed), dtype=torch.float32).to(images.device)
    return (images + strength * noise).clamp(0, 1), None


def salt_and_pepper(images: torch.Tensor, strength: float = 0.2, seed: int = 0) -> Damaged:
    """Make a share ``strength`` of the pixels white or black, with equal chance.

    It does not return which ones: nobody marks them in a real picture, where other pixels are white or black too.
    """
    checks.batch(images)
    images, strength = as_float(images), _strength("salt and pepper", strength)
    chance = torch.rand(len(images), 1, *images.shape[2:], generator=_generator(seed), dtype=torch.float32)
    chance = chance.to(images.device)
    damaged = torch.where(chance < strength / 2, 0.0, torch.where(chance < strength, 1.0, images))
    return damaged, None


def square_hole(images: torch.Tensor, strength: int = 10, seed: int = 0) -> Damaged:
    """Cut a square hole with sides of ``strength`` pixels into each image, wherever it fits."""
    checks.batch(images)
    count, _, height, width = images.shape
    strength, generator = _hole_that_fits("hole", strength, height, width), _generator(seed)
    top = torch.randint(height - strength + 1, (count, 1, 1, 1), generator=generator)
    left = torch.randint(width - strength + 1, (count, 1, 1, 1), generator=generator)
    return _without(images, _rectangle(top, left, strength, height, width))


def centre_hole(images: torch.Tensor, strength: int = 14, seed: int = 0) -> Damaged:
    """Cut a square hole with sides of ``strength`` pixels out of the middle, which is the same for every ``seed``."""
    checks.batch(images)
    count, _, height, width = images.shape
    strength = _hole_that_fits("centre hole", strength, height, width)
    top, left = (torch.full((count, 1, 1, 1), (side - strength) // 2) for side in (height, width))
    return _without(images, _rectangle(top, left, strength, height, width))


def strokes(images: torch.Tensor, strength: int = 3, seed: int = 0) -> Damaged:
    """Wipe out what ``strength`` broad curved strokes cover in each image."""
    checks.batch(images)
    random, strength = np.random.default_rng(checks.seed(seed)), _strength("strokes", strength)
    height, width = images.shape[2:]
    broad = max(2, round(min(height, width) / 14))

    def draw(pen: ImageDraw.ImageDraw) -> None:
        for _ in range(strength):
            points = random.random((3, 2)) * (width, height)
            share = np.linspace(0, 1, 9)[:, None]  # along a Bézier curve: (9, 1)
            curve = (1 - share) ** 2 * points[0] + 2 * share * (1 - share) * points[1] + share**2 * points[2]
            pen.line([tuple(point) for point in curve], fill=1, width=broad, joint="curve")

    return _without(images, _drawn(draw, images))


def scratches(images: torch.Tensor, strength: int = 5, seed: int = 0) -> Damaged:
    """Wipe out what ``strength`` straight scratches cover in each image, a pixel wide, from top to bottom."""
    checks.batch(images)
    random, strength = np.random.default_rng(checks.seed(seed)), _strength("scratches", strength)
    height, width = images.shape[2:]

    def draw(pen: ImageDraw.ImageDraw) -> None:
        for _ in range(strength):
            top, bottom = random.random(2) * width
            pen.line([(top, 0), (bottom, height)], fill=1, width=1)

    return _without(images, _drawn(draw, images))


def blur(images: torch.Tensor, strength: float = 1.5, seed: int = 0) -> Damaged:
    """Blur with a normal curve of standard deviation ``strength`` pixels, and add noise of 0.01."""
    checks.batch(images)
    return gaussian_noise(_blurred(as_float(images), _strength("blur", strength)), BLUR_NOISE, seed)


def low_resolution(images: torch.Tensor, strength: int = 2, seed: int = 0) -> Damaged:
    """Replace each square of ``strength`` × ``strength`` pixels by its mean, which is the same for every ``seed``."""
    checks.batch(images)
    images, strength = as_float(images), _strength("low resolution", strength)
    if images.shape[2] % strength or images.shape[3] % strength:
        raise ValueError(f"The sides of {tuple(images.shape[2:])} must be multiples of the strength, {strength}.")
    return F.interpolate(F.avg_pool2d(images, strength), scale_factor=strength, mode="nearest"), None


def jpeg_artefacts(images: torch.Tensor, strength: int = 10, seed: int = 0) -> Damaged:
    """Save each image as a JPEG of quality ``strength`` (1, worst, to 95) and read it back; ``seed`` is ignored."""
    checks.batch(images)
    checks.originals(images)
    strength = _strength("jpeg", strength)
    files = [write_picture(image, "JPEG", quality=strength) for image in as_bytes(images)]
    read = torch.stack([read_picture(file, channels=images.shape[1]) for file in files])
    return as_float(read).to(images.device), None


def faded(images: torch.Tensor, strength: float = 0.6, seed: int = 0) -> Damaged:
    """Mix each image with a pale grey copy of itself, whose share is ``strength``; ``seed`` is ignored."""
    checks.batch(images)
    images, strength = as_float(images), _strength("faded", strength)
    pale = 0.6 + 0.2 * images.mean(1, keepdim=True)  # (N, 1, H, W)
    return (1 - strength) * images + strength * pale, None


def _generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(checks.seed(seed))


def _strength(kind: str, strength: float) -> float:
    """Return the strength as a Python number; refuse one that makes no sense for this kind, or would take for ever."""
    number = checks.number(strength, "strength", most=math.inf, above=0)
    most, meaning = GREATEST.get(kind, (2**16, "a number of pixels"))
    if number > most:
        raise ValueError(f"The strength of {kind!r} is {meaning}, at most {most}; got {strength}.")
    if kind in WHOLE and not number.is_integer():
        raise ValueError(f"The strength of {kind!r} is a whole number; got {strength}.")
    return int(number) if kind in WHOLE else number


def _hole_that_fits(kind: str, strength: float, height: int, width: int) -> int:
    side = _strength(kind, strength)
    if side > min(height, width):
        raise ValueError(f"A hole of {side} pixels does not fit into images of {height} × {width}.")
    return side


def _rectangle(top: torch.Tensor, left: torch.Tensor, side: int, height: int, width: int) -> torch.Tensor:
    """Return masks (N, 1, height, width), true in squares with their corners at rows and columns (N, 1, 1, 1)."""
    row, column = torch.arange(height)[:, None], torch.arange(width)  # (H, 1), (W,)
    return (row >= top) & (row < top + side) & (column >= left) & (column < left + side)


def _drawn(draw: Callable[[ImageDraw.ImageDraw], None], images: torch.Tensor) -> torch.Tensor:
    """Return one mask (1, H, W) for each image, (N, 1, H, W), true where ``draw`` has drawn."""
    height, width = images.shape[2:]
    masks = []
    for _ in range(len(images)):
        mask = Image.new("L", (width, height))
        draw(ImageDraw.Draw(mask))
        masks.append(np.asarray(mask, dtype=bool))
    return torch.from_numpy(np.stack(masks))[:, None]


def _without(images: torch.Tensor, lost: torch.Tensor) -> Damaged:
    """Return images with zeros where pixels are lost, and the lost pixels."""
    images = as_float(images)
    lost = lost.to(images.device)
    return images.masked_fill(lost, 0), lost


def _blurred(images: torch.Tensor, deviation: float) -> torch.Tensor:
    blurred = ndimage.gaussian_filter(images.numpy(force=True), (0, 0, deviation, deviation), mode="mirror")
    return torch.from_numpy(blurred).to(images.device)


DAMAGES = {
    "noise": gaussian_noise,
    "salt and pepper": salt_and_pepper,
    "hole": square_hole,
    "centre hole": centre_hole,
    "strokes": strokes,
    "scratches": scratches,
    "blur": blur,
    "low resolution": low_resolution,
    "jpeg": jpeg_artefacts,
    "faded": faded,
}
WHOLE = ("hole", "centre hole", "strokes", "scratches", "low resolution", "jpeg")  # strengths that count something
# The greatest strength of the other kinds, and what it is. More strokes than this would cover everything.
GREATEST = {
    "noise": (1, "a deviation where white is 1 (25 of 255 grey levels are 25 / 255)"),
    "salt and pepper": (1, "a share"),
    "strokes": (1000, "a number of strokes"),
    "scratches": (1000, "a number of scratches"),
    "blur": (100, "a deviation in pixels"),
    "jpeg": (95, "a quality from 1 to 95"),
    "faded": (1, "a share"),
}


def damage(images: torch.Tensor, kind: str, strength: float | None = None, seed: int = 0) -> Damaged:
    """Return damaged float images (N, C, H, W) in [0, 1], and the lost pixels (N, 1, H, W) as bool, or None.

    ``images`` are ``uint8`` or float in [0, 1]. ``kind`` is a name in ``DAMAGES``, whose function says what
    ``strength`` means and what its default is. Raises ``ValueError`` for another kind, for another shape or no images,
    and for a strength that makes no sense; ``TypeError`` for whole numbers other than ``uint8``.
    """
    if not isinstance(kind, str) or kind not in DAMAGES:
        raise ValueError(f"There is no damage {kind!r}; choose from {', '.join(DAMAGES)}.")
    checks.batch(images)
    return DAMAGES[kind](images, seed=seed) if strength is None else DAMAGES[kind](images, strength, seed)


class OnDamage(nn.Module):
    """A network to be trained on damage: its loss compares its repairs of damaged images with the originals.

    For ``training.fit``. ``network`` takes damaged images (N, C, H, W), and, if ``sees_lost``, the lost pixels
    (N, 1, H, W) or None; known pixels are then kept, and add nothing to the loss. ``damages`` are kinds and strengths
    for ``damage``, such as ``[("noise", 0.2)]``; each batch gets one at random. After Vincent, Larochelle, Bengio &
    Manzagol 2008, doi:10.1145/1390156.1390294. Raises ``ValueError`` for damages that are not such pairs.
    """

    def __init__(
        self, network: nn.Module, damages: Sequence[tuple[str, float | None]], sees_lost: bool = False
    ) -> None:
        super().__init__()
        for each in damages:
            if not (isinstance(each, (tuple, list)) and len(each) == 2 and each[0] in DAMAGES):
                raise ValueError(
                    f"Each of damages must be a pair of a kind and its strength, such as ('noise', 0.2), or "
                    f"('noise', None) for the usual one; got {each!r}. The kinds are {', '.join(DAMAGES)}."
                )
        if not damages:
            raise ValueError("One damage at least is needed, such as ('noise', 0.2).")
        self.network = network
        self.damages = list(damages)
        self.sees_lost = sees_lost

    def repaired(self, damaged: torch.Tensor, lost: torch.Tensor | None) -> torch.Tensor:
        """Return the repaired images (N, C, H, W), not clamped."""
        if not self.sees_lost:
            return self.network(damaged)
        repaired = self.network(damaged, lost)
        return repaired if lost is None else keep_known(damaged, repaired, lost)

    def loss(self, images: torch.Tensor) -> torch.Tensor:
        """Return the mean squared error per pixel of the repaired images (N, C, H, W)."""
        # Both random choices come from the global generator, which fit seeds at each step.
        kind, strength = self.damages[int(torch.randint(len(self.damages), ()))]
        damaged, lost = damage(images, kind, strength, seed=int(torch.randint(2**31, ())))
        repaired = self.repaired(damaged, lost)
        if repaired.shape != images.shape:
            raise ValueError(
                f"The network returns the shape {tuple(repaired.shape)} for images of {tuple(images.shape)}; both must "
                f"be the same."
            )
        return F.mse_loss(repaired, as_float(images))


def keep_known(damaged: torch.Tensor, repaired: torch.Tensor, lost: torch.Tensor) -> torch.Tensor:
    """Return the repaired images (N, C, H, W) where pixels are lost, and the damaged ones everywhere else.

    ``lost`` is (N, 1, H, W), or (1, 1, H, W) for all, as bool. Several repairs of the same images, (M, N, C, H, W), may
    be given at once. ``uint8`` images become float. Raises ``TypeError`` for a mask that is not bool, ``ValueError``
    for shapes that do not match.
    """
    checks.marks(lost)
    damaged, repaired = (as_float(each) if each.dtype == torch.uint8 else each for each in (damaged, repaired))
    count, size = len(damaged), damaged.shape[2:]
    if repaired.shape[-4:] != damaged.shape or lost.shape not in ((count, 1, *size), (1, 1, *size)):
        raise ValueError(
            f"lost must be (N, 1, H, W) and the images (N, C, H, W); got {tuple(lost.shape)} for damaged images of the "
            f"shape {tuple(damaged.shape)} and repaired ones of {tuple(repaired.shape)}."
        )
    return torch.where(lost, repaired, damaged)


def project(model: nn.Module, damaged: torch.Tensor) -> torch.Tensor:
    """Return what an autoencoder makes of damaged images: the nearest that it can draw. The article's repair.

    ``damaged`` (N, C, H, W) are ``uint8`` or float in [0, 1]; the result is float in [0, 1]. The model is left in
    evaluation mode. Raises as ``data.batches`` does, and ``TypeError`` or ``ValueError`` if the model draws anything
    but images.
    """
    evaluation_mode(model)
    repaired = []
    with torch.no_grad():
        for batch in batches(damaged):
            drawn = model(batch).clamp(0, 1)  # from unfamiliar damage, a linear model draws far outside
            checks.drawing(drawn, batch.shape, "The model")
            repaired.append(drawn)
    return torch.cat(repaired)


def search_code(
    model: nn.Module,
    codes: torch.Tensor,
    damaged: torch.Tensor,
    lost: torch.Tensor | None = None,
    error: float = KNOWN_ERROR,
) -> torch.Tensor:
    """Repair ``damaged`` images (N, C, H, W): return the pictures of the codes that best agree with what is known.

    Runs gradient descent on the codes of a trained autoencoder, whose weights stay fixed. It minimises half of

        Σ (decoded − damaged)² / error over the known pixels + (code − μ)ᵀ Σ⁻¹ (code − μ),

    the negative logarithm of the codes' probability, up to a constant, if the known pixels' errors have the variance
    ``error`` and the codes follow the normal distribution of real ones. The mean μ and covariance Σ are those of
    ``codes`` (M, code_size), from ``generation.encode_all``. Known pixels are kept if ``lost`` is given. After Bora,
    Jalal, Price & Dimakis 2017, arXiv:1703.03208, who search the codes of generative networks.

    Raises ``ValueError`` for images of a shape that the model does not draw, for lost pixels of another shape, and for
    an ``error`` not above 0; ``TypeError`` for images that are not float.
    """
    checks.batch(damaged, "damaged")
    checks.originals(damaged, "damaged")
    checks.codes(codes, least=2)
    checks.floats(damaged, "damaged")
    error = checks.number(error, "error, a variance,", above=0)
    if lost is not None:
        checks.mask(lost, damaged)
    floor = 1e-6 * torch.eye(codes.shape[1], dtype=codes.dtype)
    try:
        mean, root = codes.mean(0), torch.linalg.cholesky(torch.cov(codes.T) + floor)
    except RuntimeError as failure:
        raise ValueError(
            f"These {len(codes)} codes of {codes.shape[1]} units are too few, or too alike, for a covariance. Take "
            f"those of all training images."
        ) from failure
    evaluation_mode(model)
    known = torch.ones_like(damaged[:, :1]) if lost is None else (~lost).float()
    whitened = torch.zeros(len(damaged), codes.shape[1], dtype=codes.dtype, requires_grad=True)  # in the prior's units
    optimizer = torch.optim.Adam([whitened], lr=0.1)
    for _ in range(SEARCH_STEPS):
        with held_back():  # during the first step, torch imports its compiler
            decoded = model.decode(mean + whitened @ root.T)  # (N, C, H, W)
            if decoded.shape != damaged.shape:
                raise ValueError(f"The model draws {tuple(decoded.shape)}; the images have {tuple(damaged.shape)}.")
            if not decoded.requires_grad:  # for example bytes, or the result of .detach() or NumPy
                raise ValueError("What the model's decode returns has no gradient by the code, which the search needs.")
            disagreement = (known * (decoded - damaged).square()).sum() / error
            energy = (disagreement + whitened.square().sum()) / 2
            (whitened.grad,) = torch.autograd.grad(energy, whitened)
            optimizer.step()
    with torch.no_grad():
        repaired = model.decode(mean + whitened @ root.T)
    checks.drawing(repaired, damaged.shape, "decode")
    repaired = clamped(repaired)
    return repaired if lost is None else keep_known(damaged, repaired, lost)
