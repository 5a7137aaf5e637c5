"""Odd pictures, and the detector of them."""

import math

import pytest
import torch

from aelib import anomalies, data, metrics


def test_a_detector_keeps_the_held_back_images_and_what_is_normal_of_them():
    normal = torch.randint(0, 256, (60, 1, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    detector = anomalies.Detector(normal[:30], normal[30:])
    assert detector.reference.equal(data.as_float(normal[:30]))
    assert detector.held_back.equal(data.as_float(normal[30:]))
    clues = torch.stack([*detector.clues(detector.held_back).values()])  # (4, 30)
    assert clues.median(1).values.abs().max() < 0.2, "0 is the middle"
    off = clues.T * torch.where(clues.T > 0, detector.above, detector.below)
    assert (off[:, 3] + detector.median[3]).allclose(anomalies.light(detector.held_back), atol=1e-5)
    assert detector.above.shape == detector.below.shape == (4,) and detector.above.min() > 0 < detector.below.min()


def some_normal(count=400, seed=0):
    """Return soft blobs of light (count, 1, 16, 16) at different places, float in [0, 1]."""
    generator = torch.Generator().manual_seed(seed)
    place = 5 + 6 * torch.rand(count, 2, 1, 1, generator=generator)
    rows, columns = torch.meshgrid(torch.arange(16), torch.arange(16), indexing="ij")
    return (-((rows - place[:, 0]) ** 2 + (columns - place[:, 1]) ** 2) / 8).exp()[:, None]


def test_there_are_ten_kinds_of_odd_pictures_and_eight_are_made_of_the_images():
    images = some_normal(12)
    odd = anomalies.odd_pictures(images)
    assert len(odd) == 10
    assert {kind: len(each) for kind, each in odd.items() if len(each) != 12} == {"emoji": 605, "digits": 1797}
    for kind, each in odd.items():
        assert each.shape[1:] == (1, 16, 16) and 0 <= each.min() <= each.max() <= 1, kind
        assert not each[:12].equal(images), kind
    assert odd["black"].sum() == 0 and odd["negative"].equal(1 - images) and odd["upside down"].equal(images.flip(2))
    assert odd["half as bright"].equal(images / 2)
    assert odd["a white scratch"][..., 7:9].eq(1).all() and odd["a white scratch"][..., :7].equal(images[..., :7])
    square = odd["a grey square"][:, :, 6:10, 6:10].flatten(1)
    assert square.eq(square[:, :1]).all() and square[:, 0].unique().numel() == 12
    assert anomalies.edge_strength(odd["blurred"]).lt(anomalies.edge_strength(images)).all()
    assert anomalies.odd_pictures(images, seed=1)["noise"].ne(odd["noise"]).any()
    assert anomalies.odd_pictures(data.as_bytes(images))["digits"].equal(odd["digits"])


def test_the_clues_by_hand():
    image = torch.zeros(1, 1, 4, 8)
    image[..., 4:] = 1
    right = 4 / 28  # of four rows, one of seven steps to the right is 1
    assert anomalies.edge_strength(image).item() == pytest.approx(math.log(right + 1e-4), rel=1e-5)
    assert anomalies.light(torch.arange(40).reshape(1, 1, 5, 8) / 40).item() == pytest.approx(sum(range(20, 40)) / 800)
    board = (torch.arange(8)[:, None] + torch.arange(8)).remainder(2).float()[None, None]
    assert anomalies.fineness(some_normal(1)) < -3 < anomalies.fineness(board)


def test_a_detector_measures_the_distance_to_the_nearest_and_adds_only_what_is_far_off():
    normal = some_normal()
    detector = anomalies.Detector(normal[:200], normal[200:300], neighbours=3)
    asked = torch.cat([normal[300:], anomalies.odd_pictures(normal[300:])["half as bright"]])
    nearest = torch.cdist(asked.flatten(1), normal[:200].flatten(1)).topk(3, largest=False)
    off = nearest.values.mean(1) - detector.median[0]
    clues = detector.clues(asked)
    expected = off / torch.where(off > 0, detector.above[0], detector.below[0])
    torch.testing.assert_close(clues["distance"], expected, atol=1e-2, rtol=1e-2)
    unlike = anomalies.fineness(asked) - anomalies.fineness(normal[:200])[nearest.indices].mean(1) - detector.median[2]
    scale = torch.where(unlike > 0, detector.above[2], detector.below[2]).clamp(min=1e-4)
    torch.testing.assert_close(clues["fineness"], unlike / scale, atol=1e-2, rtol=1e-2)
    beyond = sum((clues[name].abs() - 1.5).clamp(min=0) for name in ("edge strength", "fineness", "light"))
    torch.testing.assert_close(detector.scores(asked), clues["distance"] + beyond)
    assert metrics.auroc(detector.scores(asked[:100]), detector.scores(asked[100:])) > 0.99
    in_bytes = data.as_bytes(asked)
    assert detector.scores(in_bytes).equal(detector.scores(data.as_float(in_bytes)))


@pytest.mark.parametrize(
    ("reference", "held_back", "more", "told"),
    [
        (some_normal(4), some_normal(30), {}, "neighbours must be at most 4"),
        (some_normal(30), some_normal(19), {}, "held_back must have the shape .* N ≥ 20"),
        (some_normal(30), some_normal(30)[..., :8], {}, "must be of one size"),
        (some_normal(30), some_normal(30), {"neighbours": 0}, "neighbours must be at least 1"),
        (some_normal(30), some_normal(30), {"neighbours": 31}, "neighbours must be at most 30"),
        (some_normal(30)[..., :4, :4], some_normal(30)[..., :4, :4], {}, "need 20 pixel values or more"),
    ],
)
def test_what_a_detector_cannot_learn_from_is_refused(reference, held_back, more, told):
    with pytest.raises(ValueError, match=told):
        anomalies.Detector(reference, held_back, **more)


def test_images_of_another_size_are_refused():
    detector = anomalies.Detector(some_normal(30), some_normal(30))
    with pytest.raises(ValueError, match="must be of one size"):
        detector.scores(some_normal(2)[..., :8])
    with pytest.raises(ValueError, match="20 pixel values or more"):
        anomalies.light(some_normal(2)[..., :4, :4])
    with pytest.raises(ValueError, match=r"must have the shape \(N, 1"):
        anomalies.odd_pictures(some_normal(2).expand(2, 3, 16, 16))
