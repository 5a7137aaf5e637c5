"""Measure how different images are.

``mse``, ``psnr`` and ``ssim`` take ``uint8`` images or float images in [0, 1], shape (N, C, H, W), and compare them on
the scale [0, 1]; ``mse`` and ``psnr`` take other shapes too, such as rows of pixels. ``frechet_distance`` and
``precision_recall`` take feature vectors (N, D). Reconstructions are clamped to [0, 1] first, since no screen shows
anything else; values so far outside that they must be on another scale are refused. Functions that take ``where``
(N, 1, H, W), bool, measure only those pixels, such as the lost ones of a damaged image.
"""

import math
import warnings
from functools import partial

import torch
from torch.nn import functional as F

from aelib import checks, interrupts
from aelib.data import as_float, clamped

VECTORS = 1000  # taken at a time, with their distances to all others
WINDOW = 7  # side of SSIM's window, in pixels
FEW = 10  # vectors per dimension; with fewer, a Fréchet distance says more about their number than about the images


def mse(images: torch.Tensor, reconstructions: torch.Tensor, where: torch.Tensor | None = None) -> float:
    """Return the mean squared error per pixel, averaged over all pixels of all images (range 0 to 1).

    Raises ``ValueError`` if the shapes differ, there is no image, ``where`` has another shape or selects no pixel,
    ``images`` are outside [0, 1], or ``reconstructions`` far outside; ``TypeError`` for whole numbers other than
    ``uint8``, and for a ``where`` that is not bool.
    """
    images, reconstructions = _comparable(images, reconstructions, where)
    squares = (images - reconstructions).square_()  # in place, to save memory
    return _chosen(squares, where).mean(dtype=torch.float64).item()


def psnr(images: torch.Tensor, reconstructions: torch.Tensor, where: torch.Tensor | None = None) -> float:
    """Return the peak signal-to-noise ratio in dB, −10·log10(MSE), with the MSE over all pixels of all images.

    Higher is better; 6 dB more means an error half the size; equal images give infinity. Raises as ``mse`` does.
    """
    error = mse(images, reconstructions, where)
    return math.inf if error == 0 else -10 * math.log10(error)


def ssim(images: torch.Tensor, reconstructions: torch.Tensor, where: torch.Tensor | None = None) -> float:
    """Return the structural similarity (at most 1), the mean over all images, with windows of 7×7 pixels.

    With ``where``, the mean is over the windows around those pixels. Windows at the rim are mirrored then, but left out
    without ``where``, so the two are not comparable. Wang, Bovik, Sheikh & Simoncelli 2004,
    doi:10.1109/TIP.2003.819861, as implemented in scikit-image. Raises as ``mse`` does, and
    ``ValueError`` for images that are not (N, C, H, W), or smaller than the window.
    """
    with interrupts.held_back():
        from skimage.metrics import structural_similarity  # slow to import, and only this function needs it

    checks.batch(images)
    images, reconstructions = _comparable(images, reconstructions, where)
    if min(images.shape[2:]) < WINDOW:
        raise ValueError(f"SSIM needs images of {WINDOW} × {WINDOW} pixels or more; these have {tuple(images.shape)}.")
    pairs = zip(images.numpy(force=True), reconstructions.numpy(force=True), strict=True)
    similarity = partial(structural_similarity, channel_axis=0, data_range=1, win_size=WINDOW)
    if where is None:
        scores = [float(similarity(a, b)) for a, b in pairs]
        return sum(scores) / len(scores)
    of_windows = torch.stack([torch.from_numpy(similarity(a, b, full=True)[1]) for a, b in pairs])  # (N, C, H, W)
    return _chosen(of_windows, where.cpu()).mean(dtype=torch.float64).item()


def colour_difference(images: torch.Tensor, reconstructions: torch.Tensor, where: torch.Tensor | None = None) -> float:
    """Return the colour difference ΔE2000 per pixel, averaged over all pixels of all images.

    0 is the same colour, about 1 is just visible, and 100 is black against white. CIEDE2000: Sharma, Wu & Dalal 2005,
    doi:10.1002/col.20070, as implemented in scikit-image, for colours in sRGB under daylight (D65). Raises as ``mse``
    does, and ``ValueError`` for images that are not (N, 3, H, W).
    """
    with interrupts.held_back():
        from skimage.color import deltaE_ciede2000, rgb2lab  # slow to import, and only this function needs it

    checks.batch(images)
    images, reconstructions = _comparable(images, reconstructions, where)
    if images.shape[1] != 3:
        raise ValueError(f"Colours have three channels, (N, 3, H, W); these images have {tuple(images.shape)}.")
    of_both = (rgb2lab(each.numpy(force=True), channel_axis=1) for each in (images, reconstructions))
    differences = torch.from_numpy(deltaE_ciede2000(*of_both, channel_axis=1))[:, None]  # (N, 1, H, W)
    return _chosen(differences, None if where is None else where.cpu()).mean(dtype=torch.float64).item()


def colourfulness(images: torch.Tensor) -> float:
    """Return how colourful images (N, 3, H, W) are, the mean over all images: 0 for grey ones.

    Hasler & Süsstrunk 2003, doi:10.1117/12.477378. For rg = R − G and yb = (R + G)/2 − B, on the scale 0 to 255: the
    norm of their standard deviations plus 0.3 times the norm of their means, over the pixels of each image. Half red
    and half cyan is 285, red alone 86. Raises ``ValueError`` for images that are not (N, 3, H, W), ``uint8`` or float
    in [0, 1].
    """
    checks.batch(images)
    checks.originals(images)
    if images.shape[1] != 3:
        raise ValueError(f"Colours have three channels, (N, 3, H, W); these images have {tuple(images.shape)}.")
    red, green, blue = (255 * as_float(images.detach()).double()).flatten(2).unbind(1)  # (N, H·W) each
    opponents = torch.stack([red - green, (red + green) / 2 - blue])  # (2, N, H·W)
    spread, middle = opponents.std(2, correction=0), opponents.mean(2)  # (2, N)
    return (spread.norm(dim=0) + 0.3 * middle.norm(dim=0)).mean().item()


def edges(images: torch.Tensor, reconstructions: torch.Tensor) -> tuple[float, float]:
    """Return what share of the images' edge energy the reconstructions keep, and what share is correct.

    Edges are the gradients (N, C, 2, H, W) by Sobel's filters, and their energy is the sum of all squares over all
    images. *Kept* is the energy of the reconstructions divided by that of the images: 1 is as much edge as before,
    wherever it is. *Correct* is 1 minus the energy of the gradients' error divided by that of the images: 1 if every
    edge is in its place and as strong, 0 if there are no edges, below 0 if more are wrong than right. Raises as ``mse``
    does, and ``ValueError`` for images that are not (N, C, H, W), or of one brightness each.
    """
    checks.batch(images)
    images, reconstructions = _comparable(images, reconstructions, None)
    true, drawn = _gradients(images), _gradients(reconstructions)
    energy = true.square().sum(dtype=torch.float64).item()
    # Images of one brightness have no edges, but rounding may leave them a little energy.
    if not energy or images.amax((2, 3)).equal(images.amin((2, 3))):
        raise ValueError("There is no edge in these images.")
    kept, error = (each.square().sum(dtype=torch.float64).item() for each in (drawn, true - drawn))
    return kept / energy, 1 - error / energy


def _gradients(images: torch.Tensor) -> torch.Tensor:
    """Return the gradients (N, C, 2, H, W) of images by Sobel, per pixel, along rows and down columns."""
    across = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]], dtype=images.dtype, device=images.device) / 8
    filters = torch.stack([across, across.T])[:, None]  # (2, 1, 3, 3)
    each = F.pad(images.flatten(0, 1)[:, None], (1, 1, 1, 1), mode="replicate")  # (N·C, 1, H + 2, W + 2)
    return F.conv2d(each, filters).unflatten(0, images.shape[:2])


def _chosen(values: torch.Tensor, where: torch.Tensor | None) -> torch.Tensor:
    """Return the values (N, C, H, W) at the pixels that ``where`` selects, all channels, in one row."""
    return values.flatten() if where is None else values[where.expand_as(values)]


def frechet_distance(features: torch.Tensor, other_features: torch.Tensor) -> float:
    """Return the squared Fréchet distance between two sets of feature vectors (N, D), each treated as one Gaussian.

    |μ₁ − μ₂|² + Tr(Σ₁ + Σ₂ − 2 (Σ₁Σ₂)^½), in the features' units squared; 0 for the same mean and covariance.
    Heusel et al. 2017, arXiv:1706.08500, whose features come from an Inception network. Distances compare only on the
    same features and for equal numbers of vectors: with few, even two samples of one kind are far apart, and a warning
    says so below 10·D. NaN if a feature is NaN or infinite. Raises ``ValueError`` for fewer than two vectors in a set
    or different D.
    """
    _check_features(features, other_features)
    if min(len(features), len(other_features)) < 2:
        raise ValueError("A covariance needs at least two feature vectors in each set.")
    fewest, dimensions = min(len(features), len(other_features)), features.shape[1]
    if fewest < FEW * dimensions:
        warnings.warn(
            f"A Fréchet distance of {fewest} vectors of {dimensions} numbers is far too large: even two samples of the "
            f"same images would seem far apart. Take {FEW * dimensions} or more, and compare only equal numbers.",
            stacklevel=2,
        )
    if not (features.isfinite().all() and other_features.isfinite().all()):
        return math.nan  # eigvals may take the whole process down with it
    means = [x.double().mean(0) for x in (features, other_features)]
    covariances = [torch.cov(x.double().T).reshape(x.shape[1], x.shape[1]) for x in (features, other_features)]
    # Tr((Σ₁Σ₂)^½) is the sum of the square roots of Σ₁Σ₂'s eigenvalues, which are real and not negative.
    eigenvalues = torch.linalg.eigvals(covariances[0] @ covariances[1]).real.clamp(min=0)
    trace = (covariances[0] + covariances[1]).trace() - 2 * eigenvalues.sqrt().sum()
    distance = (means[0] - means[1]).square().sum() + trace
    return distance.clamp(min=0).item()  # rounding may leave it at -1e-8


def precision_recall(
    real_features: torch.Tensor, made_features: torch.Tensor, neighbours: int = 3
) -> tuple[float, float]:
    """Return precision and recall, 0 to 1, of generated images by their features, (N, D) and (M, D).

    Each set of features is represented by balls around its vectors, with the distance to the ``neighbours``-th nearest
    other vector of the set as radius. Precision is the share of generated vectors inside the real balls: how many look
    real. Recall is the share of real vectors inside the generated balls: how much of what is real gets generated.
    Kynkäänniemi et al. 2019, arXiv:1904.06991.
    Raises ``ValueError`` for different D, for NaN, or if a set has no more vectors than ``neighbours``.
    """
    _check_features(real_features, made_features)
    neighbours = checks.whole(neighbours, "neighbours")
    if not (real_features.isfinite().all() and made_features.isfinite().all()):
        raise ValueError("Some features are NaN or infinite, neither near nor far. Were the images finite?")
    if not 1 <= neighbours < min(len(real_features), len(made_features)):
        raise ValueError(
            f"neighbours must be at least 1 and less than there are vectors in a set; got {neighbours} for "
            f"{len(real_features)} and {len(made_features)}."
        )
    # Centred on 0 and in float64: far from 0, float32 would round the distances away.
    middle = real_features.double().mean(0)
    real, made = real_features.double() - middle, made_features.double() - middle
    return _share_inside(made, real, neighbours), _share_inside(real, made, neighbours)


def auroc(normal: torch.Tensor, abnormal: torch.Tensor) -> float:
    """Return the probability that an abnormal thing scores higher than a normal one; a tie counts half.

    This is the area under the receiver operating characteristic for scores (N,) and (M,): 1 is a perfect alarm, 0.5 is
    no better than chance, and below that, normal things set off the alarm more. Hanley & McNeil 1982,
    doi:10.1148/radiology.143.1.7063747. Raises ``TypeError`` for anything but tensors of numbers, ``ValueError`` for
    other shapes, no score, or NaN.
    """
    for scores, name in ((normal, "normal"), (abnormal, "abnormal")):
        checks.tensor(scores, name)
        if scores.ndim != 1 or not len(scores):
            raise ValueError(f"{name} must be scores of the shape (N,), N ≥ 1; got {tuple(scores.shape)}.")
        if scores.isnan().any():
            raise ValueError(f"Some scores of {name} are NaN, neither high nor low.")
    normal = normal.detach().double().cpu().sort().values
    abnormal = abnormal.detach().double().cpu()
    below = torch.searchsorted(normal, abnormal)  # how many normal scores are lower than each
    not_above = torch.searchsorted(normal, abnormal, right=True)  # how many are not higher
    return ((below + not_above).double().mean() / (2 * len(normal))).item()


def _check_features(first: torch.Tensor, second: torch.Tensor) -> None:
    for features in (first, second):
        if not isinstance(features, torch.Tensor) or not features.is_floating_point():
            found = features.dtype if isinstance(features, torch.Tensor) else checks.kind(features)
            raise TypeError(f"Features must be float tensors (N, D); got {found}. Use torch.from_numpy, or .float().")
    if first.ndim != 2 or first.shape[1:] != second.shape[1:]:
        raise ValueError(f"Two sets (N, D) are needed; got {tuple(first.shape)} and {tuple(second.shape)}.")


def _share_inside(points: torch.Tensor, features: torch.Tensor, neighbours: int) -> float:
    """Return the share of points (M, D) inside the ball around some feature vector (N, D)."""
    # The nearest of all is the vector itself. In parts, because N × N distances would fill the memory.
    radius = torch.cat(
        [torch.cdist(part, features).kthvalue(neighbours + 1, dim=1).values for part in features.split(VECTORS)]
    )  # (N,)
    inside = [(torch.cdist(part, features) <= radius).any(1) for part in points.split(VECTORS)]
    return torch.cat(inside).float().mean().item()


def _comparable(
    images: torch.Tensor, reconstructions: torch.Tensor, where: torch.Tensor | None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return both as float images in [0, 1]; refuse what cannot be compared."""
    checks.originals(images)
    checks.drawn(reconstructions, "reconstructions")
    if images.shape != reconstructions.shape:
        raise ValueError(
            f"Only images of the same shape compare; these have {tuple(images.shape)} and "
            f"{tuple(reconstructions.shape)}."
        )
    if images.numel() == 0:
        raise ValueError("There is no image to measure.")
    if where is not None:
        checks.batch(images)
        checks.mask(where, images, "where")
        if not where.any():
            raise ValueError("where must choose pixels of the images; it is false everywhere.")
    return as_float(images.detach()), clamped(reconstructions.detach())
