"""Make new images: draw and decode codes, walk between codes, and find what a new image was copied from."""

import warnings
from collections.abc import Sequence

import numpy as np
import torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from threadpoolctl import threadpool_limits

from aelib import checks
from aelib.data import BATCH, as_float, batches, clamped
from aelib.models import evaluation_mode

NEAREST = 8  # candidates whose distances are computed exactly, to find the nearest image
MIXTURE_CODES = 10_000  # to fit a mixture to; more take longer and change little
METHODS = ("uniform", "range", "gaussian", "mixture", "prior")


def encode_all(model: object, images: torch.Tensor) -> torch.Tensor:
    """Return the codes (N, code_size) of images (N, C, H, W), ``uint8`` or float in [0, 1], without gradients.

    The model is left in evaluation mode. Raises as ``data.batches`` and ``model.encode`` do, and ``TypeError`` or
    ``ValueError`` if ``encode`` does not return codes.
    """
    evaluation_mode(model)
    codes = []
    with torch.no_grad():
        for batch in batches(images):
            codes.append(model.encode(batch))
            checks.encoded(codes[-1], len(batch))
    return torch.cat(codes)


def decode_all(model: object, codes: torch.Tensor) -> torch.Tensor:
    """Return the images (N, C, H, W), clamped to [0, 1], of codes (N, code_size), without gradients.

    The model is left in evaluation mode. Raises as ``model.decode`` does, and ``TypeError`` or ``ValueError`` if that
    does not return images, or returns NaN.
    """
    checks.codes(codes)
    evaluation_mode(model)
    images = []
    with torch.no_grad():
        for part in codes.split(BATCH):
            decoded = model.decode(part)
            # Only the number of images is known here, not their size.
            checks.batch(decoded, "the images that decode returns")
            checks.drawing(decoded, (len(part), *decoded.shape[1:]), "decode")
            images.append(clamped(decoded))
    return torch.cat(images)


def draw_codes(codes: torch.Tensor, method: str, count: int, seed: int = 0, components: int = 50) -> torch.Tensor:
    """Return ``count`` new codes (count, code_size), modelled on real ``codes`` (N, code_size).

    ``"uniform"``: every unit anywhere in [0, 1], whatever the codes are. ``"range"``: every unit anywhere between its
    lowest and its highest value. ``"gaussian"``: one normal distribution with the codes' mean and covariance.
    ``"mixture"``: a mixture of normal distributions, ``components`` of them, fitted to the first 10,000 codes by
    expectation–maximisation (Dempster, Laird & Rubin 1977, doi:10.1111/j.2517-6161.1977.tb01600.x). ``"prior"``: the
    standard normal distribution, the prior of a variational autoencoder.

    Raises ``ValueError`` for another method, a count below 1, codes that are not finite, or fewer codes than two or
    than components; ``TypeError`` for codes that are not a float tensor.
    """
    if method not in METHODS:
        raise ValueError(f"There is no method {method!r}; choose from {', '.join(METHODS)}.")
    count, seed = checks.whole(count, "count", 1), checks.seed(seed)
    checks.codes(codes, least=2)
    codes = codes.detach().float().cpu()
    generator = torch.Generator().manual_seed(seed)
    size = (count, codes.shape[1])
    if method == "uniform":
        return torch.rand(size, generator=generator, dtype=torch.float32)
    if method == "range":
        lowest, highest = codes.min(0).values, codes.max(0).values  # (code_size,)
        return lowest + (highest - lowest) * torch.rand(size, generator=generator, dtype=torch.float32)
    noise = torch.randn(size, generator=generator, dtype=torch.float32)  # (count, code_size)
    if method == "prior":
        return noise
    if method == "gaussian":
        return codes.mean(0) + noise @ _square_root(torch.cov(codes.T)).float()
    mixture = fit_mixture(codes, components, seed)
    drawn = torch.from_numpy(np.random.default_rng(seed).choice(components, count, p=mixture.weights_))
    roots = torch.stack([_square_root(torch.from_numpy(covariance)) for covariance in mixture.covariances_]).float()
    means = torch.from_numpy(mixture.means_).float()  # (components, code_size)
    return means[drawn] + torch.einsum("nk,nkj->nj", noise, roots[drawn])


def fit_mixture(codes: torch.Tensor, components: int, seed: int = 0, most: int = MIXTURE_CODES) -> GaussianMixture:
    """Fit a mixture of normal distributions, with full covariances, to the first ``most`` codes (N, code_size).

    Raises ``ValueError`` for more components than codes to fit, and as ``draw_codes`` does.
    """
    checks.codes(codes, least=2)
    components, seed = checks.whole(components, "components"), checks.seed(seed)
    codes = codes[: checks.whole(most, "most", 2)]
    if not 1 <= components <= len(codes):
        raise ValueError(
            f"Of {len(codes):,} codes a mixture can have 1 to {len(codes):,} components; "
            f"got {components}. Use the codes of more images, or fewer components."
        )
    # Added to the variances, to keep a component with few or equal codes from collapsing.
    floor = 1e-3 * codes.var(0).mean().item() + 1e-9
    mixture = GaussianMixture(
        components, reg_covar=floor, init_params="k-means++", max_iter=20, tol=0, random_state=seed
    )
    # On a busy machine, several threads would wait for each other most of the time.
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # twenty rounds are enough, converged or not
        return mixture.fit(codes.numpy(force=True))


def sample(model: object, images: torch.Tensor, method: str, count: int, seed: int = 0) -> torch.Tensor:
    """Return ``count`` new images (count, C, H, W), float in [0, 1]: codes from ``draw_codes``, decoded.

    The method looks at the codes of ``images`` (N, C, H, W), ``uint8`` or float in [0, 1]; ``"mixture"``, with 50
    components, needs at least 50. Raises as ``encode_all`` and ``draw_codes`` do.
    """
    return decode_all(model, draw_codes(encode_all(model, images), method, count, seed))


def interpolate(start: torch.Tensor, end: torch.Tensor, steps: int = 9, spherical: bool = False) -> torch.Tensor:
    """Return ``steps`` codes (steps, code_size) from one code (code_size,) to another, both ends included.

    They lie on the straight line between the two, or, if ``spherical``, on an arc around the origin along which the
    length changes evenly (Shoemake 1985, doi:10.1145/325165.325242): codes of many units from a standard normal
    distribution are close to a sphere, and a straight line leaves it. Raises ``ValueError`` unless the codes are two
    vectors of one size, and for fewer than two steps; ``TypeError`` for codes that are not tensors.
    """
    steps = checks.whole(steps, "steps")
    checks.tensor(start, "start")
    checks.tensor(end, "end")
    if start.ndim != 1 or start.shape != end.shape or steps < 2:
        raise ValueError(
            f"Two codes (code_size,) and at least two steps are needed; got {tuple(start.shape)}, {tuple(end.shape)} "
            f"and {steps}."
        )
    start, end = (code if code.is_floating_point() else code.float() for code in (start, end))
    share = torch.linspace(0, 1, steps, dtype=start.dtype, device=start.device)[:, None]  # (steps, 1)
    if not spherical:
        return start + share * (end - start)
    angle = torch.arccos(torch.nn.functional.cosine_similarity(start, end, dim=0).clamp(-1, 1))
    if angle.sin() < 1e-6 or not (start.any() and end.any()):  # on a line through the origin there is no arc
        return start + share * (end - start)
    lengths = start.norm() + share * (end.norm() - start.norm())
    directions = torch.sin((1 - share) * angle) * start / start.norm() + torch.sin(share * angle) * end / end.norm()
    return lengths * directions / angle.sin()


def traverse(code: torch.Tensor, unit: int, values: Sequence[float]) -> torch.Tensor:
    """Return copies (len(values), code_size) of ``code`` (code_size,), in which one unit takes the values.

    Raises ``TypeError`` for a code that is not a tensor, ``ValueError`` for one of another shape and for values that
    are not numbers, ``IndexError`` for a unit that it does not have.
    """
    checks.tensor(code, "code")
    checks.shape(code, ("code_size",), "code")
    unit = checks.whole(unit, "unit")
    if not -len(code) <= unit < len(code):
        raise IndexError(f"The code has {len(code)} units, 0 to {len(code) - 1}; got unit {unit}.")
    code = code if code.is_floating_point() else code.float()
    values = [checks.number(value, "each of values") for value in values]
    codes = code.repeat(len(values), 1)
    codes[:, unit] = torch.tensor(values, dtype=codes.dtype, device=codes.device)
    return codes


def nearest(images: torch.Tensor, others: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return, for each of ``images`` (N, C, H, W), the row of the nearest of ``others`` (M, C, H, W), and its distance.

    Both are ``uint8`` or float in [0, 1]; the distance is the root of the mean squared error per pixel, 0 to 1. Raises
    as ``data.as_float`` does, and ``ValueError`` if the shapes differ or there are no images.
    """
    checks.batch(images)
    checks.batch(others, "others")
    checks.alike(images, others)
    others = as_float(others).flatten(1)  # (M, C·H·W)
    middle = others.mean(0)  # closer to 0, fewer digits are lost
    found = []
    for batch in batches(images):
        part = batch.flatten(1)
        # cdist finds the nearest few fast, but is not exact near 0, where exact and near copies are.
        few = torch.cdist(part - middle, others - middle).topk(min(NEAREST, len(others)), largest=False).indices
        squares = (part[:, None] - others[few]).square().mean(2)  # (BATCH, NEAREST)
        nearest_of_few = squares.argmin(1, keepdim=True)
        found.append((few.gather(1, nearest_of_few)[:, 0], squares.gather(1, nearest_of_few)[:, 0].sqrt()))
    rows, distances = (torch.cat(parts) for parts in zip(*found, strict=True))
    return rows, distances


def _square_root(covariance: torch.Tensor) -> torch.Tensor:
    """Return a matrix A with AᵀA = covariance, in float64: noise (N, D) @ A has this covariance."""
    values, vectors = torch.linalg.eigh(torch.atleast_2d(covariance.double()))  # for one unit, cov returns a number
    return values.clamp(min=0).sqrt()[:, None] * vectors.T
