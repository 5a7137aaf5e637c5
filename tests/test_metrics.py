"""Hold aelib.metrics to numbers that were worked out by hand or by someone else's code."""

import math
import warnings

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from skimage.metrics import structural_similarity

from aelib import metrics

PIXEL_METRICS = [metrics.mse, metrics.psnr, metrics.ssim]


def random_images(*shape, seed=0):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def random_bytes(*shape, seed=0):
    return torch.randint(0, 256, shape, dtype=torch.uint8, generator=torch.Generator().manual_seed(seed))


def test_mse_by_hand():
    images = torch.tensor([0.0, 0.5, 1.0, 1.0]).reshape(2, 1, 1, 2)
    reconstructions = torch.tensor([0.1, 0.5, 0.5, 1.0]).reshape(2, 1, 1, 2)
    assert metrics.mse(images, reconstructions) == pytest.approx((0.01 + 0 + 0.25 + 0) / 4)


def test_mse_of_bytes_is_on_the_scale_from_0_to_1():
    black, white = torch.zeros(1, 1, 2, 2, dtype=torch.uint8), torch.full((1, 1, 2, 2), 255, dtype=torch.uint8)
    assert metrics.mse(black, white) == 1
    assert metrics.mse(black, black + 51) == pytest.approx(0.2**2)
    assert metrics.mse(black, torch.full((1, 1, 2, 2), 0.2)) == pytest.approx(0.2**2)


def test_psnr_by_hand():
    black = torch.zeros(1, 1, 2, 2)
    assert metrics.psnr(black, torch.full_like(black, 0.1)) == pytest.approx(20, abs=1e-4)
    assert metrics.psnr(black, torch.full_like(black, 1.0)) == pytest.approx(0)
    # Half the error's size is 6 dB more.
    assert metrics.psnr(black, torch.full_like(black, 0.05)) == pytest.approx(26.0206, abs=1e-4)


def test_psnr_is_that_of_the_mse_over_all_images_and_no_mean_over_images():
    images = torch.zeros(2, 1, 1, 1)
    reconstructions = torch.tensor([0.1, 0.3]).reshape(2, 1, 1, 1)
    assert metrics.psnr(images, reconstructions) == pytest.approx(-10 * math.log10((0.01 + 0.09) / 2), abs=1e-4)


def test_equal_images_have_no_error():
    images = random_bytes(3, 3, 8, 8)
    assert metrics.mse(images, images) == 0
    assert metrics.psnr(images, images) == math.inf
    assert metrics.ssim(images, images) == pytest.approx(1)


@pytest.mark.parametrize("metric", PIXEL_METRICS)
def test_a_reconstruction_of_nan_is_no_good_one(metric):
    images = random_images(1, 1, 8, 8)
    assert math.isnan(metric(images, torch.full_like(images, math.nan)))


@pytest.mark.parametrize("channels", [1, 3])
def test_ssim_is_that_of_scikit_image(channels):
    images, noise = random_bytes(4, channels, 12, 9), random_bytes(4, channels, 12, 9, seed=1)
    damaged = (images * 0.7 + noise * 0.3).to(torch.uint8)
    expected = [
        structural_similarity(a.permute(1, 2, 0).numpy(), b.permute(1, 2, 0).numpy(), channel_axis=2, data_range=255)
        for a, b in zip(images, damaged, strict=True)
    ]
    assert metrics.ssim(images, damaged) == pytest.approx(sum(expected) / 4, abs=1e-5)
    # The same pictures as floats have the same similarity.
    assert metrics.ssim(images / 255, damaged / 255) == pytest.approx(sum(expected) / 4, abs=1e-5)


@pytest.mark.parametrize("channels", [1, 3])
def test_error_of_some_pixels(channels):
    images = torch.zeros(2, channels, 4, 5)
    damaged = images.clone()
    damaged[0, 0, 1, 2] = 0.5
    where = torch.zeros(2, 1, 4, 5, dtype=torch.bool)
    where[0, 0, 1, 1:3] = True
    assert metrics.mse(images, damaged, where) == pytest.approx(0.25 / 2 / channels)
    assert metrics.psnr(images, damaged, where) == pytest.approx(-10 * math.log10(0.125 / channels))
    assert metrics.psnr(images, damaged, where.roll(1, 2)) == math.inf
    assert metrics.mse(images, damaged, torch.ones_like(where)) == metrics.mse(images, damaged)
    for wrong in (where & False, where.expand(2, 2, 4, 5), where[:1]):
        with pytest.raises(ValueError, match=r"where must (choose pixels|have the shape)"):
            metrics.mse(images, damaged, wrong)


@pytest.mark.parametrize("channels", [1, 3])
def test_ssim_of_some_pixels(channels):
    images = torch.rand(4, channels, 20, 24, generator=torch.Generator().manual_seed(0))
    damaged = images.clone()
    damaged[..., :10] = 0.5
    inner = torch.zeros(4, 1, 20, 24, dtype=torch.bool)
    inner[:, :, 3:-3, 3:-3] = True  # whole windows: those that scikit-image counts
    assert metrics.ssim(images, damaged, inner) == pytest.approx(metrics.ssim(images, damaged), abs=1e-5)
    right = torch.zeros_like(inner)
    right[..., 13:] = True  # no window there reaches the damage
    assert metrics.ssim(images, damaged, right) == pytest.approx(1)
    assert metrics.ssim(images, damaged, inner & ~right) < metrics.ssim(images, damaged)
    for where in (torch.zeros_like(inner), inner[:3]):
        with pytest.raises(ValueError, match=r"where must (choose pixels|have the shape)"):
            metrics.ssim(images, damaged, where)


@pytest.mark.parametrize("metric", PIXEL_METRICS)
@given(st.floats(0, 2), st.integers(0, 100))
def test_reconstructions_are_clamped_before_they_are_measured(metric, excess, seed):
    images = random_images(1, 1, 8, 8, seed=seed)
    reconstructions = random_images(1, 1, 8, 8, seed=seed + 1) * (1 + 2 * excess) - excess
    assert metric(images, reconstructions) == metric(images, reconstructions.clamp(0, 1))


@pytest.mark.parametrize("metric", PIXEL_METRICS)
def test_a_networks_output_can_be_measured_as_it_is(metric):
    images = random_images(1, 1, 8, 8)
    result = metric(images, images.clone().requires_grad_() * 0.9)
    assert isinstance(result, float)


@pytest.mark.parametrize("metric", PIXEL_METRICS)
def test_images_of_different_shapes_or_of_none_are_refused(metric):
    # (2, 1, 8, 8) and (1, 8, 8) would silently be compared in all pairs.
    with pytest.raises(ValueError, match=r"same shape compare; these have \(2, 1, 8, 8\) and \(1, 8, 8\)"):
        metric(torch.zeros(2, 1, 8, 8), torch.zeros(1, 8, 8))
    with pytest.raises(ValueError, match=r"no image to measure|N ≥ 1"):
        metric(torch.zeros(0, 1, 8, 8), torch.zeros(0, 1, 8, 8))
    with pytest.raises(TypeError, match="must be uint8, or float"):
        metric(torch.zeros(1, 1, 8, 8).long(), torch.zeros(1, 1, 8, 8).long())


def with_moments(mean, covariance, number=200):
    """Return features (N, D) that have exactly this mean and covariance."""
    mean, covariance = torch.as_tensor(mean).double(), torch.as_tensor(covariance).double()
    features = torch.randn(number, len(mean), generator=torch.Generator().manual_seed(0)).double()
    features -= features.mean(0)
    features = features @ torch.linalg.inv(torch.linalg.cholesky(torch.cov(features.T))).T  # now uncorrelated
    return features @ torch.linalg.cholesky(covariance).T + mean


@pytest.mark.parametrize(
    "one, other, distance",
    [
        # Only the means differ: the squared distance between them.
        (([0, 0], [[1, 0], [0, 1]]), ([3, 4], [[1, 0], [0, 1]]), 25),
        # Only the standard deviations differ, 1 and 2 against 3 and 5: (3 - 1)² + (5 - 2)².
        (([0, 0], [[1, 0], [0, 4]]), ([0, 0], [[9, 0], [0, 25]]), 13),
        # Both at once add up.
        (([1, 1], [[1, 0], [0, 4]]), ([2, 1], [[9, 0], [0, 25]]), 14),
        # Covariances that do not commute, [[2, 1], [1, 2]] and diag(1, 4): their product has the trace 10 and the
        # determinant 12, so the trace of its root is √(10 + 2·√12), and that of the sum is 9.
        (([0, 0], [[2, 1], [1, 2]]), ([0, 0], [[1, 0], [0, 4]]), 9 - 2 * math.sqrt(10 + 2 * math.sqrt(12))),
    ],
    ids=["means", "variances", "both", "rotated"],
)
def test_frechet_distance_of_known_gaussians(one, other, distance):
    assert metrics.frechet_distance(with_moments(*one), with_moments(*other)) == pytest.approx(distance, abs=1e-6)
    assert metrics.frechet_distance(with_moments(*other), with_moments(*one)) == pytest.approx(distance, abs=1e-6)


@pytest.mark.parametrize("number, size", [(1000, 8), (20, 64), (2, 1)])
def test_frechet_distance_of_a_set_to_itself_is_zero_and_never_below(number, size):
    features = random_images(number, size)
    distance = metrics.frechet_distance(features, features.flip(0))
    assert 0 <= distance < 1e-6


def test_frechet_distance_does_not_hide_nan():
    assert math.isnan(metrics.frechet_distance(torch.full((5, 2), math.nan), torch.rand(5, 2)))


def test_frechet_distance_refuses_what_has_no_covariance():
    with pytest.raises(ValueError, match="at least two feature vectors"):
        metrics.frechet_distance(torch.zeros(1, 3), torch.zeros(5, 3))
    with pytest.raises(ValueError, match=r"got \(5, 3\) and \(5, 4\)"):
        metrics.frechet_distance(torch.zeros(5, 3), torch.zeros(5, 4))
    with pytest.raises(ValueError, match=r"Two sets \(N, D\) are needed"):
        metrics.frechet_distance(torch.zeros(5, 1, 2, 2), torch.zeros(5, 1, 2, 2))


def test_precision_and_recall_of_the_same_and_of_far_away_sets():
    real = torch.randn(300, 4, generator=torch.Generator().manual_seed(0))
    assert metrics.precision_recall(real, real) == (1.0, 1.0)
    assert metrics.precision_recall(real, real + 100) == (0.0, 0.0)


def test_precision_and_recall_tell_poor_from_narrow():
    generator = torch.Generator().manual_seed(0)
    real = torch.randn(1500, 3, generator=generator)
    narrow = 0.1 * torch.randn(1500, 3, generator=generator)  # all real, and all alike
    wide = 5 * torch.randn(1500, 3, generator=generator)  # some of everything, most of it not real
    precision, recall = metrics.precision_recall(real, narrow)
    assert precision > 0.95 and recall < 0.2
    precision, recall = metrics.precision_recall(real, wide)
    assert precision < 0.5 and recall > 0.9


def test_precision_by_hand():
    real, made = torch.tensor([[0.0], [1.0], [3.0]]), torch.tensor([[-0.9], [-1.1], [2.5], [5.1]])
    # Radii of the real ones, to the nearest other: 1, 1 and 2. -1.1 and 5.1 lie in no ball.
    assert metrics.precision_recall(real, made, neighbours=1)[0] == 0.5
    # Radii of the made ones: 0.2, 0.2, 2.6 and 2.6. 0 lies in the ball of 2.5, and so do 1 and 3.
    assert metrics.precision_recall(real, made, neighbours=1)[1] == 1.0


def test_precision_and_recall_refuse_what_does_not_go_together():
    with pytest.raises(ValueError, match="Two sets"):
        metrics.precision_recall(torch.rand(5, 2), torch.rand(5, 3))
    with pytest.raises(ValueError, match="NaN"):
        metrics.precision_recall(torch.full((9, 2), math.nan), torch.rand(9, 2))
    for neighbours in (0, 5):
        with pytest.raises(ValueError, match="neighbours"):
            metrics.precision_recall(torch.rand(5, 2), torch.rand(9, 2), neighbours)


@pytest.mark.parametrize("shape", [(3, 28, 28), (60, 28, 28), (28, 28), (5, 28, 28, 3)])
def test_ssim_of_shapes_that_happen_to_fit_is_refused(shape):
    images = random_images(1, *shape)[0] if len(shape) == 3 else torch.rand(shape)
    with pytest.raises(ValueError, match=r"\(N, C, H, W\)|7 × 7 pixels"):
        metrics.ssim(images, images * 0.9)


@given(st.floats(0, 1e6), st.integers(0, 50))
def test_precision_and_recall_do_not_depend_on_where_the_features_lie(offset, seed):
    generator = torch.Generator().manual_seed(seed)
    real, made = torch.randn(40, 3, generator=generator).double(), torch.randn(50, 3, generator=generator).double()
    assert metrics.precision_recall(real + offset, 1.3 * made + offset) == metrics.precision_recall(real, 1.3 * made)


def test_precision_and_recall_of_large_features():
    generator = torch.Generator().manual_seed(0)
    real, made = torch.randn(300, 8, generator=generator), 1.2 * torch.randn(300, 8, generator=generator)
    expected = metrics.precision_recall(real, made)
    assert 0.3 < expected[0] < 0.95
    far = metrics.precision_recall(real + 10_000, made + 10_000)  # rounded by float32, to a thousandth
    assert far == pytest.approx(expected, abs=0.02)


def test_the_frechet_distance_of_few_vectors_is_told_to_be_too_large():
    generator = torch.Generator().manual_seed(0)
    first, second = torch.randn(2, 50, 16, generator=generator)
    with pytest.warns(UserWarning, match=r"of 50 vectors of 16 numbers is far too large.*Take 160 or more"):
        few = metrics.frechet_distance(first, second)
    first, second = torch.randn(2, 2000, 16, generator=generator)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert metrics.frechet_distance(first, second) < few / 10


def one_colour(*rgb):
    return torch.tensor(rgb, dtype=torch.float32).reshape(1, 3, 1, 1).expand(2, 3, 4, 5)


def test_colourfulness_is_what_its_authors_define():
    assert metrics.colourfulness(one_colour(0.4, 0.4, 0.4)) == pytest.approx(0, abs=1e-9)
    # Of one colour alone the means count: rg = 255 and yb = 127.5 for red, rg = 0 and yb = 255 for yellow.
    assert metrics.colourfulness(one_colour(1, 0, 0)) == pytest.approx(0.3 * math.hypot(255, 127.5))
    assert metrics.colourfulness(one_colour(1, 1, 0)) == pytest.approx(0.3 * 255)
    halves = torch.cat([one_colour(1, 0, 0), one_colour(0, 1, 1)], 3)  # rg = ±255, yb = ±127.5: the means are 0
    assert metrics.colourfulness(halves) == pytest.approx(math.hypot(255, 127.5))
    both = torch.cat([halves, 0.5 * torch.ones_like(halves)])
    assert metrics.colourfulness(both) == pytest.approx(metrics.colourfulness(halves) / 2)  # the mean over the images
    as_bytes = (255 * halves).to(torch.uint8)
    assert metrics.colourfulness(as_bytes) == pytest.approx(metrics.colourfulness(halves))
    with pytest.raises(ValueError, match="Colours have three channels"):
        metrics.colourfulness(torch.zeros(2, 1, 8, 8))


def test_colour_difference_goes_from_none_to_black_and_white():
    red = one_colour(1, 0, 0)
    assert metrics.colour_difference(red, red) == 0
    assert metrics.colour_difference(one_colour(0, 0, 0), one_colour(1, 1, 1)) == pytest.approx(100, abs=0.01)
    assert metrics.colour_difference(red, one_colour(0, 1, 0)) == pytest.approx(86.6, abs=0.1)  # Sharma's own figure


def test_colour_difference_is_the_mean_over_pixels_and_of_the_chosen_ones_alone():
    images, drawn = one_colour(0, 0, 0), one_colour(0, 0, 0).clone()
    drawn[:, :, 0] = 1  # a quarter of each image is white
    assert metrics.colour_difference(images, drawn) == pytest.approx(25, abs=0.01)
    where = torch.zeros(2, 1, 4, 5, dtype=torch.bool)
    where[:, :, 0] = True
    assert metrics.colour_difference(images, drawn, where) == pytest.approx(100, abs=0.01)


def test_grey_images_have_no_colours_to_compare():
    with pytest.raises(ValueError, match="three channels"):
        metrics.colour_difference(random_images(2, 1, 8, 8), random_images(2, 1, 8, 8))


def test_the_edges_of_the_same_images_are_all_kept_and_correct():
    images = random_images(3, 3, 8, 9)
    assert metrics.edges(images, images) == pytest.approx((1, 1))


def test_edges_by_hand():
    images = torch.zeros(1, 1, 6, 6)
    images[..., 3:] = 1  # an upright edge
    assert metrics.edges(images, images / 2) == pytest.approx((0.25, 0.75))  # half as steep: squares
    assert metrics.edges(images, torch.zeros_like(images)) == (0, 0)
    moved = images.roll(2, 3)
    moved[..., :2] = 0  # the same edge elsewhere
    assert metrics.edges(images, moved) == pytest.approx((1, -1))


def test_edges_lie_along_rows_and_columns_alike_and_brightness_is_none():
    images = random_images(3, 1, 8, 8) / 2
    drawn = random_images(3, 1, 8, 8, seed=1) / 2
    assert metrics.edges(images.mT, drawn.mT) == pytest.approx(metrics.edges(images, drawn))
    assert metrics.edges(images, images + 0.25) == pytest.approx((1, 1))


def test_images_without_an_edge_are_refused():
    with pytest.raises(ValueError, match="no edge"):
        metrics.edges(torch.full((1, 3, 8, 8), 0.5), random_images(1, 3, 8, 8))
    one_colour_each = torch.linspace(0.01, 0.99, 60).reshape(20, 3, 1, 1).expand(20, 3, 9, 11)
    with pytest.raises(ValueError, match="no edge"):  # although rounding leaves their gradients a little above 0
        metrics.edges(one_colour_each, random_images(20, 3, 9, 11))
    one_edge = one_colour_each.clone()
    one_edge[3, 0, 4, 5] = 0
    assert metrics.edges(one_edge, one_edge) == pytest.approx((1, 1))


def test_auroc_by_hand():
    normal, abnormal = torch.tensor([0.0, 1, 2, 3]), torch.tensor([2.0, 5])
    assert metrics.auroc(normal, abnormal) == pytest.approx((2 + 0.5 + 4) / 8)  # 2.0 ties once
    assert metrics.auroc(abnormal, normal) == pytest.approx(1 - (2 + 0.5 + 4) / 8)
    assert metrics.auroc(normal, normal) == 0.5
    assert metrics.auroc(torch.tensor([1]), torch.tensor([2])) == 1


@given(
    st.lists(st.integers(-3, 3), min_size=1, max_size=12),
    st.lists(st.integers(-3, 3), min_size=1, max_size=12),
)
def test_auroc_is_the_share_of_pairs_in_order_ties_counted_half(normal, abnormal):
    pairs = [(a > n) + (a == n) / 2 for n in normal for a in abnormal]
    found = metrics.auroc(torch.tensor(normal), torch.tensor(abnormal))
    assert found == pytest.approx(sum(pairs) / len(pairs))


@pytest.mark.parametrize(
    ("normal", "error", "told"),
    [
        ([1.0, 2], TypeError, "normal must be a torch tensor"),
        (torch.ones(2, 1), ValueError, r"normal must be scores of the shape \(N,\)"),
        (torch.ones(0), ValueError, "N ≥ 1"),
        (torch.tensor([1, math.nan]), ValueError, "Some scores of normal are NaN"),
    ],
)
def test_what_are_no_scores_is_refused(normal, error, told):
    with pytest.raises(error, match=told):
        metrics.auroc(normal, torch.ones(2))
