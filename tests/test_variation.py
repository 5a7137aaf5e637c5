"""Moving, turning and recolouring images, and training on such."""

import numpy as np
import pytest
import torch
from torch import nn

from aelib import data, models, training, variation

EMOJI = data.as_float(data.load("emoji").test[:6])  # (6, 3, 32, 32), on white


def mark(row, column, side=16):
    """Return a white image (1, 1, side, side) with one black pixel."""
    image = torch.ones(1, 1, side, side)
    image[..., row, column] = 0
    return image


def test_it_moves_by_pixels_to_the_right_and_down():
    assert torch.allclose(variation.vary(mark(3, 4), right=2, down=5), mark(8, 6), atol=1e-5)


def test_half_a_pixel_is_shared_between_two():
    moved = variation.vary(mark(3, 4), right=0.5)
    assert moved[0, 0, 3, 4:6].tolist() == pytest.approx([0.5, 0.5], abs=1e-5)


@pytest.mark.parametrize("background", [0, 0.3, 1])
def test_a_picture_of_the_background_alone_stays_as_it_is(background):
    plain = torch.full((1, 3, 8, 8), float(background))
    moved = variation.vary(plain, right=2.5, down=-0.5, turn=33, background=background)
    assert torch.allclose(moved, plain, atol=1e-6)  # at the rim, too


def test_it_turns_clockwise():
    turned = variation.vary(EMOJI, turn=90)
    assert torch.allclose(turned, EMOJI.rot90(-1, (2, 3)), atol=1e-4)


def test_it_turns_first_and_then_moves():
    both = variation.vary(EMOJI, turn=90, right=3)
    assert torch.allclose(both, variation.vary(variation.vary(EMOJI, turn=90), right=3), atol=1e-4)


def test_brightness_multiplies_and_ends_at_white():
    assert torch.allclose(variation.vary(EMOJI, brightness=0.5), EMOJI / 2)
    assert torch.allclose(variation.vary(EMOJI, brightness=1.5), (1.5 * EMOJI).clamp(max=1))


def test_images_of_two_channels_vary_too_and_have_no_hue():
    images = EMOJI[:, :2]
    assert variation.vary(images, brightness=0.5).equal(images / 2)
    assert variation.vary(images, hue=0.3).equal(images)


def test_the_greatest_numbers_leave_no_nan():
    for most in (variation.MOST, -variation.MOST):
        assert variation.vary(EMOJI, right=most, down=most, turn=33).allclose(torch.ones(()))
    brightest = variation.vary(EMOJI, brightness=variation.MOST)
    assert brightest.isfinite().all() and brightest.max() == 1


def test_hue_goes_round_and_leaves_grey_alone():
    red, green = (torch.tensor(colour).reshape(1, 3, 1, 1) for colour in ((1.0, 0, 0), (0.0, 1, 0)))
    assert torch.allclose(variation.vary(red, hue=1 / 3), green, atol=1e-5)
    grey = torch.rand(2, 1, 8, 8).expand(2, 3, 8, 8)
    assert torch.allclose(variation.vary(grey, hue=0.4), grey, atol=1e-5)
    assert variation.vary(grey[:, :1], hue=0.4).equal(grey[:, :1])


def test_nothing_changed_is_the_same_picture():
    assert variation.vary(EMOJI).equal(EMOJI)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"hue": 0.7}, "hue"),
        ({"brightness": -1}, "brightness"),
        ({"brightness": 1e100}, "brightness must be at most 10000"),
        ({"right": float("nan")}, "right"),
        ({"right": 1e50}, "right must be at most 10000"),
        ({"down": -1e50}, "down must be at least -10000"),
        ({"background": 255}, "background"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(wrong, told):
    with pytest.raises(ValueError, match=told):
        variation.vary(EMOJI, **wrong)


def test_each_image_moves_by_steps_of_its_own():
    steps = torch.tensor([[0, 0], [1, 0], [0, 2], [-3, 0], [0, -1], [5, -4]])
    moved = variation.move(EMOJI, steps)
    for image, one, (right, down) in zip(EMOJI, moved, steps.tolist(), strict=True):
        assert torch.allclose(variation.vary(image[None], right=right, down=down)[0], one, atol=1e-4)


def test_moving_back_undoes_what_did_not_leave_the_picture():
    images = torch.ones(2, 3, 20, 24)
    images[:, :, 6:14, 8:16] = torch.rand(2, 3, 8, 8)
    steps = torch.tensor([[5, -4], [-8, 6]])
    assert variation.move(variation.move(images, steps), -steps).equal(images)


@pytest.mark.parametrize("background", [0, 0.3, 1])
def test_images_at_rest_move_like_others(background):
    images, steps = data.as_bytes(EMOJI), torch.tensor([[3, -2]]).expand(6, 2)
    moved = variation.move(images, steps, background)
    assert moved.dtype == torch.uint8
    assert moved.equal(data.as_bytes(variation.move(data.as_float(images), steps, background)))


@pytest.mark.parametrize("steps", [torch.zeros(6, 3, dtype=torch.long), torch.zeros(5, 2).long()])
def test_steps_of_another_shape_are_refused(steps):
    with pytest.raises(ValueError, match="steps must have the shape"):
        variation.move(EMOJI, steps)


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        (torch.zeros(6, 2), "torch.float32"),
        (torch.zeros(6, 2, dtype=torch.bool), "torch.bool"),
        (torch.zeros(6, 2, dtype=torch.complex64), "torch.complex64"),
        (torch.zeros(6, 2, dtype=torch.uint8), "torch.uint8"),
        (np.zeros((6, 2), int), "an ndarray"),
        ([[0, 0]] * 6, "a list"),
        (None, "a NoneType"),
    ],
)
def test_steps_that_are_no_signed_whole_numbers_are_refused(steps, found):
    with pytest.raises(TypeError, match=rf"steps must be .* signed whole numbers .* got {found}\. Use .*\.long\(\)\."):
        variation.move(EMOJI, steps)


@pytest.mark.parametrize("kind", variation.WHOLE)
def test_steps_may_be_signed_whole_numbers_of_any_size(kind):
    steps = torch.tensor([[0, 0], [1, 0], [0, 2], [-3, 0], [0, -1], [5, -4]])
    assert variation.move(EMOJI, steps.to(kind)).equal(variation.move(EMOJI, steps))


@pytest.mark.parametrize("background", [255, -0.5, "white", float("nan")])
def test_a_background_is_from_0_to_1_everywhere(background):
    steps = torch.zeros(6, 2, dtype=torch.long)
    for takes in (
        lambda: variation.move(EMOJI, steps, background),
        lambda: variation.move(data.as_bytes(EMOJI), steps, background),
        lambda: variation.off_centre(EMOJI, background),
        lambda: variation.OnVaried(Remembering(), background=background),
    ):
        with pytest.raises(ValueError, match="background must be"):
            takes()


def test_the_middle_of_what_is_on_a_picture():
    images = torch.zeros(3, 1, 9, 13)
    images[0, 0, 4, 6] = images[1, 0, 1, 10] = 1
    assert variation.off_centre(images, background=0).tolist() == [[0, 0], [4, -3], [0, 0]]  # the last one is empty
    assert variation.off_centre(1 - images, background=1).tolist() == [[0, 0], [4, -3], [0, 0]]


def test_what_was_moved_is_moved_back_by_its_middle():
    steps = torch.tensor([[2, 1], [-1, 3], [0, 0]])
    images = torch.ones(3, 3, 32, 32)
    images[:, :, 10:20, 12:19] = 0
    images = variation.move(images, -variation.off_centre(images))
    moved = variation.move(images, steps)
    assert variation.move(moved, -variation.off_centre(moved)).equal(images)


@pytest.mark.parametrize("side", [7, 8])
def test_pictures_whose_middle_is_a_half_are_moved_back_to_the_pixel(side):
    generator = torch.Generator().manual_seed(0)
    blobs = torch.rand(300, 3, side, side, generator=generator)
    images = torch.zeros(300, 3, 28, 28)
    images[:, :, 10 : 10 + side, 9 : 9 + side] = (blobs + blobs.flip(2, 3)) / 2  # their middle is that of the square
    steps = torch.randint(-9, 10, (300, 2), generator=generator)
    moved = variation.move(images, steps, background=0)
    at_rest = variation.off_centre(images[:1], background=0)
    assert at_rest.tolist() == [[(side - 9) // 2, (side - 7) // 2]]  # the middles lie at 9 + (side - 1) / 2, and 13.5
    assert variation.off_centre(moved, background=0).equal(steps + at_rest)


class Remembering(nn.Module):
    """Remembers the images that its loss gets."""

    def loss(self, images):
        self.images = images
        return images.mean()


def test_training_sees_moved_and_mirrored_images_and_measuring_the_images_themselves():
    network = Remembering()
    varied = variation.OnVaried(network, pixels=2, mirror=True)
    torch.manual_seed(0)
    varied.train().loss(EMOJI)
    candidates = [
        variation.move(image, torch.tensor([[right, down]]))
        for image in (EMOJI[:1], EMOJI[:1].flip(3))
        for right in range(-2, 3)
        for down in range(-2, 3)
    ]
    assert any(network.images[:1].equal(candidate) for candidate in candidates)
    assert not network.images.equal(EMOJI)
    varied.eval().loss(EMOJI)
    assert network.images.equal(EMOJI)


def test_a_negative_number_of_pixels_is_refused():
    with pytest.raises(ValueError, match="pixels"):
        variation.OnVaried(Remembering(), pixels=-1)


def test_what_cannot_be_trained_on_varied_images_is_refused_at_once():
    with pytest.raises(TypeError, match=r"fit needs a torch\.nn\.Module with a loss, and this Linear has none"):
        variation.OnVaried(nn.Linear(2, 2))
    with pytest.raises(TypeError, match="mirror must be True or False; got 'yes'"):
        variation.OnVaried(Remembering(), mirror="yes")
    with pytest.raises(ValueError, match=r"A single image is images\[None\]"):
        variation.OnVaried(Remembering(), mirror=True).loss(EMOJI[0])


def test_half_of_the_images_are_mirrored():
    network = Remembering()
    images = EMOJI[:1].expand(400, -1, -1, -1)
    torch.manual_seed(0)
    variation.OnVaried(network, mirror=True).train().loss(images)
    mirrored = (network.images == images.flip(3)).flatten(1).all(1)
    assert 160 < mirrored.sum() < 240
    assert network.images[~mirrored].equal(images[~mirrored])


def test_a_network_learns_on_varied_images():
    network = models.ConvAutoencoder(8, (4, 8))
    history = training.fit(
        variation.OnVaried(network, 1, mirror=True), data.load("emoji").train[:64], epochs=8, progress=False
    )
    assert history.train_loss[-1] < history.train_loss[0]
