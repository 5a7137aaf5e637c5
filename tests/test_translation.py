"""Outlines, lines as hands draw them, and dots of colour."""

import pytest
import torch

from aelib import data, models, training, translation

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
    with pytest.raises(TypeError, match=r"dataset\.classes\[label\]; got an int"):
        translation.family_outlines(discs, list(range(len(discs))))


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
    with pytest.raises(ValueError, match="count must be at most 1024"):
        translation.dots(32 * 32 + 1, SOME)
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


def test_a_sketch_is_ink_on_white_and_colours_where_dots_tell():
    lines, images = translation.outlines(SOME), data.as_float(SOME)
    plain = translation.sketch(lines)
    assert plain.equal(torch.where(lines, 0.0, 1.0).expand(-1, 3, -1, -1))
    told = translation.dots(3, images, seed=2)
    dotted = translation.sketch(lines, SOME, told)
    assert dotted.equal(torch.where(told, images, plain))
    with pytest.raises(ValueError, match="images must have the shape"):
        translation.sketch(lines, images[:3], told)
    with pytest.raises(ValueError, match="ink must have the shape"):
        translation.sketch(images)


class Watching(torch.nn.Module):
    """A network that keeps what it was asked, and answers with the sketch as it is."""

    def forward(self, sketches, untold):
        self.asked = sketches, untold
        return sketches


def test_what_is_learnt_from_are_sketches_with_few_dots_or_many_mirrored_and_changed_around():
    images, lines = data.as_float(EMOJI.test), translation.family_outlines(EMOJI.test, NAMES)
    learning = translation.OnSketches(Watching(), most_dots=20).train()
    torch.manual_seed(0)
    sketches, untold, painted = learning.varied(images, lines)
    told = (~untold).flatten(1).sum(1)
    assert told.max() <= 20 * 9 and (told == 0).float().mean() == pytest.approx(0.22, abs=0.06)
    mirrored = (painted == images.flip(3)).flatten(1).all(1) & (painted != images).flatten(1).any(1)
    as_they_are = (painted == images).flatten(1).all(1)
    changed = ~(mirrored | as_they_are)
    assert 0.2 < mirrored.float().mean() < 0.45 and 0.2 < changed.float().mean() < 0.45
    assert told[changed].min() > 0, "colours are changed around where no dot tells of it"
    levels = painted.sort(1).values  # whichever channel has them
    assert (
        torch.minimum(
            (levels - images.sort(1).values).abs().amax((1, 2, 3)),
            (levels - images.flip(3).sort(1).values).abs().amax((1, 2, 3)),
        ).max()
        == 0
    )
    on_paper = sketches.amax(1, keepdim=True) - sketches.amin(1, keepdim=True)
    assert on_paper[untold].max() == 0, "without a dot there is but ink and paper"
    wrong = (sketches - painted).abs().masked_fill(untold, 0).amax((1, 2, 3))
    assert 0.4 < (wrong[told > 0] < 1e-6).float().mean() < 0.7, "half of the dots have their pixels' own colours"


def test_a_flat_dot_has_the_mean_of_its_pixels():
    images = torch.rand(2, 3, 9, 9, generator=torch.Generator().manual_seed(0))
    corners = torch.zeros(2, 1, 7, 7)
    corners[0, 0, 2, 3] = corners[1, 0, 0, 0] = corners[1, 0, 6, 6] = 1
    flat = translation._flat_dots(images, corners)
    assert flat[0, :, 2:5, 3:6].allclose(images[0, :, 2:5, 3:6].mean((1, 2), keepdim=True).expand(3, 3, 3))
    assert flat[1, :, :3, :3].allclose(images[1, :, :3, :3].mean((1, 2), keepdim=True).expand(3, 3, 3))
    assert flat[0, :, :2].abs().max() == 0


def test_what_is_measured_on_is_as_it_is():
    images, lines = data.as_float(SOME), translation.outlines(SOME)
    learning = translation.OnSketches(Watching(), by_hand=1).eval()
    loss = learning.loss(images, lines)
    sketches, untold = learning.network.asked
    assert untold.all() and sketches.equal(translation.sketch(lines))
    assert loss.allclose((sketches - images).abs().mean())


def test_by_hand_is_the_share_that_hands_draw():
    images, lines = data.as_float(EMOJI.test), translation.outlines(EMOJI.test)
    for by_hand, sharp in ((0, 1), (0.6, 0.4)):
        torch.manual_seed(0)
        sketches, *_ = translation.OnSketches(Watching(), by_hand, most_dots=0).varied(images, lines)
        found = ((sketches == 0) | (sketches == 1)).flatten(1).all(1).float().mean()
        assert found == pytest.approx(sharp, abs=0.06)


def test_a_training_on_sketches_learns_and_refuses_what_cannot_be():
    network = models.RepairNet(3, (4, 8), patch=2)
    images, lines = EMOJI.test[:64], translation.outlines(EMOJI.test[:64])
    learning = translation.OnSketches(network)
    with torch.no_grad():
        before = learning.eval().loss(data.as_float(images), lines)
    training.fit(learning, images, lines, steps=60, batch_size=16, learning_rate=5e-3, progress=False)
    with torch.no_grad():
        assert learning.loss(data.as_float(images), lines) < 0.9 * before
    with pytest.raises(ValueError, match="by_hand"):
        translation.OnSketches(network, by_hand=1.1)
    with pytest.raises(ValueError, match="most_dots"):
        translation.OnSketches(network, most_dots=-1)
    with pytest.raises(TypeError, match="lines"):
        learning.loss(data.as_float(images), lines.float())
