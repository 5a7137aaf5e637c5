"""The rivals of repair do what their names say, get the setting that suits them, and lose no bias on the way."""

import math

import numpy as np
import pytest
import torch

from aelib import classical, data, metrics, repair

FASHION = data.load("fashion-mnist")
TRAINING = FASHION.train[:25]
IMAGES = data.as_float(FASHION.test[:25])
COLOUR = data.as_float(data.load("emoji").test[:4])


@pytest.mark.parametrize("kind", classical.METHODS)
def test_every_method_makes_the_images_better(kind):
    damaged, lost = repair.damage(IMAGES, kind)
    for name, method in classical.baselines(kind, TRAINING).items():
        repaired = method(damaged, lost)
        assert repaired.shape == IMAGES.shape and repaired.dtype == torch.float32, name
        assert repaired.min() >= 0 and repaired.max() <= 1, name
        assert metrics.psnr(IMAGES, repaired) > metrics.psnr(IMAGES, damaged) + 1, name
        assert name == method.name
        if lost is not None:
            assert torch.equal(repaired[~lost], IMAGES[~lost]), name


@pytest.mark.parametrize("kind", ["noise", "salt and pepper", "hole", "blur", "low resolution"])
def test_images_in_colour_are_mended_too(kind):
    damaged, lost = repair.damage(COLOUR, kind)
    for name, method in classical.baselines(kind, COLOUR).items():
        assert metrics.psnr(COLOUR, method(damaged, lost)) > metrics.psnr(COLOUR, damaged), name


def test_the_setting_with_the_least_error_is_taken(monkeypatch):
    def lighten(image, lost, setting):
        return image * setting

    monkeypatch.setitem(classical.METHODS, "faded", {"lighten": (lighten, [1.5, 2, 4])})
    monkeypatch.setitem(repair.DAMAGES, "faded", lambda images, seed: (images / 2, None))
    assert classical.baselines("faded", TRAINING)["lighten"].setting == 2


def test_the_curve_takes_the_bias_of_clipped_noise_out():
    damaged, _ = repair.damage(IMAGES, "noise", 0.4)
    method = classical.baselines("noise", TRAINING, 0.4)["total variation"]
    with_curve = method(damaged)
    method.curve = None
    without = method(damaged)
    black = IMAGES == 0
    assert without[black].mean() > 0.1 > with_curve[black].mean()
    assert metrics.psnr(IMAGES, with_curve) > metrics.psnr(IMAGES, without) + 1


def test_back_projection_agrees_with_the_small_image():
    damaged, _ = repair.damage(IMAGES, "low resolution")
    small = damaged[:, :, ::2, ::2]
    bicubic, projected = (
        classical.Baseline("", method, rounds)(damaged)
        for method, rounds in ((classical._bicubic, None), (classical._back_projection, 16))
    )
    off = [torch.nn.functional.avg_pool2d(each, 2) - small for each in (bicubic, projected)]
    assert off[1].abs().mean() < off[0].abs().mean() / 2


def test_the_switching_median_leaves_grey_pixels_alone():
    image = np.full((9, 9), 0.5, dtype=np.float32)
    image[4, 4], image[2, 2] = 1, 0.6
    mended = classical._switching_median(image, None, 3)
    assert mended[4, 4] == 0.5 and mended[2, 2] == np.float32(0.6)
    assert classical._median(image, None, 3)[2, 2] == 0.5


def test_deblurring_gives_edges_back():
    blurred = repair._blurred(IMAGES[:1], classical.BLUR)
    for method, setting in ((classical._wiener, 1e-3), (classical._richardson_lucy, 20)):
        mended = torch.from_numpy(method(blurred[0, 0].numpy(), None, setting))
        assert metrics.psnr(IMAGES[:1], mended[None, None]) > metrics.psnr(IMAGES[:1], blurred) + 1
        assert mended.diff(dim=0).abs().max() > 1.3 * blurred[0, 0].diff(dim=0).abs().max()


def test_a_method_that_fails_in_a_pixel_leaves_it_as_it_was():
    method = classical.Baseline("", lambda image, lost, setting: np.full_like(image, math.nan), None)
    assert torch.equal(method(IMAGES), IMAGES)


def test_kinds_without_a_rival_are_refused():
    with pytest.raises(ValueError, match="no classical method for 'faded'; there are for noise"):
        classical.baselines("faded", TRAINING)


@pytest.mark.parametrize(("kind", "strength"), [("blur", 2.5), ("low resolution", 4)])
def test_strengths_that_the_methods_do_not_know_are_refused(kind, strength):
    with pytest.raises(ValueError, match="alone; got"):
        classical.baselines(kind, TRAINING, strength)


def test_images_at_rest_are_repaired_as_those_in_use():
    damaged, lost = repair.damage(IMAGES, "hole", 6)
    at_rest = data.as_bytes(damaged)
    method = classical.baselines("hole", TRAINING, 6)["Telea"]
    assert torch.equal(method(at_rest, lost), method(data.as_float(at_rest), lost))
    noisy = data.as_bytes(repair.damage(IMAGES, "noise")[0])
    method = classical.baselines("noise", TRAINING)["median"]
    assert torch.equal(method(noisy), method(data.as_float(noisy)))


@pytest.mark.parametrize("kind", ["noise", "hole"])
def test_a_strength_that_is_no_number_is_told(kind):
    with pytest.raises(ValueError, match="strength must be a number; got nan"):
        classical.baselines(kind, torch.zeros(2, 1, 16, 16), math.nan)
