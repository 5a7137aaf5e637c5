"""Damage does what it says, networks learn to undo it, and a search for the code mends what a projection cannot."""

import math
from functools import partial

import pytest
import torch

from aelib import classical, data, generation, metrics, models, repair, training

FASHION = data.load("fashion-mnist")
IMAGES = data.as_float(FASHION.test[:50])
COLOUR = data.as_float(data.load("emoji").test[:20])
WITH_LOST_PIXELS = ("hole", "centre hole", "strokes", "scratches")
RANDOM = ("noise", "salt and pepper", "hole", "strokes", "scratches", "blur")


@pytest.mark.parametrize("images", [IMAGES, COLOUR], ids=["grey", "colour"])
@pytest.mark.parametrize("kind", repair.DAMAGES)
def test_damaged_images_keep_their_shape_and_range_and_differ(kind, images):
    damaged, lost = repair.damage(images, kind)
    assert damaged.shape == images.shape and damaged.dtype == torch.float32
    assert damaged.min() >= 0 and damaged.max() <= 1
    assert metrics.psnr(images, damaged) < 30
    assert (lost is not None) == (kind in WITH_LOST_PIXELS)
    if lost is not None:
        assert lost.shape == images[:, :1].shape and lost.dtype == torch.bool
        assert damaged.masked_select(lost).abs().max() == 0
        assert torch.equal(damaged.masked_select(~lost), images.masked_select(~lost))


@pytest.mark.parametrize("kind", repair.DAMAGES)
def test_damage_repeats_with_the_seed_and_takes_uint8_as_well(kind):
    first, lost = repair.damage(IMAGES, kind, seed=3)
    again, lost_again = repair.damage(FASHION.test[:50], kind, seed=3)
    other, _ = repair.damage(IMAGES, kind, seed=4)
    assert torch.allclose(first, again, atol=1e-6)
    assert lost is None or torch.equal(lost, lost_again)
    assert torch.equal(first, other) == (kind not in RANDOM)


@pytest.mark.parametrize(
    ("kind", "weak", "strong"),
    [
        ("noise", 0.1, 0.4), ("salt and pepper", 0.1, 0.4), ("hole", 4, 14), ("centre hole", 4, 14), ("strokes", 1, 6),
        ("scratches", 1, 9), ("blur", 0.7, 3), ("low resolution", 2, 4), ("jpeg", 50, 5), ("faded", 0.2, 0.9),
    ],
)  # fmt: skip
def test_more_strength_damages_more(kind, weak, strong):
    weakly, strongly = (metrics.psnr(IMAGES, repair.damage(IMAGES, kind, strength)[0]) for strength in (weak, strong))
    assert weakly > strongly + 1


def test_strengths_mean_what_the_functions_say():
    grey = torch.full((200, 1, 28, 28), 0.5)
    assert repair.gaussian_noise(grey, 0.1)[0].std().item() == pytest.approx(0.1, rel=0.02)
    damaged, _ = repair.salt_and_pepper(grey, 0.3)
    assert (damaged == 0).float().mean().item() == pytest.approx(0.15, abs=0.005)
    assert (damaged == 1).float().mean().item() == pytest.approx(0.15, abs=0.005)
    _, lost = repair.square_hole(grey, 6)
    assert (lost.sum((1, 2, 3)) == 36).all()
    assert lost.any(0).any(1).all() and lost.any(0).any(2).all()  # up to each side
    _, lost = repair.centre_hole(grey, 14)
    assert lost[:, :, 7:21, 7:21].all() and lost.sum() == 200 * 14 * 14
    damaged, _ = repair.low_resolution(IMAGES, 2)
    assert torch.allclose(damaged[:, :, ::2, ::2], torch.nn.functional.avg_pool2d(IMAGES, 2))
    assert torch.equal(damaged[:, :, ::2, ::2], damaged[:, :, 1::2, 1::2])


def test_a_colour_pixel_is_damaged_as_a_whole_by_salt_and_pepper():
    damaged, _ = repair.salt_and_pepper(torch.full((4, 3, 16, 16), 0.5), 0.5)
    assert torch.equal(damaged[:, 0], damaged[:, 1]) and torch.equal(damaged[:, 0], damaged[:, 2])


def test_blur_spreads_a_point_as_a_normal_curve():
    point = torch.zeros(1, 1, 29, 29)
    point[0, 0, 14, 14] = 1
    spread = repair._blurred(point, 1.5)
    place = torch.arange(29.0) - 14
    assert spread.sum().item() == pytest.approx(1, abs=1e-4)
    assert (spread[0, 0].sum(0) * place.square()).sum().item() == pytest.approx(1.5**2, rel=0.02)


@pytest.mark.parametrize(
    ("images", "kind", "strength", "message"),
    [
        (IMAGES, "rust", None, "no damage 'rust'; choose from noise"),
        (IMAGES[0], "noise", None, r"\(N, C, H, W\)"),
        (IMAGES, "noise", 0, "above 0"),
        (IMAGES, "noise", math.nan, "must be a number"),
        (IMAGES, "noise", math.inf, "25 / 255"),
        (IMAGES, "noise", 25, "25 / 255"),
        (IMAGES, "strokes", 10**9, "at most 1000"),
        (IMAGES, "scratches", 10**9, "at most 1000"),
        (IMAGES, "blur", 1e9, "at most 100"),
        (IMAGES, "hole", 2.5, "whole number"),
        (IMAGES, "hole", 29, "does not fit"),
        (IMAGES, "salt and pepper", 1.5, "share"),
        (IMAGES, "low resolution", 3, "multiples"),
        (IMAGES, "jpeg", 200, "1 to 95"),
    ],
)
def test_damage_that_makes_no_sense_is_refused(images, kind, strength, message):
    with pytest.raises(ValueError, match=message):
        repair.damage(images, kind, strength)


def test_fit_on_damage_teaches_a_network_to_mend():
    network = models.DenseAutoencoder(32, (128,))
    training.fit(
        repair.OnDamage(network, [("noise", 0.4)]), FASHION.train[:4000], epochs=6, learning_rate=3e-3, progress=False
    )
    damaged, _ = repair.damage(IMAGES, "noise", 0.4)
    assert metrics.psnr(IMAGES, network(damaged)) > metrics.psnr(IMAGES, damaged) + 4


def test_training_on_damage_repeats():
    losses = [
        training.fit(
            repair.OnDamage(models.RepairNet(1, (4, 8)), [("hole", 8), ("noise", 0.2)], sees_lost=True),
            FASHION.train[:256], steps=8, batch_size=32, progress=False,
        ).train_loss
        for _ in range(2)
    ]  # fmt: skip
    assert losses[0] == losses[1]


def test_what_is_known_costs_nothing_and_is_kept():
    trained = repair.OnDamage(lambda damaged, lost: torch.ones_like(damaged), [("hole", 8)], sees_lost=True)
    damaged, lost = repair.damage(IMAGES, "hole", 8)
    repaired = trained.repaired(damaged, lost)
    assert torch.equal(repaired[~lost], IMAGES[~lost]) and (repaired[lost] == 1).all()
    torch.manual_seed(0)
    assert trained.loss(IMAGES) < (1 - IMAGES).square().mean() / 2


def test_search_fills_holes_better_than_projection_and_keeps_what_is_known():
    model = training.pretrained("dense-32")
    before = [parameter.clone() for parameter in model.parameters()]
    damaged, lost = repair.damage(IMAGES, "hole")
    searched = repair.search_code(model, generation.encode_all(model, FASHION.train), damaged, lost)
    assert torch.equal(searched[~lost], IMAGES[~lost])
    assert searched.min() >= 0 and searched.max() <= 1 and not searched.requires_grad
    projected = repair.keep_known(damaged, repair.project(model, damaged), lost)
    assert metrics.psnr(IMAGES, searched, lost) > 15.5
    assert metrics.psnr(IMAGES, searched, lost) > metrics.psnr(IMAGES, projected, lost) + 8
    # The weights stay as they are, and get no gradient.
    assert all(torch.equal(a, b) and b.grad is None for a, b in zip(before, model.parameters(), strict=True))


def test_search_without_lost_pixels_takes_noise_away():
    damaged, _ = repair.damage(IMAGES, "noise", 0.2)
    model = training.pretrained("dense-32")
    searched = repair.search_code(model, generation.encode_all(model, FASHION.train), damaged, error=0.05)
    assert metrics.psnr(IMAGES, searched) > metrics.psnr(IMAGES, damaged) + 3


def test_search_refuses_what_does_not_fit():
    damaged, lost = repair.damage(IMAGES, "hole")
    search = partial(repair.search_code, training.pretrained("dense-32"), torch.randn(99, 32))
    with pytest.raises(ValueError, match=r"lost must have the shape \(50, 1, 28, 28\)"):
        search(damaged, lost[:1])
    with pytest.raises(ValueError, match=r"draws \(50, 1, 28, 28\); the images have \(50, 1, 28, 1\)"):
        search(damaged[..., :1])
    with pytest.raises(TypeError, match="as_float"):
        search(data.as_bytes(IMAGES))
    with pytest.raises(ValueError, match="above 0"):
        search(damaged, lost, error=0)


@pytest.mark.parametrize("kind", repair.DAMAGES)
def test_no_image_is_refused(kind):
    with pytest.raises(ValueError, match="N ≥ 1"):
        repair.damage(IMAGES[:0], kind)


@pytest.mark.parametrize(
    ("name", "kind", "strength", "decibels"),
    [
        ("repair-noise", "noise", 0.2, 23.0),
        ("repair-noise", "noise", 0.4, 20.0),
        ("repair-salt-and-pepper", "salt and pepper", 0.2, 23.0),
        ("repair-blur", "blur", 1.5, 23.5),
        ("repair-low-resolution", "low resolution", 2, 23.5),
    ],
)
def test_shipped_networks_mend_better_than_any_classical_method(name, kind, strength, decibels):
    images = data.as_float(FASHION.test[:300])  # as in the benchmark
    damaged, _ = repair.damage(images, kind, strength)
    with torch.no_grad():
        repaired = training.pretrained(name)(damaged)
    assert metrics.psnr(images, repaired) >= decibels
    rivals = classical.baselines(kind, FASHION.train[:25], strength).values()
    best = max(metrics.psnr(IMAGES, rival(damaged[:50])) for rival in rivals)
    assert metrics.psnr(IMAGES, repaired[:50]) > best + 1.5


@pytest.mark.parametrize(
    ("kind", "strength", "decibels"), [("hole", 10, 18.5), ("centre hole", 14, 17.0), ("strokes", 3, 20.5)]
)
def test_the_shipped_network_fills_lost_pixels_better_than_search_and_classical_methods(kind, strength, decibels):
    images = data.as_float(FASHION.test[:300])
    damaged, lost = repair.damage(images, kind, strength)
    plain = training.pretrained("dense-32")
    ways = {name: way(damaged, lost) for name, way in classical.baselines(kind, FASHION.train[:25], strength).items()}
    ways["search"] = repair.search_code(plain, generation.encode_all(plain, FASHION.train), damaged, lost)
    with torch.no_grad():
        repaired = training.pretrained("repair-lost")(damaged, lost).clamp(0, 1)
    assert metrics.psnr(images, repaired, lost) >= decibels
    assert all(metrics.mse(images, repaired, lost) < 0.9 * metrics.mse(images, way, lost) for way in ways.values())


def test_known_pixels_are_kept_by_masks_of_the_images_alone():
    damaged, lost = repair.damage(IMAGES, "hole", 6)
    repaired = (damaged + 0.1).clamp(0, 1)
    kept = repair.keep_known(damaged, repaired, lost)
    assert torch.equal(repair.keep_known(damaged, torch.stack([repaired, damaged]), lost)[0], kept)
    assert torch.equal(repair.keep_known(data.as_bytes(damaged), repaired, lost[:1]).amax(), repaired.amax())
    for wrong in (lost[:, 0], lost.expand(-1, 3, -1, -1), lost[:3], lost[..., :-1]):
        with pytest.raises(ValueError, match=r"lost must be .N, 1, H, W. and the images"):
            repair.keep_known(damaged, repaired, wrong)
    with pytest.raises(ValueError, match="repaired ones of"):
        repair.keep_known(damaged, repaired[:, :, :-1], lost)


def test_too_few_codes_to_search_among_are_told():
    model = training.pretrained("dense-32")
    codes = generation.encode_all(model, FASHION.train[:2])
    with pytest.raises(ValueError, match="with N ≥ 2"):
        repair.search_code(model, codes[:1], IMAGES[:2])
    with pytest.raises(TypeError, match="codes must be a float tensor"):
        repair.search_code(model, codes.numpy(), IMAGES[:2])
    with pytest.raises(ValueError, match="too few, or too alike"):
        repair.search_code(model, codes * 1e6, IMAGES[:2])


class Draws(models.DenseAutoencoder):
    """Draws what a function makes of the pictures."""

    def __init__(self, change):
        super().__init__(3, (8,), (1, 8, 8))
        self.change = change

    def decode(self, codes):
        return self.change(super().decode(codes))


@pytest.mark.parametrize(("change", "message"), [
    (lambda images: images * math.nan, "returned NaN"),
    (lambda images: images[:1], "must return images of the shape"),
])  # fmt: skip
def test_a_projection_that_draws_no_images_is_told(change, message):
    with pytest.raises(ValueError, match=message):
        repair.project(Draws(change), torch.full((6, 1, 8, 8), 0.5))


@pytest.mark.parametrize(("change", "message"), [
    (lambda images: 255 * images, "returned pixels from .* Divide"),
    (lambda images: images * math.nan, "returned NaN"),
    (lambda images: images.detach(), "no gradient"),
    (lambda images: (255 * images).byte(), "no gradient"),
])  # fmt: skip
def test_a_search_among_what_is_no_image_is_told(change, message):
    codes = torch.randn(50, 3, generator=torch.Generator().manual_seed(0))
    with pytest.raises(ValueError, match=message):
        repair.search_code(Draws(change), codes, torch.full((2, 1, 8, 8), 0.5))


def test_training_on_damage_takes_bytes_for_what_they_are_and_refuses_other_shapes():
    images = torch.full((6, 1, 8, 8), 255, dtype=torch.uint8)
    assert repair.OnDamage(models.DenseAutoencoder(3, (8,), (1, 8, 8)), [("noise", 0.2)]).loss(images) < 1
    with pytest.raises(ValueError, match=r"returns the shape \(1, 1, 8, 8\) for images of \(6, 1, 8, 8\)"):
        repair.OnDamage(Draws(lambda images: images[:1]), [("noise", 0.2)]).loss(images)


@pytest.mark.parametrize("kind", [["noise"], None, 3])
def test_what_names_no_damage_is_told(kind):
    with pytest.raises(ValueError, match="There is no damage"):
        repair.damage(torch.zeros(1, 1, 8, 8), kind)


def test_what_a_projection_draws_far_beyond_black_and_white_is_cut_off():
    model = Draws(lambda images: 10 * images - 4.5)
    repaired = repair.project(model, torch.full((6, 1, 8, 8), 0.5))
    assert 0 <= repaired.min() <= repaired.max() <= 1
