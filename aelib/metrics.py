"""Measure how far images are from each other.

All functions take ``uint8`` images or float images in [0, 1], shape (N, C, H, W), and compare on the scale [0, 1].
Reconstructions are clamped to [0, 1] first, since no screen shows anything else.
"""

import math

import torch

from aelib.data import as_float


def mse(images: torch.Tensor, reconstructions: torch.Tensor) -> float:
    """Return the mean squared error per pixel, the mean taken over all pixels of all images (range 0 to 1).

    Raises ``ValueError`` when the shapes differ or there is no image.
    """
    images, reconstructions = _comparable(images, reconstructions)
    return (images - reconstructions).square().mean(dtype=torch.float64).item()


def psnr(images: torch.Tensor, reconstructions: torch.Tensor) -> float:
    """Return the peak signal-to-noise ratio in dB, −10·log10(MSE), of the MSE over all pixels of all images.

    Higher is better; 6 dB more is half the error's size; equal images give infinity. Raises as ``mse`` does.
    """
    error = mse(images, reconstructions)
    return math.inf if error == 0 else -10 * math.log10(error)


def ssim(images: torch.Tensor, reconstructions: torch.Tensor) -> float:
    """Return the structural similarity (at most 1), the mean over all images, with windows of 7×7 pixels.

    Wang, Bovik, Sheikh & Simoncelli 2004, doi:10.1109/TIP.2003.819861, as scikit-image computes it.
    Raises as ``mse`` does, and for images smaller than the window.
    """
    from skimage.metrics import structural_similarity  # slow to import, and only this function needs it

    images, reconstructions = _comparable(images, reconstructions)
    pairs = zip(images.numpy(force=True), reconstructions.numpy(force=True), strict=True)
    scores = [float(structural_similarity(a, b, channel_axis=0, data_range=1)) for a, b in pairs]
    return sum(scores) / len(scores)


def frechet_distance(features: torch.Tensor, other_features: torch.Tensor) -> float:
    """Return the squared Fréchet distance of two sets of feature vectors (N, D), each seen as one Gaussian.

    |μ₁ − μ₂|² + Tr(Σ₁ + Σ₂ − 2 (Σ₁Σ₂)^½), in the features' units squared; 0 for the same mean and covariance.
    Heusel et al. 2017, arXiv:1706.08500, whose features come from an Inception network: only distances on the same
    features compare. Raises ``ValueError`` with fewer than two vectors in a set or different D.
    """
    if features.ndim != 2 or features.shape[1:] != other_features.shape[1:]:
        raise ValueError(f"Two sets (N, D) are needed; got {tuple(features.shape)} and {tuple(other_features.shape)}.")
    if min(len(features), len(other_features)) < 2:
        raise ValueError("A covariance needs at least two feature vectors in each set.")
    means = [x.double().mean(0) for x in (features, other_features)]
    covariances = [torch.cov(x.double().T).reshape(x.shape[1], x.shape[1]) for x in (features, other_features)]
    # Tr((Σ₁Σ₂)^½) is the sum of the square roots of Σ₁Σ₂'s eigenvalues, which are real and not negative.
    eigenvalues = torch.linalg.eigvals(covariances[0] @ covariances[1]).real.clamp(min=0)
    trace = (covariances[0] + covariances[1]).trace() - 2 * eigenvalues.sqrt().sum()
    distance = (means[0] - means[1]).square().sum() + trace
    return distance.clamp(min=0).item()  # rounding may leave it at -1e-8


def _comparable(images: torch.Tensor, reconstructions: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    if images.shape != reconstructions.shape:
        raise ValueError(
            f"Only images of the same shape compare; these have {tuple(images.shape)} and "
            f"{tuple(reconstructions.shape)}."
        )
    if images.numel() == 0:
        raise ValueError("There is no image to measure.")
    return as_float(images.detach()).clamp(0, 1), as_float(reconstructions.detach()).clamp(0, 1)
