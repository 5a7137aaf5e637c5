"""Moving, turning and recolouring images, and training on such."""

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
        ({"right": float("nan")}, "right"),
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
    assert variation.move(data.as_bytes(images), steps, background=255).dtype == torch.uint8


@pytest.mark.parametrize("steps", [torch.zeros(6, 2), torch.zeros(6, 3, dtype=torch.long), torch.zeros(5, 2).long()])
def test_other_steps_are_refused(steps):
    with pytest.raises((TypeError, ValueError), match="steps"):
        variation.move(EMOJI, steps)


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
