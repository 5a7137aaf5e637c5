"""Outlines, lines as hands draw them, and dots of colour."""

import pytest
import torch

from aelib import data, models, translation

EMOJI = data.load("emoji")
NAMES = [EMOJI.classes[label] for label in EMOJI.test_labels.tolist()]
SOME = EMOJI.test[:40]
TONE = " + emoji modifier fitzpatrick type-"


def disc(colour, side=32, radius=9):
    """Return a disc of a colour on white (1, 3, side, side), uint8."""
    place = torch.arange(side) - (side - 1) / 2
    inside = place[:, None] ** 2 + place**2 < radius**2
    return torch.where(inside, torch.tensor(colour)[:, None, None], 255).to(torch.uint8)[None]


def test_grey_is_the_brightness_that_jpeg_keeps():
    primaries = torch.eye(3)[:, :, None, None].expand(-1, -1, 2, 2)
    assert translation.grey(primaries)[:, 0, 0, 0].tolist() == pytest.approx([0.299, 0.587, 0.114])
    white = torch.full((1, 3, 4, 4), 255, dtype=torch.uint8)
    assert translation.grey(white).allclose(torch.ones(1, 1, 4, 4))


def test_the_outline_of_a_disc_goes_once_around_it():
    found = translation.outlines(disc((200, 30, 30)))
    assert found.shape == (1, 1, 32, 32) and found.dtype == torch.bool
    rows, columns = found[0, 0].nonzero().T
    distance = ((rows - 15.5) ** 2 + (columns - 15.5) ** 2).sqrt()
    assert len(rows) > 40 and distance.min() > 7.5 and distance.max() < 10.5
    octants = torch.atan2(rows - 15.5, columns - 15.5).div(torch.pi / 4).floor().unique()
    assert len(octants) == 8, "there is a gap"


def test_an_empty_paper_has_no_outline_and_what_touches_its_rim_has():
    assert not translation.outlines(torch.ones(1, 3, 16, 16)).any()
    black = torch.zeros(1, 3, 16, 16)
    rim = torch.zeros(1, 1, 16, 16, dtype=torch.bool)
    rim[..., 1:-1, 1:-1] = True
    rim[..., 2:-2, 2:-2] = False
    assert translation.outlines(black).equal(rim)  # beyond it the paper is white


@pytest.mark.parametrize(("name", "shared"), [
    (f"waving hand sign{TONE}1-2", "waving hand sign"),
    (f"adult{TONE}3 + heavy black heart + adult{TONE}6", "adult + heavy black heart + adult"),
    ("large blue circle", "large circle"),
    ("medium black circle", "medium circle"),
    ("black large square", "large square"),
    ("heavy black heart", "heart"),
    ("green book", "book"),
    ("heavy large circle", "heavy large circle"),
    ("blueberries", "blueberries"),
    ("blue heart on a stick", "blue heart on a stick"),
])  # fmt: skip
def test_a_family_is_a_name_without_tone_or_colour(name, shared):
    assert translation.family(name) == shared


def test_families_lie_on_one_side_of_the_split_but_for_three_shapes_that_come_in_colours():
    train = {translation.family(EMOJI.classes[label]) for label in EMOJI.train_labels.tolist()}
    assert {translation.family(name) for name in NAMES} & train == {"book", "heart", "large square"}


def test_all_of_a_family_have_the_outline_of_its_first_member():
    discs = torch.cat([disc((255, 220, 0)), disc((230, 20, 20), radius=6), disc((20, 20, 20))])
    names = ["large yellow circle", "bomb", "large red circle"]
    lines, own = translation.family_outlines(discs, names), translation.outlines(discs)
    assert lines[0].equal(own[0]) and lines[1].equal(own[1]) and lines[2].equal(own[0])
    with pytest.raises(ValueError, match="Each image needs a name; there are 2 names for 3 images"):
        translation.family_outlines(discs, names[:2])


def test_the_outlines_of_variants_would_betray_their_colour():
    tones = [index for index, name in enumerate(NAMES) if translation.family(name) == "waving hand sign"]
    own = translation.outlines(EMOJI.test[tones])
    assert len(tones) == 6 and len(own.flatten(1).unique(dim=0)) > 1
    one = translation.family_outlines(EMOJI.test[tones], [NAMES[index] for index in tones])
    assert len(one.flatten(1).unique(dim=0)) == 1


def test_hands_draw_near_the_line_each_time_otherwise():
    lines = translation.outlines(SOME)
    ink = translation.drawn_by_hand(lines)
    assert ink.shape == lines.shape and ink.dtype == torch.float32 and ink.min() >= 0 and ink.max() <= 1
    near = torch.nn.functional.max_pool2d(lines.float(), 9, 1, 4).bool()
    assert (ink * ~near).max() == 0, "there is ink far from every line"
    per_line = ink.sum((1, 2, 3)) / lines.sum((1, 2, 3))
    assert per_line.min() > 0.1 and per_line.max() > 2 * per_line.min(), "all are drawn alike"
    assert ink.equal(translation.drawn_by_hand(lines)) and not ink.equal(translation.drawn_by_hand(lines, seed=1))
    assert translation.drawn_by_hand(torch.zeros(2, 1, 16, 24, dtype=torch.bool)).equal(torch.zeros(2, 1, 16, 24))


def test_dots_are_squares_of_three_pixels_and_as_many_as_are_asked_for():
    known = translation.dots(1, SOME)
    assert known.shape == (40, 1, 32, 32) and known.dtype == torch.bool
    assert (known.sum((1, 2, 3)) == 9).all() and (known.any(3).sum((1, 2)) == 3).all()
    assert not translation.dots(0, SOME).any()
    many = translation.dots(20, SOME).sum((1, 2, 3))
    assert many.max() <= 180 and many.float().mean() > 120  # some overlap
    assert known.equal(translation.dots(1, SOME)) and not known.equal(translation.dots(1, SOME, seed=1))
    everywhere = torch.stack([translation.dots(20, SOME, seed) for seed in range(20)]).any(0)
    assert everywhere.any(0).all(), "some pixels no dot can reach"
    assert translation.dots(2, torch.zeros(1, 1, 3, 3)).all()  # there is one place alone


def test_bad_input_gets_a_sentence():
    with pytest.raises(ValueError, match=r"must lie in \[0, 1\]"):
        translation.grey(255 * torch.rand(2, 3, 8, 8))
    with pytest.raises(ValueError, match=r"images must have the shape \(2, 3, 8, 8\)"):
        translation.outlines(torch.zeros(2, 1, 8, 8))
    with pytest.raises(ValueError, match=r"lines must have the shape"):
        translation.drawn_by_hand(torch.zeros(2, 3, 8, 8, dtype=torch.bool))
    with pytest.raises(TypeError, match="bool"):
        translation.drawn_by_hand(torch.zeros(2, 1, 8, 8))
    with pytest.raises(ValueError, match="count must be"):
        translation.dots(-1, SOME)
    with pytest.raises(ValueError, match="A dot of 3 × 3 pixels does not fit into images of 2 × 8"):
        translation.dots(1, torch.zeros(1, 3, 2, 8))


def test_a_sketch_goes_into_a_repair_net_as_its_damaged_image():
    images = data.as_float(SOME[:4])
    ink, known = translation.drawn_by_hand(translation.outlines(SOME[:4])), translation.dots(5, images)
    sketch = torch.where(known, images, 1 - ink)
    network = models.RepairNet(3, (4, 8))
    torch.nn.init.normal_(network.last.weight, std=0.1)  # or an untrained one would change nothing
    with torch.no_grad():
        painted = network(sketch, ~known)
        assert painted.shape == images.shape and not painted.allclose(sketch, atol=0.01)
        assert not painted.equal(network(sketch)), "where the dots are makes no difference"
